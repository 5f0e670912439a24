/// The header of an NPY file (numpy's format specification, versions 1 to 3): a Python dictionary
/// `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
struct NumPyHeader: Equatable {
  var elementType: StoredElementType
  var bigEndian: Bool
  var fortranOrder: Bool
  var shape: [Int]
  /// Where the elements begin.
  var dataOffset: Int

  static let magic: [UInt8] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]
  private static let longest = 65_536
  private static let highestRank = 32

  init(_ source: ByteSource) throws {
    func malformed(_ offset: Int, _ reason: String) -> DatasetError {
      .malformed(path: source.path, format: "NPY", offset: offset, reason: reason)
    }
    let start = try source.bytes(at: 0, count: min(12, source.count))
    guard start.count >= 10, Array(start[0..<6]) == Self.magic else {
      throw malformed(0, "it does not begin as one")
    }
    let textOffset: Int
    let length: Int
    switch start[6] {
    case 1:
      textOffset = 10
      length = Int(start[8]) | Int(start[9]) << 8
    case 2, 3:
      guard start.count == 12 else { throw malformed(8, "it ends in the header") }
      textOffset = 12
      length = Int(start[8]) | Int(start[9]) << 8 | Int(start[10]) << 16 | Int(start[11]) << 24
    default: throw malformed(6, "version \(start[6]) is not known")
    }
    guard length <= Self.longest, length <= source.count - textOffset else {
      throw malformed(8, "a header of \(length) bytes is announced")
    }
    var parser = DictionaryParser(text: try source.bytes(at: textOffset, count: length))
    guard let fields = parser.parse() else {
      throw malformed(
        textOffset + parser.position, "the header is not a dictionary of descr, fortran_order and shape")
    }
    guard fields.shape.count <= Self.highestRank else {
      throw malformed(textOffset, "the shape has \(fields.shape.count) dimensions")
    }
    guard let (type, bigEndian) = Self.elementType(of: fields.descr) else {
      throw DatasetError.unsupported(
        path: source.path, feature: "elements of type \(fields.descr)",
        remedy: "Convert the array, for example with x.astype(numpy.float32).")
    }
    self.elementType = type
    self.bigEndian = bigEndian
    self.fortranOrder = fields.fortranOrder
    self.shape = fields.shape
    self.dataOffset = textOffset + length
  }

  private static let codes: [String: StoredElementType] = [
    "b1": .bool, "i1": .int8, "i2": .int16, "i4": .int32, "i8": .int64, "u1": .uint8, "u2": .uint16,
    "u4": .uint32,
    "u8": .uint64, "f2": .float16, "f4": .float32, "f8": .float64,
  ]

  private static func elementType(of descr: String) -> (StoredElementType, bigEndian: Bool)? {
    guard let order = descr.first, "<>|=".contains(order), let type = codes[String(descr.dropFirst())] else {
      return nil
    }
    return (type, order == ">")
  }

  /// Magic, version 1.0 and header, padded as numpy does so that the elements begin at a multiple of 64.
  static func encoded(shape: [Int], elementType: StoredElementType) -> [UInt8] {
    let code = codes.first { $0.value == elementType }!.key
    let order = elementType.byteCount == 1 ? "|" : "<"
    let lengths = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var text = Array("{'descr': '\(order)\(code)', 'fortran_order': False, 'shape': (\(lengths)), }".utf8)
    let padding = (64 - (10 + text.count + 1) % 64) % 64
    text += [UInt8](repeating: 0x20, count: padding) + [0x0a]
    return magic + [1, 0, UInt8(text.count & 0xff), UInt8(text.count >> 8)] + text
  }
}

/// Just enough Python to read the header's dictionary, in any order and spacing.
private struct DictionaryParser {
  let text: [UInt8]
  var position = 0

  init(text: [UInt8]) { self.text = text }

  mutating func parse() -> (descr: String, fortranOrder: Bool, shape: [Int])? {
    var descr: String?
    var fortranOrder: Bool?
    var shape: [Int]?
    guard take("{") else { return nil }
    while !take("}") {
      guard let key = string(), take(":") else { return nil }
      switch key {
      case "descr":
        // A structured type is a list of fields; its text stands in for it in the message.
        if peek() == UInt8(ascii: "[") { descr = rest() } else { descr = string() }
        if descr?.first == "[" { return (descr!, false, []) }
        guard descr != nil else { return nil }
      case "fortran_order":
        if take("True") {
          fortranOrder = true
        } else if take("False") {
          fortranOrder = false
        } else {
          return nil
        }
      case "shape":
        shape = tuple()
        guard shape != nil else { return nil }
      default: return nil
      }
      guard take(",") || peek() == UInt8(ascii: "}") else { return nil }
    }
    guard let descr, let fortranOrder, let shape else { return nil }
    return (descr, fortranOrder, shape)
  }

  private mutating func peek() -> UInt8? {
    while position < text.count, [0x20, 0x09, 0x0a, 0x0d].contains(text[position]) { position += 1 }
    return position < text.count ? text[position] : nil
  }

  private mutating func take(_ token: String) -> Bool {
    _ = peek()
    let bytes = Array(token.utf8)
    guard text[position...].starts(with: bytes) else { return false }
    position += bytes.count
    return true
  }

  private mutating func string() -> String? {
    guard let quote = peek(), quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else { return nil }
    guard let end = text[(position + 1)...].firstIndex(of: quote) else { return nil }
    defer { position = end + 1 }
    return String(decoding: text[(position + 1)..<end], as: UTF8.self)
  }

  private mutating func tuple() -> [Int]? {
    guard take("(") else { return nil }
    var lengths: [Int] = []
    while !take(")") {
      _ = peek()
      let digits = text[position...].prefix { (0x30...0x39).contains($0) }
      guard let length = Int(String(decoding: digits, as: UTF8.self)) else { return nil }
      position += digits.count
      // Python 2 wrote long integers with an L.
      _ = take("L")
      lengths.append(length)
      guard take(",") || peek() == UInt8(ascii: ")") else { return nil }
    }
    return lengths
  }

  private func rest() -> String { String(decoding: text[position...].prefix(60), as: UTF8.self) }
}
