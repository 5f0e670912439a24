import CCodecs
import Graph

/// PNG and JPEG files, decoded by libpng and libjpeg behind limits.
package enum ImageCodec: Sendable {
  /// The largest image that is decoded: 64 million pixels, 192 MiB of samples.
  static let largestArea = 1 << 26
  /// The largest file that is read for an image.
  static let largestFile = 256 << 20
  static let extensions: Set<String> = ["png", "jpg", "jpeg"]

  struct Header: Equatable {
    var height: Int
    var width: Int
    /// 1 (gray) or 3 (RGB).
    var channels: Int
  }

  private enum Format: String {
    case png = "PNG"
    case jpeg = "JPEG"
  }

  /// The size of an image, from its first bytes.
  static func header(path: String) throws -> Header {
    try header(try source(path))
  }

  static func header(_ source: ByteSource) throws -> Header {
    try decode(source, pixels: false).header
  }

  /// An image as planes of 0 to 255, gray or RGB as it is stored.
  static func planes(path: String) throws -> Planes {
    try planes(try source(path))
  }

  /// Decodes the bytes of an image; `name` stands in messages.
  package static func planes(bytes: [UInt8], name: String) throws -> Planes {
    try planes(ByteSource(bytes, path: name))
  }

  static func planes(_ source: ByteSource) throws -> Planes {
    // Its samples as they are decoded, and as numbers.
    let known = try Self.header(source)
    let needed = [known.height, known.width, known.channels, 1 + 4].elementCount
    if let budget = MemoryBudget.exceeded(by: needed) {
      throw DatasetError.overBudget(path: source.path, needed: needed, allowed: budget.bytes)
    }
    let (header, pixels) = try decode(source, pixels: true)
    return Planes(
      height: header.height, width: header.width, channels: header.channels,
      interleaved: pixels, Float.init)
  }

  private static func source(_ path: String) throws -> ByteSource {
    let source = try ByteSource(path: path, largestInMemory: largestFile)
    guard source.isInMemory else {
      throw DatasetError.tooLarge(path: path, reason: "an image file of \(source.count) bytes is not read")
    }
    return source
  }

  private static func decode(_ source: ByteSource, pixels wanted: Bool) throws
    -> (header: Header, pixels: [UInt8])
  {
    let start = try source.bytes(at: 0, count: min(4, source.count))
    let format: Format
    if start == [0x89, 0x50, 0x4e, 0x47] {
      format = .png
    } else if start.starts(with: [0xff, 0xd8, 0xff]) {
      format = .jpeg
    } else {
      throw DatasetError.malformed(
        path: source.path, format: "PNG or JPEG", offset: 0, reason: "it begins as neither")
    }
    var failure = codec_failure()
    var image = codec_image()
    var pixels: [UInt8] = []
    let status = try source.withBytes(at: 0, count: source.count) { bytes in
      let input = bytes.bindMemory(to: UInt8.self)
      let readHeader = format == .png ? codec_png_header : codec_jpeg_header
      let readPixels = format == .png ? codec_png_decode : codec_jpeg_decode
      var status = readHeader(input.baseAddress, input.count, largestArea, &image, &failure)
      guard wanted, status == CODEC_OK else { return status }
      let count = Int(image.width) * Int(image.height) * Int(image.channels)
      pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        status = readPixels(input.baseAddress, input.count, largestArea, buffer.baseAddress, count, &failure)
        filled = status == CODEC_OK ? count : 0
      }
      return status
    }
    switch status {
    case CODEC_OK:
      return (
        Header(height: Int(image.height), width: Int(image.width), channels: Int(image.channels)), pixels
      )
    case CODEC_TOO_LARGE: throw DatasetError.tooLarge(path: source.path, reason: failure.text)
    default:
      throw DatasetError.malformed(
        path: source.path, format: format.rawValue, offset: failure.offset, reason: failure.text)
    }
  }
}
