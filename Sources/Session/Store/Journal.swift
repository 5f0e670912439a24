import Foundation

/// A file of lines that only grows: each is on the disk before the next thing happens, so that a program that is killed
/// loses nothing it said it had done.
final class Journal {
  private let handle: FileHandle
  private let path: String
  private let encoder = JSONEncoder.ofResults

  /// Goes on with a journal, or begins one, behind its whole lines.
  init(_ path: String, wholeBytes: Int) throws(SessionError) {
    self.path = path
    if !FileManager.default.fileExists(atPath: path) {
      guard FileManager.default.createFile(atPath: path, contents: nil) else {
        throw .unwritable(path: path, reason: String(cString: strerror(errno)))
      }
      DurableFile.syncFolder(of: path)
    }
    guard let handle = FileHandle(forWritingAtPath: path) else {
      throw .unwritable(path: path, reason: String(cString: strerror(errno)))
    }
    self.handle = handle
    do {
      // The line that a killed program was writing.
      try handle.truncate(atOffset: UInt64(wholeBytes))
    } catch {
      throw .unwritable(path: path, reason: "it cannot be cut to its whole lines")
    }
  }

  deinit { try? handle.close() }

  /// Writes a line and waits until the disk has it.
  func append(_ line: JournalLine) throws(SessionError) {
    do {
      try handle.write(contentsOf: try encoder.encode(line) + [UInt8(ascii: "\n")])
      try handle.synchronize()
    } catch {
      throw .unwritable(path: path, reason: "the disk is full or was taken away")
    }
  }

  /// Reads a journal: its lines, and how many bytes of it are whole lines.
  ///
  /// What stands behind the last line end was being written when the program was killed, and does not count.
  ///
  /// - Throws: `damagedSession` with the number of a line that is none.
  static func read(_ path: String) throws(SessionError) -> (lines: [JournalLine], wholeBytes: Int) {
    guard let data = FileManager.default.contents(atPath: path) else { throw .unreadable(path: path) }
    let decoder = JSONDecoder.ofResults
    var lines: [JournalLine] = []
    var start = data.startIndex
    while let end = data[start...].firstIndex(of: UInt8(ascii: "\n")) {
      do {
        lines.append(try decoder.decode(JournalLine.self, from: data[start..<end]))
      } catch {
        throw .damagedSession(path: path, problem: "line \(lines.count + 1) cannot be read")
      }
      start = end + 1
    }
    return (lines, start - data.startIndex)
  }
}
