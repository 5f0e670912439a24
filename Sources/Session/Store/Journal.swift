import Files
import Foundation

/// A file of lines that only grows: each is on the disk before the next thing happens, so that a program that is killed
/// loses nothing it said it had done.
final class Journal {
  private let handle: FileHandle
  private let path: String
  private let encoder = JSONEncoder.ofResults

  /// Goes on with the journal of a session's folder, or begins one, behind its whole lines.
  ///
  /// - Throws: where something else than the session's own file has the journal's name.
  init(in folder: Folder, wholeBytes: Int) throws {
    path = folder.path(of: SessionFolder.journal)
    let isNew = !folder.holdsFile(SessionFolder.journal)
    let file = try SessionError.writing {
      try folder.openFile(SessionFolder.journal, flags: O_WRONLY | O_CREAT, permissions: 0o600)
    }
    handle = FileHandle(fileDescriptor: file, closeOnDealloc: true)
    if isNew { folder.synchronize() }
    do {
      // The line that a killed program was writing.
      try handle.truncate(atOffset: UInt64(wholeBytes))
    } catch {
      throw SessionError.unwritable(path: path, reason: "it cannot be cut to its whole lines")
    }
  }

  deinit { try? handle.close() }

  /// Writes a line and waits until the disk has it.
  func append(_ line: JournalLine) throws {
    do {
      try handle.write(contentsOf: try encoder.encode(line) + [UInt8(ascii: "\n")])
      try handle.synchronize()
    } catch {
      throw SessionError.unwritable(path: path, reason: "the disk is full or was taken away")
    }
  }

  /// Reads the journal of a session's folder: its lines, and how many bytes of it are whole lines; `nil` where there is
  /// none.
  ///
  /// What stands behind the last line end was being written when the program was killed, and does not count.
  ///
  /// - Throws: `damagedSession` with the number of a line that is none, or where the file does not begin as a journal
  ///   does; `newerSession` for one of a later format.
  static func read(in folder: Folder) throws -> (lines: [JournalLine], wholeBytes: Int)? {
    let path = folder.path(of: SessionFolder.journal)
    let data: Data
    do throws(FileError) {
      guard let found = try folder.contents(of: SessionFolder.journal) else { return nil }
      data = found
    } catch {
      throw SessionError.damagedSession(path: path, problem: error.reason)
    }
    let decoder = JSONDecoder.ofResults
    var lines: [JournalLine] = []
    var start = data.startIndex
    while let end = data[start...].firstIndex(of: UInt8(ascii: "\n")) {
      if lines.isEmpty,
        let version = (try? decoder.decode(Version.self, from: data[start..<end]))?.header.version,
        version > JournalLine.Header.currentVersion
      {
        throw SessionError.newerSession(path: folder.path, version: version)
      }
      guard let line = try? decoder.decode(JournalLine.self, from: data[start..<end]), line.isSound else {
        throw SessionError.damagedSession(path: path, problem: "line \(lines.count + 1) cannot be read")
      }
      lines.append(line)
      start = end + 1
    }
    guard !lines.isEmpty || isBeginning(data) else {
      throw SessionError.damagedSession(path: path, problem: "it is not a journal")
    }
    return (lines, start - data.startIndex)
  }

  /// What of the first line a version that knows no more can read.
  private struct Version: Decodable {
    struct Header: Decodable { let version: Int }
    let header: Header
  }

  /// Whether bytes without a line end are what a program leaves that is killed while it writes the first line.
  private static func isBeginning(_ data: Data) -> Bool {
    let first = Array("{\"event\":\"opened\",".utf8)
    return data.starts(with: first) || first.starts(with: data)
  }
}
