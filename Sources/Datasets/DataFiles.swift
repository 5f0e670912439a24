import Files
import Foundation

/// The files that data are read from, found by their names alone.
package struct DataFiles: Sendable {
  /// Files with arrays, labels included.
  package private(set) var arrays: [String] = []
  /// Folders that hold pictures, however deep.
  package private(set) var pictureFolders: [String] = []
  /// The endings of pictures.
  package static let pictureEndings = ImageCodec.extensions

  /// - Parameter paths: as `--data` takes them.
  package init(_ paths: [String]) {
    for path in paths {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
        let folder = Folder.path(above: path)
        add(IDXPair.pairs(in: folder.isEmpty ? "." : folder, prefix: (path as NSString).lastPathComponent))
        continue
      }
      guard isFolder.boolValue else {
        arrays +=
          [path] + [DataLocator.answers(beside: path), IDXPair.labels(beside: path)].compactMap { $0 }
        continue
      }
      add(IDXPair.pairs(in: path))
      let x = (path as NSString).appendingPathComponent("x.npy")
      arrays += [x] + [DataLocator.answers(beside: x)].compactMap { $0 }
      pictureFolders.append(path)
    }
  }

  private mutating func add(_ pairs: [IDXPair]) {
    for pair in pairs { arrays += [pair.images] + [pair.labels].compactMap { $0 } }
  }
}
