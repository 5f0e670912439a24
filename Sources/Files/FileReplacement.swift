package import Foundation
import Synchronization

/// Writes files whole or not at all, one or several that belong together: each beside its place first, then renamed.
/// What stood there is there until then, and stays where anything fails. Every output of the program comes to its place
/// this way.
///
///     let files = try FileReplacement(of: ["net.onnx.data", "net.onnx"])
///     try files.write(weights, to: 0)
///     try files.write(graph, to: 1)
///     try files.commit()
package final class FileReplacement {
  private struct Part {
    let folder: Folder
    let name: String
    let draft: String
    var file: Int32
  }

  private var parts: [Part] = []

  private static let areOff = Atomic<Bool>(false)

  /// From now on this process writes no files: another one, which does the same, does.
  package static func keepNothing() { areOff.store(true, ordering: .relaxed) }

  /// Whether files come to their places.
  package static var keepsFiles: Bool { !areOff.load(ordering: .relaxed) }

  /// Begins to replace the files at `paths`; those that are not there are made.
  ///
  /// - Parameter permissions: of new files; those that are replaced hand theirs on where it is `nil`.
  package init(of paths: [String], permissions: mode_t? = nil) throws(FileError) {
    guard Self.keepsFiles else { return }
    for path in paths {
      let name = (path as NSString).lastPathComponent
      try add(name, in: try Folder(Folder.path(above: path)), path, permissions)
    }
  }

  /// Begins to replace a file of an open folder.
  package init(of name: String, in folder: Folder, permissions: mode_t? = nil) throws(FileError) {
    guard Self.keepsFiles else { return }
    try add(name, in: folder, folder.path(of: name), permissions)
  }

  deinit {
    for part in parts {
      if part.file >= 0 { close(part.file) }
      part.folder.remove(part.draft)
    }
  }

  private func add(
    _ name: String, in folder: Folder, _ path: String, _ permissions: mode_t?
  ) throws(FileError) {
    let old = folder.status(of: name)
    if let old, old.st_mode & S_IFMT != S_IFREG {
      let isFolder = old.st_mode & S_IFMT == S_IFDIR
      throw FileError(path: path, reason: isFolder ? "it is a folder" : "it is not a regular file")
    }
    folder.sweepDrafts()
    let (draft, file) = try folder.createDraft(permissions: permissions ?? 0o666, for: name)
    parts.append(Part(folder: folder, name: name, draft: draft, file: file))
    if permissions == nil, let old { fchmod(file, old.st_mode & 0o777) }
  }

  /// Appends bytes to one of the files, by its place in the list.
  package func write(_ bytes: some DataProtocol, to index: Int = 0) throws(FileError) {
    guard Self.keepsFiles else { return }
    let part = parts[index]
    for region in bytes.regions {
      let failure = region.withUnsafeBytes { Self.write($0, to: part.file) }
      if failure != 0 { throw .system(part.folder.path(of: part.name), failure) }
    }
  }

  /// Puts the files in the place of the old ones, in their order, when the disk has all of them.
  package func commit() throws(FileError) {
    for index in parts.indices {
      let part = parts[index]
      guard fsync(part.file) == 0 else { throw .system(part.folder.path(of: part.name)) }
      parts[index].file = -1
      guard close(part.file) == 0 else { throw .system(part.folder.path(of: part.name)) }
    }
    try putInPlace()
    for part in parts { part.folder.synchronize() }
    parts = []
  }

  /// Renames the files; when one cannot be, those before it are undone.
  private func putInPlace() throws(FileError) {
    var done: [(part: Part, earlier: String?)] = []
    defer {
      for case (let part, let earlier?) in done { part.folder.remove(earlier) }
    }
    for part in parts {
      // The last one needs no way back.
      let earlier = done.count + 1 < parts.count ? Draft.newName : nil
      let isHeld = earlier.map { part.folder.link(part.name, to: $0) } ?? false
      if part.folder.rename(part.draft, to: part.name) {
        done.append((part, isHeld ? earlier : nil))
        continue
      }
      let failure = FileError.system(part.folder.path(of: part.name))
      if isHeld, let earlier { part.folder.remove(earlier) }
      for (part, earlier) in done.reversed() {
        if let earlier {
          _ = part.folder.rename(earlier, to: part.name)
        } else {
          part.folder.remove(part.name)
        }
      }
      throw failure
    }
  }

  /// Writes all bytes; gives the number of the error, or 0.
  private static func write(_ bytes: UnsafeRawBufferPointer, to file: Int32) -> Int32 {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = Foundation.write(file, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return count < 0 ? errno : EIO }
      rest = rest.dropFirst(count)
    }
    return 0
  }
}

extension FileReplacement {
  /// Writes one file whole or not at all.
  package static func write(_ bytes: some DataProtocol, to path: String) throws(FileError) {
    let file = try FileReplacement(of: [path])
    try file.write(bytes)
    try file.commit()
  }

  /// The same in an open folder, for this user only.
  package static func write(
    _ bytes: some DataProtocol, to name: String, in folder: Folder
  ) throws(FileError) {
    let file = try FileReplacement(of: name, in: folder, permissions: 0o600)
    try file.write(bytes)
    try file.commit()
  }
}
