import Foundation

/// What a command reads and what it writes, known before it begins, so that no output destroys an input or another output.
package struct FileUse: Sendable {
  /// A file by its path, and what it is to the command: `the model`, `--report`.
  package struct Entry: Hashable, Sendable {
    package var what: String
    package var path: String
  }

  private var inputs: [Entry] = []
  private var outputs: [Entry] = []
  /// Indices in `outputs` of files that are read before they are written.
  private var updated: Set<Int> = []
  private var imageFolders: [(entry: Entry, extensions: Set<String>)] = []
  private var closedFolders: [Entry] = []
  private var folders: [Entry] = []

  package init() {}

  /// A file that is read.
  package mutating func reads(_ path: String, as what: String) {
    inputs.append(Entry(what: what, path: path))
  }

  /// A folder of any depth whose files of some endings are read, such as pictures.
  package mutating func reads(filesEndingIn extensions: Set<String>, below folder: String, as what: String) {
    imageFolders.append((Entry(what: what, path: folder), extensions))
  }

  /// A file that is written.
  package mutating func writes(_ path: String, as what: String) {
    outputs.append(Entry(what: what, path: path))
  }

  /// A file that is read and then written again.
  package mutating func updates(_ path: String, as what: String) {
    updated.insert(outputs.count)
    writes(path, as: what)
  }

  /// Those files of a folder that may be replaced: the ones there whose names say that they come from the same command.
  package mutating func writes(into folder: String, as what: String, where isWritten: (String) -> Bool) {
    folders.append(Entry(what: what, path: folder))
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    for name in names.sorted() where isWritten(name) {
      writes((folder as NSString).appendingPathComponent(name), as: what)
    }
  }

  /// A folder that belongs to the program itself: nothing that a command was told to write goes there.
  package mutating func keepsClear(_ folder: String, as what: String) {
    closedFolders.append(Entry(what: what, path: folder))
  }

  /// Whether anything is written.
  package var writesAnything: Bool { !outputs.isEmpty || !folders.isEmpty }

  /// The paths of the files that are written.
  package var written: [String] { outputs.map(\.path) }

  /// Removes what was being written, where this command writes, when an earlier program was killed.
  package func sweepDrafts() {
    let places = outputs.map { Folder.path(above: $0.path) } + folders.map(\.path)
    for place in Set(places) { (try? Folder(place))?.sweepDrafts() }
  }

  /// The outputs that are there already and would be replaced; what is only brought up to date is not among them.
  package var replaced: [String] {
    outputs.indices.filter { !updated.contains($0) }.map { outputs[$0].path }.filter { path in
      var status = stat()
      // A link to nowhere would be replaced too.
      return lstat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFDIR
    }
  }

  /// The first output that is an input or another output, with what it is one with; `nil` where all is well.
  package var clash: (output: Entry, other: Entry)? {
    var known: [FileIdentity: Entry] = [:]
    for input in inputs {
      if let identity = FileIdentity(existing: input.path), known[identity] == nil { known[identity] = input }
    }
    for entry in folders + outputs {
      if let closed = closedFolders.first(where: { Self.lies(entry.path, within: $0.path) }) {
        return (entry, closed)
      }
    }
    for output in outputs {
      guard let identity = FileIdentity(output.path) else { continue }
      if let other = known[identity] { return (output, other) }
      known[identity] = output
      let suffix = (output.path as NSString).pathExtension.lowercased()
      guard FileIdentity(existing: output.path) != nil else { continue }
      if let images = imageFolders.first(where: {
        $0.extensions.contains(suffix) && Self.lies(output.path, within: $0.entry.path)
      }) {
        return (output, images.entry)
      }
    }
    return nil
  }

  /// Whether a path leads into a folder, however deep.
  private static func lies(_ path: String, within folder: String) -> Bool {
    guard let wanted = FileIdentity(existing: folder) else { return false }
    // What exists counts where it really is; else the nearest folder above that is there.
    var existing = URL(fileURLWithPath: path).path
    while FileIdentity(existing: existing) == nil, existing != "/" {
      existing = Folder.path(above: existing)
    }
    guard let real = realpath(existing, nil) else { return false }
    defer { free(real) }
    var place = String(cString: real)
    while FileIdentity(existing: place) != wanted {
      if place == "/" { return false }
      place = Folder.path(above: place)
    }
    return true
  }
}
