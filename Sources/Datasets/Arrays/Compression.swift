import CCodecs
import Graph

/// DEFLATE, alone (as in ZIP) or in gzip's wrapping.
enum Compression {
  case raw, gzip

  /// DEFLATE shrinks by at most 1032 to 1, so a stream of n bytes holds no more than this.
  static func largestContent(of count: Int) -> Int {
    count.times(1032)
  }

  private var wrapping: codec_wrapping { self == .gzip ? CODEC_GZIP : CODEC_RAW }
  private var format: String { self == .gzip ? "gzip" : "ZIP" }

  /// The first `limit` bytes of the content, fewer where the stream is shorter.
  func prefix(_ limit: Int, of source: ByteSource) throws -> [UInt8] {
    try inflate(source, capacity: limit, whole: false)
  }

  /// The content, which must have exactly `count` bytes.
  func content(of source: ByteSource, count: Int) throws -> [UInt8] {
    guard count >= 0, count <= Self.largestContent(of: source.count) else {
      throw DatasetError.tooLarge(
        path: source.path,
        reason: "\(count) bytes are announced, \(source.count) compressed bytes cannot hold them"
      )
    }
    if let budget = MemoryBudget.exceeded(by: count) {
      throw DatasetError.overBudget(path: source.path, needed: count, allowed: budget.bytes)
    }
    let bytes = try inflate(source, capacity: count, whole: true)
    guard bytes.count == count else {
      throw DatasetError.malformed(
        path: source.path, format: format, offset: source.count,
        reason: "\(count) bytes are announced and \(bytes.count) are there")
    }
    return bytes
  }

  private func inflate(_ source: ByteSource, capacity: Int, whole: Bool) throws -> [UInt8] {
    // A prefix lies in the first compressed bytes; a large file need not be read for it.
    let compressed = whole ? source.count : min(source.count, capacity + 65_536)
    var failure = codec_failure()
    var status = CODEC_OK
    let output = try source.withBytes(at: 0, count: compressed) { input in
      [UInt8](unsafeUninitializedCapacity: max(capacity, 1)) { buffer, filled in
        status = codec_inflate(
          wrapping, input.bindMemory(to: UInt8.self).baseAddress, input.count, buffer.baseAddress, capacity,
          &filled, &failure)
      }
    }
    if status == CODEC_OK || (status == CODEC_OUTPUT_FULL && !whole) { return output }
    throw DatasetError.malformed(
      path: source.path, format: format, offset: failure.offset, reason: failure.text)
  }

  /// The bytes compressed, without time or name: equal content gives equal bytes.
  func compress(_ bytes: [UInt8], path: String) throws -> [UInt8] {
    let capacity = codec_deflate_bound(bytes.count)
    var failure = codec_failure()
    var status = CODEC_OK
    let output = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, filled in
      status = bytes.withUnsafeBufferPointer {
        codec_deflate(wrapping, $0.baseAddress, $0.count, buffer.baseAddress, capacity, &filled, &failure)
      }
    }
    guard status == CODEC_OK else { throw DatasetError.unwritable(path: path, reason: failure.text) }
    return output
  }

  /// CRC-32 of some bytes, as ZIP writes it.
  static func crc32(_ bytes: [UInt8]) -> UInt32 {
    bytes.withUnsafeBufferPointer { codec_crc32(0, $0.baseAddress, $0.count) }
  }
}

extension codec_failure {
  /// The library's message, without the full stop that some have.
  var text: String {
    let characters = withUnsafeBytes(of: message) { $0.prefix { $0 != 0 } }
    let text = String(decoding: characters, as: UTF8.self)
    return text.hasSuffix(".") ? String(text.dropLast()) : text
  }
}
