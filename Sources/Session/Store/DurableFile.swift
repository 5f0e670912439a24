package import Foundation

/// Files that are there whole after the power went, or not at all.
package enum DurableFile {
  /// Writes bytes beside `path`, has the disk take them, and puts them in the place of what stood there.
  package static func write(_ bytes: some DataProtocol, to path: String) throws(SessionError) {
    let draft = path + ".draft"
    guard FileManager.default.createFile(atPath: draft, contents: nil),
      let handle = FileHandle(forWritingAtPath: draft)
    else { throw .unwritable(path: path, reason: String(cString: strerror(errno))) }
    defer { try? handle.close() }
    do {
      try handle.write(contentsOf: bytes)
      try handle.synchronize()
    } catch {
      throw .unwritable(path: path, reason: "the disk is full or was taken away")
    }
    guard rename(draft, path) == 0 else {
      throw .unwritable(path: path, reason: String(cString: strerror(errno)))
    }
    syncFolder(of: path)
  }

  /// Has the disk take the names of a folder; a disk that cannot loses at most the newest.
  static func syncFolder(of path: String) {
    let folder = open((path as NSString).deletingLastPathComponent, O_RDONLY)
    guard folder >= 0 else { return }
    fsync(folder)
    close(folder)
  }
}
