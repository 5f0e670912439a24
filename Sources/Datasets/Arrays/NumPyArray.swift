/// An array of an NPY file, or one to be written as such.
///
/// Reading takes versions 1 to 3, C and Fortran order, both byte orders, truth values, whole numbers and
/// float16/32/64; never pickled objects. The elements of a large file stay in it until they are asked for.
public struct NumPyArray: Sendable {
  let stored: StoredArray

  /// The lengths of the dimensions; empty for a scalar.
  public var shape: [Int] { stored.shape }
  /// The type of the elements in the file.
  public var elementType: StoredElementType { stored.elementType }
  /// The number of elements.
  public var count: Int { stored.count }

  /// Reads an `.npy` file. Throws ``DatasetError`` when it is not one, or is shorter than its shape.
  public init(path: String) throws {
    try self.init(ByteSource(path: path))
  }

  /// Reads the bytes of an `.npy` file; `name` stands in messages.
  public init(bytes: [UInt8], name: String) throws {
    try self.init(ByteSource(bytes, path: name))
  }

  init(_ source: ByteSource) throws {
    let header = try NumPyHeader(source)
    stored = try StoredArray(
      shape: header.shape, elementType: header.elementType, bigEndian: header.bigEndian, source: source,
      offset: header.dataOffset, format: "NPY", fortranOrder: header.fortranOrder)
  }

  /// A float32 array. Throws when `values` do not fill `shape` exactly.
  public init(shape: [Int], floats values: [Float]) throws {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(values.count * 4)
    for value in values {
      withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
    }
    try self.init(shape: shape, elementType: .float32, littleEndian: bytes)
  }

  /// An int64 array. Throws when `values` do not fill `shape` exactly.
  public init(shape: [Int], integers values: [Int64]) throws {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(values.count * 8)
    for value in values { withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) } }
    try self.init(shape: shape, elementType: .int64, littleEndian: bytes)
  }

  /// An array of any type from its elements' bytes, low byte first, in C order.
  package init(shape: [Int], elementType: StoredElementType, littleEndian bytes: [UInt8]) throws {
    guard StoredArray.byteCount(shape, elementType) == bytes.count else {
      throw DatasetError.unsuitable(
        setting: "The shape \(shape)", reason: "\(bytes.count / elementType.byteCount) elements are given",
        remedy: "Give as many elements as the shape has.")
    }
    stored = try StoredArray(
      shape: shape, elementType: elementType, bigEndian: false, source: ByteSource(bytes, path: "array"),
      offset: 0,
      format: "NPY")
  }

  /// The elements as float32, in C order. Throws when the file can no longer be read.
  public func floats() throws -> [Float] { try stored.floats() }

  /// The elements as whole numbers, in C order; floating-point ones only when they have no fraction.
  public func integers() throws -> [Int64] { try stored.integers() }

  /// The bytes of an `.npy` file (version 1.0, C order, low byte first): the same for the same array, always.
  public func encoded() throws -> [UInt8] {
    guard shape.count <= 32 else {
      throw DatasetError.unsuitable(
        setting: "The shape \(shape)", reason: "it has more than 32 dimensions", remedy: "Reshape the array.")
    }
    return NumPyHeader.encoded(shape: shape, elementType: elementType) + (try littleEndianBytes())
  }

  /// The elements' bytes, low byte first, in C order. Throws when the file can no longer be read.
  package func littleEndianBytes() throws -> [UInt8] {
    var bytes = try stored.source.bytes(at: 0, count: stored.source.count)
    let size = elementType.byteCount
    if stored.bigEndian, size > 1 {
      for start in stride(from: 0, to: bytes.count, by: size) { bytes[start..<(start + size)].reverse() }
    }
    return bytes
  }

  /// Writes an `.npy` file, whole or not at all.
  public func write(to path: String) throws {
    try writeFile(try encoded(), to: path)
  }
}
