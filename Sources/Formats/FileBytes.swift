import Files
import Foundation

/// Reading whole files.
enum FileBytes {
  /// The file's bytes, in memory: a model that is replaced or cut short on disk while it is open stays whole.
  static func read(_ path: String) throws -> Data {
    do {
      return try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw FormatError.unreadable(file: path, reason: reason(error))
    }
  }

  /// The folder that holds `path`.
  static func folder(of path: String) -> String {
    URL(fileURLWithPath: path).deletingLastPathComponent().path
  }

  /// The last component of `path`.
  static func name(of path: String) -> String { URL(fileURLWithPath: path).lastPathComponent }

  /// The system's words for a Foundation error, which names the file again and again.
  static func reason(_ error: any Error) -> String {
    guard let error = error as? CocoaError else { return error.localizedDescription }
    if let code = (error.userInfo[NSUnderlyingErrorKey] as? POSIXError)?.code {
      return String(cString: strerror(code.rawValue)).lowercased()
    }
    return switch error.code {
    case .fileReadNoSuchFile, .fileNoSuchFile: "there is no such file"
    case .fileReadNoPermission, .fileWriteNoPermission: "permission denied"
    case .fileWriteOutOfSpace: "no space is left"
    default: "reading or writing failed"
    }
  }
}

extension FormatError {
  /// Writes files and says of what cannot be written why.
  static func writing<T>(_ body: () throws -> T) throws -> T {
    do { return try body() } catch let error as FileError {
      throw FormatError.unwritable(file: error.path, reason: error.reason)
    }
  }
}
