import Graph

/// The type of an array's elements, as NPY and IDX files name them.
public enum StoredElementType: String, Sendable, Equatable, CaseIterable {
  /// One byte, 0 or not.
  case bool
  /// Whole numbers with a sign.
  case int8, int16, int32, int64
  /// Whole numbers without one.
  case uint8, uint16, uint32, uint64
  /// IEEE 754 numbers.
  case float16, float32, float64

  /// The size of an element in bytes.
  package var byteCount: Int {
    switch self {
    case .bool, .int8, .uint8: 1
    case .int16, .uint16, .float16: 2
    case .int32, .uint32, .float32: 4
    case .int64, .uint64, .float64: 8
    }
  }

  /// Whether the elements are whole numbers (truth values are).
  package var isInteger: Bool {
    switch self {
    case .float16, .float32, .float64: false
    default: true
    }
  }
}

extension StoredElementType {
  /// Converts elements to float32; `output` and `bytes` hold the same number of elements.
  func decode(
    _ bytes: UnsafeRawBufferPointer, bigEndian: Bool, into output: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(bytes.count == output.count * byteCount)
    switch self {
    case .bool: for i in output.indices { output[i] = bytes[i] == 0 ? 0 : 1 }
    case .uint8: for i in output.indices { output[i] = Float(bytes[i]) }
    case .int8: for i in output.indices { output[i] = Float(Int8(bitPattern: bytes[i])) }
    case .int16: convert(bytes, bigEndian, output) { (bits: UInt16) in Float(Int16(bitPattern: bits)) }
    case .uint16: convert(bytes, bigEndian, output) { (bits: UInt16) in Float(bits) }
    case .int32: convert(bytes, bigEndian, output) { (bits: UInt32) in Float(Int32(bitPattern: bits)) }
    case .uint32: convert(bytes, bigEndian, output) { (bits: UInt32) in Float(bits) }
    case .int64: convert(bytes, bigEndian, output) { (bits: UInt64) in Float(Int64(bitPattern: bits)) }
    case .uint64: convert(bytes, bigEndian, output) { (bits: UInt64) in Float(bits) }
    case .float16:
      convert(bytes, bigEndian, output) { (bits: UInt16) in HalfPrecision.float(float16Bits: bits) }
    case .float32: convert(bytes, bigEndian, output) { (bits: UInt32) in Float(bitPattern: bits) }
    case .float64: convert(bytes, bigEndian, output) { (bits: UInt64) in Float(Double(bitPattern: bits)) }
    }
  }

  /// One element as a whole number; nil when it is not one or does not fit.
  func integer(_ bytes: UnsafeRawBufferPointer, at index: Int, bigEndian: Bool) -> Int64? {
    precondition(index >= 0 && (index + 1) * byteCount <= bytes.count)
    switch self {
    case .bool: return bytes[index] == 0 ? 0 : 1
    case .uint8: return Int64(bytes[index])
    case .int8: return Int64(Int8(bitPattern: bytes[index]))
    case .int16: return Int64(Int16(bitPattern: load(bytes, index, bigEndian)))
    case .uint16: return Int64(load(bytes, index, bigEndian) as UInt16)
    case .int32: return Int64(Int32(bitPattern: load(bytes, index, bigEndian)))
    case .uint32: return Int64(load(bytes, index, bigEndian) as UInt32)
    case .int64: return Int64(bitPattern: load(bytes, index, bigEndian))
    case .uint64: return Int64(exactly: load(bytes, index, bigEndian) as UInt64)
    case .float16: return Int64(exactly: HalfPrecision.float(float16Bits: load(bytes, index, bigEndian)))
    case .float32: return Int64(exactly: Float(bitPattern: load(bytes, index, bigEndian)))
    case .float64: return Int64(exactly: Double(bitPattern: load(bytes, index, bigEndian)))
    }
  }

  @inline(__always)
  private func load<Bits: FixedWidthInteger>(_ bytes: UnsafeRawBufferPointer, _ index: Int, _ bigEndian: Bool)
    -> Bits
  {
    let bits = bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<Bits>.size, as: Bits.self)
    return bigEndian ? Bits(bigEndian: bits) : Bits(littleEndian: bits)
  }

  @inline(__always)
  private func convert<Bits: FixedWidthInteger>(
    _ bytes: UnsafeRawBufferPointer, _ bigEndian: Bool, _ output: UnsafeMutableBufferPointer<Float>,
    _ value: (Bits) -> Float
  ) {
    for i in output.indices { output[i] = value(load(bytes, i, bigEndian)) }
  }
}
