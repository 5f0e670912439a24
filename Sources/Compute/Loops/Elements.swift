import Graph

/// The memory of a step's operand, read and written as floats a piece at a time: floats where they lie,
/// bfloat16 numbers through a buffer of the caller's that stays in the processor's first cache.
struct Elements {
  /// Elements of a piece at most.
  static let piece = 1024

  private let address: UnsafeMutableRawPointer
  let isNarrow: Bool

  /// The tensor's elements as they lie in memory; valid when steps are bound.
  init(_ tensor: PlanTensor) {
    isNarrow = tensor.isNarrow
    address = isNarrow ? UnsafeMutableRawPointer(tensor.halves) : UnsafeMutableRawPointer(tensor.floats)
  }

  /// `count` elements from `start` on, `stride` apart, as floats that lie side by side; one where the stride
  /// is 0.
  @inline(__always)
  func read(
    _ start: Int, _ count: Int, stride: Int = 1, into buffer: UnsafeMutablePointer<Float>
  ) -> UnsafePointer<Float> {
    if isNarrow {
      let bits = address.assumingMemoryBound(to: UInt16.self) + start
      for i in 0..<(stride == 0 ? 1 : count) {
        buffer[i] = Float(bitPattern: UInt32(bits[i &* stride]) &<< 16)
      }
      return UnsafePointer(buffer)
    }
    let floats = UnsafePointer(address.assumingMemoryBound(to: Float.self) + start)
    if stride == 0 || stride == 1 { return floats }
    for i in 0..<count { buffer[i] = floats[i &* stride] }
    return UnsafePointer(buffer)
  }

  /// Where `count` floats for the elements from `start` on are written: their own memory, or the buffer,
  /// which `finish` then narrows.
  @inline(__always)
  func target(_ start: Int, stride: Int = 1, buffer: UnsafeMutablePointer<Float>) -> UnsafeMutablePointer<
    Float
  > {
    isNarrow || stride != 1 ? buffer : address.assumingMemoryBound(to: Float.self) + start
  }

  /// Brings floats that `target` sent to the buffer to their places.
  @inline(__always)
  func finish(_ start: Int, _ count: Int, stride: Int = 1, from buffer: UnsafePointer<Float>) {
    if isNarrow {
      let bits = address.assumingMemoryBound(to: UInt16.self) + start
      if stride == 1 {
        for i in 0..<count { bits[i] = Self.narrowed(buffer[i]) }
      } else {
        for i in 0..<count { bits[i &* stride] = Self.narrowed(buffer[i]) }
      }
    } else if stride != 1 {
      let floats = address.assumingMemoryBound(to: Float.self) + start
      for i in 0..<count { floats[i &* stride] = buffer[i] }
    }
  }

  /// The nearest bfloat16, the even one of two. NaNs as arithmetic makes them stay NaNs.
  @inline(__always)
  static func narrowed(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ ((bits &>> 16) & 1)) &>> 16)
  }
}
