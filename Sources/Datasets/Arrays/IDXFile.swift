/// The array of an IDX file (http://yann.lecun.com/exdb/mnist, "the IDX file format"), plain or in gzip.
enum IDXFile {
  private static let types: [UInt8: StoredElementType] = [
    0x08: .uint8, 0x09: .int8, 0x0b: .int16, 0x0c: .int32, 0x0d: .float32, 0x0e: .float64,
  ]
  private static let highestRank = 8

  /// Whether bytes begin as IDX: two zeros, a type, a number of dimensions.
  static func begins(_ bytes: [UInt8]) -> Bool {
    bytes.count >= 4 && bytes[0] == 0 && bytes[1] == 0 && types[bytes[2]] != nil
      && (1...highestRank).contains(Int(bytes[3]))
  }

  static func array(_ source: ByteSource) throws -> StoredArray {
    let start = try source.bytes(at: 0, count: min(2, source.count))
    let isCompressed = start == [0x1f, 0x8b]
    let longestHeader = 4 + 4 * highestRank
    let header =
      isCompressed
      ? try Compression.gzip.prefix(longestHeader, of: source)
      : try source.bytes(at: 0, count: min(longestHeader, source.count))
    func malformed(_ offset: Int, _ reason: String) -> DatasetError {
      .malformed(path: source.path, format: "IDX", offset: offset, reason: reason)
    }
    guard begins(header), let type = types[header[2]] else { throw malformed(0, "it does not begin as one") }
    let rank = Int(header[3])
    let offset = 4 + 4 * rank
    guard header.count >= offset else { throw malformed(header.count, "it ends in the header") }
    let shape = (0..<rank).map { axis in
      (0..<4).reduce(0) { $0 << 8 | Int(header[4 + 4 * axis + $1]) }
    }
    guard let size = StoredArray.byteCount(shape, type), size <= Int.max - offset else {
      throw malformed(4, "the shape \(shape) is not a possible one")
    }
    let whole =
      isCompressed
      ? ByteSource(try Compression.gzip.content(of: source, count: offset + size), path: source.path) : source
    return try StoredArray(
      shape: shape, elementType: type, bigEndian: true, source: whole, offset: offset, format: "IDX")
  }

  /// The bytes of an IDX file of whole bytes.
  static func encoded(shape: [Int], bytes: [UInt8]) -> [UInt8] {
    var file: [UInt8] = [0, 0, 0x08, UInt8(shape.count)]
    for length in shape {
      for shift in [24, 16, 8, 0] { file.append(UInt8(truncatingIfNeeded: length >> shift)) }
    }
    return file + bytes
  }
}
