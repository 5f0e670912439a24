import Foundation

/// What a path leads to, whatever it is called there: the same for every path, symbolic link and hard link to a file.
/// A file that is not there yet is known by its folder and its name.
package struct FileIdentity: Hashable, Sendable {
  private let device: UInt64
  private let inode: UInt64
  private let name: String?

  /// `nil` where not even the folder is there.
  package init?(_ path: String) {
    if let found = Self(existing: path) {
      self = found
      return
    }
    let folder = Folder.path(above: path)
    guard let above = Self(existing: folder.isEmpty ? "." : folder) else { return nil }
    (device, inode, name) = (above.device, above.inode, (path as NSString).lastPathComponent)
  }

  /// `nil` where nothing is there.
  package init?(existing path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    (device, inode, name) = (UInt64(truncatingIfNeeded: status.st_dev), UInt64(status.st_ino), nil)
  }
}
