import Files
import Foundation

/// Bytes of a file or a part of one: in memory when small, read by position when large.
///
/// A large file is not mapped: a mapped file that shrinks while it is read ends the program,
/// a short read is an error like any other.
package struct ByteSource: Sendable {
  /// Files up to this size are read whole.
  package static let largestInMemory = 64 << 20

  private enum Storage: Sendable {
    case memory([UInt8])
    case file(OpenFile)
  }

  /// The file's path, for messages.
  package let path: String
  /// Its bytes.
  package let count: Int
  private let start: Int
  private let storage: Storage

  var isInMemory: Bool { if case .memory = storage { true } else { false } }

  /// Bytes in memory; `path` stands in messages.
  package init(_ bytes: [UInt8], path: String) {
    self.path = path
    self.count = bytes.count
    self.start = 0
    self.storage = .memory(bytes)
  }

  /// A regular file.
  ///
  /// - Throws: where it cannot be read.
  package init(path: String, largestInMemory: Int = ByteSource.largestInMemory) throws {
    let file = try OpenFile(path: path)
    self.path = path
    self.start = 0
    self.count = file.count
    if file.count <= largestInMemory {
      self.storage = .memory(try file.read(at: 0, count: file.count))
    } else {
      self.storage = .file(file)
    }
  }

  private init(path: String, start: Int, count: Int, storage: Storage) {
    self.path = path
    self.start = start
    self.count = count
    self.storage = storage
  }

  /// A part; nil when it does not lie inside.
  package func part(from offset: Int, count: Int) -> ByteSource? {
    guard holds(offset, count) else { return nil }
    return ByteSource(path: path, start: start + offset, count: count, storage: storage)
  }

  /// Calls `body` with exactly `count` bytes from `offset` on.
  func withBytes<Result>(
    at offset: Int, count: Int, _ body: (UnsafeRawBufferPointer) -> Result
  ) throws -> Result {
    guard holds(offset, count) else {
      throw DatasetError.unreadable(
        path: path, reason: "\(count) bytes at \(offset) lie outside of its \(self.count)")
    }
    switch storage {
    case .memory(let bytes):
      return bytes.withUnsafeBytes {
        body(UnsafeRawBufferPointer(rebasing: $0[(start + offset)..<(start + offset + count)]))
      }
    case .file(let file):
      return try file.read(at: start + offset, count: count).withUnsafeBytes { body($0) }
    }
  }

  /// A copy of a part; throws when it does not lie inside.
  package func bytes(at offset: Int, count: Int) throws -> [UInt8] {
    try withBytes(at: offset, count: count) { [UInt8]($0) }
  }

  private func holds(_ offset: Int, _ count: Int) -> Bool {
    offset >= 0 && count >= 0 && offset <= self.count && count <= self.count - offset
  }
}

/// A regular file, open for reading by position, closed with the last reference.
final class OpenFile: Sendable {
  let path: String
  let count: Int
  private let descriptor: Int32

  init(path: String) throws {
    // Not blocking: a named pipe without a writer must not hang the program.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw DatasetError.unreadable(path: path, reason: String(cString: strerror(errno)))
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw DatasetError.unreadable(path: path, reason: "it is not a regular file")
    }
    self.path = path
    self.count = Int(status.st_size)
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  func read(at offset: Int, count: Int) throws -> [UInt8] {
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      filled = 0
      while filled < count {
        let step = pread(
          descriptor, UnsafeMutableRawPointer(buffer.baseAddress! + filled), count - filled,
          off_t(offset + filled))
        if step < 0 && errno == EINTR { continue }
        if step < 0 { failure = errno }
        if step <= 0 { break }
        filled += step
      }
    }
    guard failure == 0 else {
      throw DatasetError.unreadable(path: path, reason: String(cString: strerror(failure)))
    }
    guard bytes.count == count else {
      throw DatasetError.unreadable(path: path, reason: "it ends at byte \(offset + bytes.count)")
    }
    return bytes
  }
}

/// Writes a file whole or not at all: beside it first, then renamed.
func writeFile(_ bytes: [UInt8], to path: String) throws {
  do throws(FileError) { try FileReplacement.write(bytes, to: path) } catch {
    throw DatasetError.unwritable(path: error.path, reason: error.reason)
  }
}
