import Foundation

/// Why a file or a folder cannot be read or written.
package struct FileError: Error, Hashable, Sendable {
  /// The file or the folder.
  package var path: String
  /// The reason, as the end of a sentence.
  package var reason: String

  package init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  /// With the system's words for the number of an error.
  static func system(_ path: String, _ number: Int32 = errno) -> FileError {
    FileError(path: path, reason: String(cString: strerror(number)).lowercased())
  }
}
