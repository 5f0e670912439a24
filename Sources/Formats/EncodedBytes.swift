import Foundation

/// The bytes of a model that is being read: of one in memory, or of a file, out of which they are taken when they are asked
/// for.
///
/// A file is read piece by piece, so that its weights are in memory once; it is not mapped, because a mapped file that shrinks
/// while it is read ends the program. Belongs to one thread.
final class EncodedBytes {
  private enum Source {
    case memory(Data)
    case file(FileHandle, path: String)
  }

  let count: Int
  private let source: Source
  /// Bytes of the file around the place that was read last.
  private var window = Data()
  private var windowStart = 0

  private static let windowBytes = 1 << 16
  /// From so many bytes on, what is read begins where vectors and pages do.
  private static let smallestAligned = 1 << 12

  init(_ data: Data) {
    source = .memory(data)
    count = data.count
  }

  /// Opens a file; one that has no places to read at, a pipe, is read whole.
  init(contentsOf path: String) throws {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      let handle = FileHandle(forReadingAtPath: path)
    else {
      let data = try FileBytes.read(path)
      source = .memory(data)
      count = data.count
      return
    }
    source = .file(handle, path: path)
    count = Int(status.st_size)
  }

  /// All of them.
  func whole() throws -> Data { try data(0..<count) }

  /// The first ones, as many as there are up to a number.
  func prefix(_ length: Int) throws -> Data { try data(0..<min(length, count)) }

  /// The byte at an index.
  func byte(_ index: Int) throws -> UInt8 {
    switch source {
    case .memory(let data): return data[data.startIndex + index]
    case .file:
      if index < windowStart || index >= windowStart + window.count {
        window = try data(index..<min(count, index + Self.windowBytes))
        windowStart = index
      }
      return window[window.startIndex + index - windowStart]
    }
  }

  /// A range of them: a view of what is in memory, or a copy of what is not.
  func data(_ range: Range<Int>) throws -> Data {
    switch source {
    case .memory(let data):
      return data[data.startIndex + range.lowerBound..<data.startIndex + range.upperBound]
    case .file(let handle, let path):
      if range.count < Self.smallestAligned, range.lowerBound >= windowStart,
        range.upperBound <= windowStart + window.count
      {
        let start = window.startIndex + range.lowerBound - windowStart
        return Data(window[start..<start + range.count])
      }
      guard range.count >= Self.smallestAligned else {
        var data = Data(count: range.count)
        let read = data.withUnsafeMutableBytes { Self.read(handle.fileDescriptor, range, into: $0) }
        guard read else { throw FormatError.unreadable(file: path, reason: "it ends too early") }
        return data
      }
      guard let memory = aligned_alloc(64, (range.count + 63) / 64 * 64) else {
        throw FormatError.unreadable(file: path, reason: "there is not enough memory")
      }
      let buffer = UnsafeMutableRawBufferPointer(start: memory, count: range.count)
      guard Self.read(handle.fileDescriptor, range, into: buffer) else {
        free(memory)
        throw FormatError.unreadable(file: path, reason: "it ends too early")
      }
      return Data(
        bytesNoCopy: memory, count: range.count, deallocator: .custom { memory, _ in free(memory) })
    }
  }

  private static func read(
    _ descriptor: Int32, _ range: Range<Int>, into buffer: UnsafeMutableRawBufferPointer
  ) -> Bool {
    var filled = 0
    while filled < range.count {
      let step = pread(
        descriptor, buffer.baseAddress.map { $0 + filled }, range.count - filled,
        off_t(range.lowerBound + filled))
      if step < 0 && errno == EINTR { continue }
      if step <= 0 { return false }
      filled += step
    }
    return true
  }
}
