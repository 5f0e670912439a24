import CDNNL
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
      if stride == 1 {
        cdnnl_widen(Int64(count), bits, buffer)
      } else {
        for i in 0..<(stride == 0 ? 1 : count) { cdnnl_widen(1, bits + i &* stride, buffer + i) }
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
        cdnnl_narrow(Int64(count), buffer, bits)
      } else {
        for i in 0..<count { cdnnl_narrow(1, buffer + i, bits + i &* stride) }
      }
    } else if stride != 1 {
      let floats = address.assumingMemoryBound(to: Float.self) + start
      for i in 0..<count { floats[i &* stride] = buffer[i] }
    }
  }
}
