import Graph

/// An n-dimensional array of a file: its elements stay bytes until they are asked for.
struct StoredArray: Sendable {
  let shape: [Int]
  let elementType: StoredElementType
  let bigEndian: Bool
  /// The elements in C order, exactly.
  let source: ByteSource

  /// Throws when the elements do not fill `shape`, before anything of that size is allocated.
  init(
    shape: [Int], elementType: StoredElementType, bigEndian: Bool, source: ByteSource, offset: Int,
    format: String,
    fortranOrder: Bool = false
  ) throws {
    guard let size = Self.byteCount(shape, elementType) else {
      throw DatasetError.malformed(
        path: source.path, format: format, offset: offset, reason: "the shape \(shape) is not a possible one")
    }
    guard let elements = source.part(from: offset, count: size) else {
      throw DatasetError.malformed(
        path: source.path, format: format, offset: offset,
        reason:
          "the shape \(shape) of \(elementType.rawValue) needs \(size) bytes, \(source.count - offset) are there"
      )
    }
    self.shape = shape
    self.elementType = elementType
    self.bigEndian = bigEndian
    self.source =
      fortranOrder && shape.filter({ $0 > 1 }).count > 1
      ? try Self.reordered(elements, shape: shape, elementSize: elementType.byteCount) : elements
  }

  private init(shape: [Int], elementType: StoredElementType, bigEndian: Bool, source: ByteSource) {
    self.shape = shape
    self.elementType = elementType
    self.bigEndian = bigEndian
    self.source = source
  }

  /// The number of elements.
  var count: Int { shape.elementCount }
  /// The length of the first dimension; a scalar is one row.
  var rowCount: Int { shape.first ?? 1 }
  /// The number of elements in one entry of the first dimension.
  var rowElementCount: Int { shape.dropFirst().elementCount }

  /// The size in bytes; nil for a shape that no array has.
  static func byteCount(_ shape: [Int], _ elementType: StoredElementType) -> Int? {
    shape.checkedElementCount.map { $0 * elementType.byteCount }
  }

  /// The same elements in another shape of as many.
  func reshaped(_ shape: [Int]) -> StoredArray {
    precondition(Self.byteCount(shape, elementType) == source.count)
    return StoredArray(shape: shape, elementType: elementType, bigEndian: bigEndian, source: source)
  }

  /// The same elements with an axis before all others. The array is read whole where that is not the first.
  func movingToFront(_ axis: Int) throws -> StoredArray {
    guard axis > 0, shape.indices.contains(axis), source.count > 0 else { return self }
    let bytes = try source.bytes(at: 0, count: source.count)
    let inner = shape[(axis + 1)...].elementCount * elementType.byteCount
    let (outer, rows) = (shape[..<axis].elementCount, shape[axis])
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count)
    for row in 0..<rows {
      for block in 0..<outer {
        let start = (block * rows + row) * inner
        output += bytes[start..<(start + inner)]
      }
    }
    var moved = shape
    moved.insert(moved.remove(at: axis), at: 0)
    return StoredArray(
      shape: moved, elementType: elementType, bigEndian: bigEndian,
      source: ByteSource(output, path: source.path))
  }

  /// Converts row `index` into `output` from `position` on.
  func copyRow(_ index: Int, into output: inout [Float], at position: Int) throws {
    let elements = rowElementCount
    precondition(position >= 0 && position + elements <= output.count)
    let size = elements * elementType.byteCount
    let (type, bigEndian) = (elementType, bigEndian)
    try source.withBytes(at: index * size, count: size) { bytes in
      output.withUnsafeMutableBufferPointer {
        type.decode(
          bytes, bigEndian: bigEndian,
          into: UnsafeMutableBufferPointer(rebasing: $0[position..<(position + elements)]))
      }
    }
  }

  /// All elements as float32.
  func floats() throws -> [Float] {
    let (type, bigEndian, count) = (elementType, bigEndian, count)
    return try source.withBytes(at: 0, count: source.count) { bytes in
      [Float](unsafeUninitializedCapacity: count) { buffer, filled in
        type.decode(
          bytes, bigEndian: bigEndian, into: UnsafeMutableBufferPointer(rebasing: buffer[0..<count]))
        filled = count
      }
    }
  }

  /// All elements as whole numbers; throws on one that is not, or does not fit.
  func integers() throws -> [Int64] {
    let (type, bigEndian, count) = (elementType, bigEndian, count)
    var wrong: Int?
    let values = try source.withBytes(at: 0, count: source.count) { bytes in
      (0..<count).map { index in
        guard let value = type.integer(bytes, at: index, bigEndian: bigEndian) else {
          wrong = wrong ?? index
          return Int64(0)
        }
        return value
      }
    }
    if let wrong {
      throw DatasetError.badValue(
        path: source.path, index: wrong, reason: "it is not a whole number of 64 bits")
    }
    return values
  }

  /// Fortran's order (first index fastest) brought to C's. The array is read whole for it.
  private static func reordered(_ source: ByteSource, shape: [Int], elementSize: Int) throws
    -> ByteSource
  {
    let bytes = try source.bytes(at: 0, count: source.count)
    guard !bytes.isEmpty else { return source }
    var strides = [Int](repeating: elementSize, count: shape.count)
    for axis in 1..<shape.count { strides[axis] = strides[axis - 1] * shape[axis - 1] }
    var output = [UInt8](repeating: 0, count: bytes.count)
    var index = [Int](repeating: 0, count: shape.count)
    var from = 0
    for to in stride(from: 0, to: bytes.count, by: elementSize) {
      for byte in 0..<elementSize { output[to + byte] = bytes[from + byte] }
      // The odometer: the last index runs fastest in the output.
      for axis in shape.indices.reversed() {
        index[axis] += 1
        from += strides[axis]
        if index[axis] < shape[axis] { break }
        from -= strides[axis] * shape[axis]
        index[axis] = 0
      }
    }
    return ByteSource(output, path: source.path)
  }
}
