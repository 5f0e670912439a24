import Files
package import Foundation

/// Where results go.
package enum Destination: Sendable {
  /// Throws `SessionError.unwritable` where no file can be made at `path`: said before long work, and before the
  /// first of several files is written.
  package static func check(_ path: String) throws {
    guard FileReplacement.keepsFiles else { return }
    let files = FileManager.default
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    var isFolder: ObjCBool = false
    if path.isEmpty { throw SessionError.unwritable(path: "\"\"", reason: "it is not a path") }
    if files.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
      throw SessionError.unwritable(path: path, reason: "it is a folder")
    }
    guard files.fileExists(atPath: folder, isDirectory: &isFolder) else {
      throw SessionError.unwritable(path: path, reason: "there is no folder \(folder)")
    }
    guard isFolder.boolValue else {
      throw SessionError.unwritable(path: path, reason: "\(folder) is not a folder")
    }
    guard files.isWritableFile(atPath: folder) else {
      throw SessionError.unwritable(path: path, reason: "the folder \(folder) is closed to you")
    }
  }

  /// Makes a folder where there is none.
  package static func makeFolder(_ path: String) throws {
    guard FileReplacement.keepsFiles else { return }
    try SessionError.writing { try Folder.make(path) }
  }

  /// Writes a text to `path`, complete or not at all; an older file there is replaced.
  package static func write(_ text: String, to path: String) throws { try write(Data(text.utf8), to: path) }

  /// Writes bytes to a file, whole or not at all.
  package static func write(_ bytes: Data, to path: String) throws {
    try SessionError.writing { try FileReplacement.write(bytes, to: path) }
  }
}

extension SessionError {
  /// Writes files and says of what cannot be written why.
  static func writing<T>(_ body: () throws -> T) throws -> T {
    do { return try body() } catch let error as FileError {
      throw SessionError.unwritable(path: error.path, reason: error.reason)
    }
  }
}
