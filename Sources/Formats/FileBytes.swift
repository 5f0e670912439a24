import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Reading whole files, and replacing them in one step.
enum FileBytes {
  /// The file's bytes, in memory: a model that is replaced or cut short on disk while it is open stays whole.
  static func read(_ path: String) throws(FormatError) -> Data {
    do {
      return try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw .unreadable(file: path, reason: reason(error))
    }
  }

  /// The folder that holds `path`.
  static func folder(of path: String) -> String {
    URL(fileURLWithPath: path).deletingLastPathComponent().path
  }

  /// The last component of `path`.
  static func name(of path: String) -> String { URL(fileURLWithPath: path).lastPathComponent }

  /// A new file beside `path`, for what will replace it.
  static func createPartial(besides path: String) throws(FormatError) -> (path: String, handle: FileHandle) {
    let url = URL(fileURLWithPath: path)
    let partial = url.deletingLastPathComponent()
      .appendingPathComponent(".\(url.lastPathComponent).\(UInt32.random(in: .min ... .max)).partial").path
    errno = 0
    guard FileManager.default.createFile(atPath: partial, contents: nil),
      let handle = FileHandle(forWritingAtPath: partial)
    else {
      throw .unwritable(file: path, reason: errno == 0 ? "its folder cannot be written to" : systemReason())
    }
    return (partial, handle)
  }

  /// Writes `data` to `path` by way of a new file beside it.
  static func replace(_ path: String, with data: Data) throws(FormatError) {
    try replace([path]) { handles throws(FormatError) in
      try write(data, to: handles[0], for: path)
    }
  }

  /// Lets `body` write new files beside `paths`, then puts them in place in that order; when anything
  /// fails, what was at `paths` stays and the new files are removed.
  static func replace(
    _ paths: [String], _ body: ([FileHandle]) throws(FormatError) -> Void
  ) throws(FormatError) {
    var partials: [(path: String, handle: FileHandle)] = []
    defer { for partial in partials { unlink(partial.path) } }
    for path in paths {
      var isFolder: ObjCBool = false
      if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
        throw .unwritable(file: path, reason: "it is a folder")
      }
      partials.append(try createPartial(besides: path))
    }
    try body(partials.map(\.handle))
    for (path, partial) in zip(paths, partials) {
      do {
        try partial.handle.synchronize()
        try partial.handle.close()
      } catch {
        throw .unwritable(file: path, reason: reason(error))
      }
    }
    try put(partials.map(\.path), inPlaceOf: paths)
  }

  /// Renames new files to their names; when one cannot be, those before it are undone.
  private static func put(_ partials: [String], inPlaceOf paths: [String]) throws(FormatError) {
    var done: [(path: String, earlier: String?)] = []
    defer { for (_, earlier) in done { if let earlier { unlink(earlier) } } }
    for (path, partial) in zip(paths, partials) {
      // The last one needs no way back.
      let earlier = paths.count > done.count + 1 && link(path, partial + ".old") == 0 ? partial + ".old" : nil
      if rename(partial, path) != 0 {
        let reason = systemReason()
        if let earlier { unlink(earlier) }
        for (path, earlier) in done.reversed() {
          if let earlier { rename(earlier, path) } else { unlink(path) }
        }
        throw .unwritable(file: path, reason: reason)
      }
      done.append((path, earlier))
    }
  }

  /// Appends `data` to a file opened by `replace`.
  static func write(_ data: Data, to handle: FileHandle, for path: String) throws(FormatError) {
    do {
      try handle.write(contentsOf: data)
    } catch {
      throw .unwritable(file: path, reason: reason(error))
    }
  }

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

  private static func systemReason() -> String { String(cString: strerror(errno)).lowercased() }
}
