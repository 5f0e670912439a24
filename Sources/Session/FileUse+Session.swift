package import Datasets
package import Files
import Foundation
import Formats

extension FileUse {
  /// A model that is read: its files, the settings for data beside it, and the data that these name.
  package mutating func reads(model path: String, as what: String) {
    for file in ModelPaths(of: path).read { reads(file, as: what) }
    reads(DatasetConfiguration.path(besideModel: path), as: "the settings beside \(what)")
    if let beside = try? DatasetConfiguration.beside(model: path) { reads(beside, as: "the data of \(what)") }
  }

  /// The data that settings name.
  package mutating func reads(_ configuration: DatasetConfiguration, as what: String) {
    reads(data: configuration.data ?? [], as: what)
  }

  /// Data by the paths that lead to them.
  package mutating func reads(data paths: [String], as what: String) {
    let files = DataFiles(paths)
    for file in files.arrays { reads(file, as: what) }
    for folder in files.pictureFolders {
      reads(filesEndingIn: DataFiles.pictureEndings, below: folder, as: what)
    }
  }

  /// What a session reads: the model, the data that are attached, and what is kept of it.
  package init(of workbench: Workbench) {
    self.init()
    reads(model: workbench.path, as: "the model")
    if let data = workbench.attachedConfiguration { reads(data, as: "the data") }
    keepsOwnFoldersClear(session: workbench.sessionFolder)
  }

  /// The program's own folders: nothing that somebody names is written there.
  ///
  /// - Parameter session: the folder of a session that is not among those in the usual place.
  package mutating func keepsOwnFoldersClear(session: SessionFolder? = nil) {
    keepsClear(SessionFolder.stateFolder, as: "the folder of the kept sessions")
    keepsClear(
      Folder.path(above: LatencyCache.standardPath), as: "the folder of measured times")
    if let session { keepsClear(session.path, as: "the session") }
  }

  /// Throws before anything is done: where an output would destroy an input or another output, where it cannot be
  /// made, and, if nothing may be replaced, where one is there already.
  package func check(replaces: Bool) throws {
    if let (output, other) = clash {
      throw SessionError.clash(
        output: output.path, what: output.what, other: other.path, otherWhat: other.what)
    }
    guard !replaces else { return }
    let existing = replaced
    if !existing.isEmpty { throw SessionError.exists(paths: existing) }
  }
}
