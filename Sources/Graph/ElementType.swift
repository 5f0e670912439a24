/// The type of one element of a tensor.
public enum ElementType: String, Sendable, Hashable, CaseIterable {
  /// IEEE 754 numbers, and bfloat16: float32 without its lower half.
  case float16, bfloat16, float32, float64
  /// Signed integers, in two's complement.
  case int8, int16, int32, int64
  /// Unsigned integers.
  case uint8, uint16, uint32, uint64
  /// A byte a truth value; texts of any length.
  case bool, string

  /// Bytes of one element in a dense tensor; `nil` for strings, which have no fixed width.
  public var byteCount: Int? {
    switch self {
    case .int8, .uint8, .bool: 1
    case .float16, .bfloat16, .int16, .uint16: 2
    case .float32, .int32, .uint32: 4
    case .float64, .int64, .uint64: 8
    case .string: nil
    }
  }

  /// Whether the elements are floating-point numbers, the only ones that carry gradients.
  public var isFloatingPoint: Bool {
    switch self {
    case .float16, .bfloat16, .float32, .float64: true
    default: false
    }
  }
}
