package import Foundation

/// A folder that is open. Its files are reached by their names in it and never through a symbolic link, so that nothing
/// that stands in the folder leads to a file elsewhere.
package final class Folder: Sendable {
  /// Where it was found, for messages.
  package let path: String
  private let descriptor: Int32

  /// Opens the folder at `path`, which may be a symbolic link to one.
  package init(_ path: String) throws(FileError) {
    descriptor = open(path.isEmpty ? "." : path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(path) }
    self.path = path
  }

  private init(_ path: String, descriptor: Int32) {
    self.path = path
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// The path of the folder that a path's last part lies in: empty where there is only that part, `/` of `/`.
  ///
  /// Foundation's own ends the program on a path of one character.
  package static func path(above path: String) -> String {
    let whole = path.trimmingSlashes
    guard let slash = whole.lastIndex(of: "/") else { return path.hasPrefix("/") ? "/" : "" }
    let above = whole[..<slash].trimmingSlashes
    return above.isEmpty ? "/" : String(above)
  }

  /// Makes a folder where there is none, with those above it; all that are made have the permissions.
  package static func make(_ path: String, permissions: mode_t = 0o777) throws(FileError) {
    if mkdir(path, permissions) == 0 { return }
    let failure = errno
    let above = Folder.path(above: path)
    if failure == ENOENT, !above.isEmpty, above != path {
      try make(above, permissions: permissions)
      if mkdir(path, permissions) == 0 { return }
    }
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw .system(path, failure)
    }
  }

  /// The path of a file in it, for messages.
  package func path(of name: String) -> String { path.isEmpty ? name : "\(path)/\(name)" }

  /// The names of what stands in it.
  package var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] }

  /// A folder in it; `nil` where there is none.
  ///
  /// - Parameter permissions: those that it is made with where there is none; `nil` makes none.
  package func folder(_ name: String, making permissions: mode_t? = nil) throws(FileError) -> Folder? {
    if let permissions, mkdirat(descriptor, name, permissions) != 0, errno != EEXIST {
      throw .system(path(of: name))
    }
    let found = openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
    if found < 0, errno == ENOENT { return nil }
    guard found >= 0 else { throw .system(path(of: name)) }
    return Folder(path(of: name), descriptor: found)
  }

  /// Whether a regular file of this name stands in it.
  package func holdsFile(_ name: String) -> Bool {
    var status = stat()
    return fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0
      && status.st_mode & S_IFMT == S_IFREG
  }

  /// The bytes of a file in it; `nil` where there is none.
  package func contents(of name: String) throws(FileError) -> Data? {
    let file = openat(descriptor, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    if file < 0, errno == ENOENT { return nil }
    guard file >= 0 else { throw refusal(name) }
    let handle = FileHandle(fileDescriptor: file, closeOnDealloc: true)
    try checkRegular(file, name)
    do { return try handle.readToEnd() ?? Data() } catch {
      throw FileError(path: path(of: name), reason: "reading failed")
    }
  }

  /// Opens a file of its own for writing, where it is; it is made where there is none.
  ///
  /// - Parameter flags: those of `open`, without `O_TRUNC`: what is no file of its own must not be emptied.
  /// - Throws: where the name belongs to a link, or to a file that has another name elsewhere.
  /// - Returns: a descriptor, which the caller closes.
  package func openFile(_ name: String, flags: Int32, permissions: mode_t) throws(FileError) -> Int32 {
    let file = openat(
      descriptor, name, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, permissions)
    guard file >= 0 else { throw refusal(name) }
    do throws(FileError) {
      let status = try checkRegular(file, name)
      guard status.st_nlink < 2 else {
        throw FileError(path: path(of: name), reason: "it is a hard link to a file that may be another's")
      }
    } catch {
      close(file)
      throw error
    }
    return file
  }

  /// Removes a file; one that is not there is no failure. A link is removed itself, not what it leads to.
  package func remove(_ name: String) { unlinkat(descriptor, name, 0) }

  /// Removes an empty folder in it; gives whether it is gone.
  @discardableResult
  package func removeFolder(_ name: String) -> Bool {
    unlinkat(descriptor, name, AT_REMOVEDIR) == 0 || errno == ENOENT
  }

  /// Has the disk take the names; a disk that cannot loses at most the newest.
  package func synchronize() { fsync(descriptor) }

  @discardableResult
  private func checkRegular(_ file: Int32, _ name: String) throws(FileError) -> stat {
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw FileError(path: path(of: name), reason: "it is not a regular file")
    }
    return status
  }

  private func refusal(_ name: String) -> FileError {
    errno == ELOOP || errno == EMLINK
      ? FileError(path: path(of: name), reason: "it is a symbolic link, which is not followed here")
      : .system(path(of: name))
  }

  // MARK: For replacing files

  /// Makes a file with a name of its own for what will replace another, locked for as long as it is open.
  ///
  /// - Returns: its name and a descriptor.
  func createDraft(permissions: mode_t, for name: String) throws(FileError) -> (name: String, file: Int32) {
    while true {
      let draft = Draft.newName
      let file = openat(
        descriptor, draft, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, permissions)
      if file < 0, errno == EEXIST { continue }
      guard file >= 0 else { throw .system(path(of: name)) }
      flock(file, LOCK_EX | LOCK_NB)
      // Between the two calls somebody who sweeps may have taken it for one that nobody writes.
      var status = stat()
      if fstat(file, &status) == 0, status.st_nlink > 0 { return (draft, file) }
      close(file)
    }
  }

  /// What stands at a name, symbolic links followed; `nil` for nothing.
  func status(of name: String) -> stat? {
    var status = stat()
    return fstatat(descriptor, name, &status, 0) == 0 ? status : nil
  }

  func rename(_ name: String, to other: String) -> Bool {
    renameat(descriptor, name, descriptor, other) == 0
  }

  func link(_ name: String, to other: String) -> Bool {
    linkat(descriptor, name, descriptor, other, 0) == 0
  }

  /// Removes what programs that were killed were writing here: files that are drafts by their names, belong to this user
  /// and are held by nobody.
  package func sweepDrafts() {
    for name in names where Draft.isDraft(name) {
      let file = openat(descriptor, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
      guard file >= 0 else { continue }
      defer { close(file) }
      var status = stat()
      if fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(),
        flock(file, LOCK_EX | LOCK_NB) == 0
      {
        remove(name)
      }
    }
  }
}

/// The names of files that are being written and will replace others.
enum Draft {
  private static let prefix = ".secateur-"
  private static let suffix = ".partial"
  private static let digits = 16

  static var newName: String {
    let number = String(UInt64.random(in: .min ... .max), radix: 16)
    return prefix + String(repeating: "0", count: digits - number.count) + number + suffix
  }

  static func isDraft(_ name: String) -> Bool {
    guard name.hasPrefix(prefix), name.hasSuffix(suffix) else { return false }
    let number = name.dropFirst(prefix.count).dropLast(suffix.count)
    return number.count == digits && number.allSatisfy { $0.isHexDigit }
  }
}

extension StringProtocol {
  /// Without the slashes that it ends in.
  fileprivate var trimmingSlashes: SubSequence {
    var end = endIndex
    while end > startIndex, self[index(before: end)] == "/" { end = index(before: end) }
    return self[..<end]
  }
}
