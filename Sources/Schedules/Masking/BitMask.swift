package import Foundation
import Training

/// A mask of single elements, a bit each, as it is kept on disk.
package struct BitMask: Sendable, Hashable, Codable {
  /// Elements of the mask.
  package let count: Int
  /// Eight elements a byte, the first in the lowest bit; 1 for what stays.
  package let bits: Data

  init(_ keeps: [Bool]) {
    self = keeps.withUnsafeBufferPointer { keeps in BitMask(count: keeps.count) { keeps[$0] } }
  }

  /// A mask of so many elements.
  ///
  /// - Parameter keeps: whether an element stays; asked once for each, in order.
  @inline(__always)
  init(count: Int, keeping keeps: (Int) -> Bool) {
    self.count = count
    // Bytes are made whole: setting bits of `Data` one by one checks each time whether it is shared.
    let bytes = [UInt8](unsafeUninitializedCapacity: (count + 7) / 8) { bytes, filled in
      let whole = count / 8
      for byte in 0..<whole {
        var bits: UInt8 = 0
        for bit in 0..<8 { bits |= (keeps(byte * 8 + bit) ? 1 : 0) << UInt8(bit) }
        bytes[byte] = bits
      }
      if whole < bytes.count {
        var bits: UInt8 = 0
        for index in whole * 8..<count { bits |= (keeps(index) ? 1 : 0) << UInt8(index - whole * 8) }
        bytes[whole] = bits
      }
      filled = (count + 7) / 8
    }
    bits = Data(bytes)
  }

  /// By element: whether it stays; all do where the bytes are too few.
  package var keeps: [Bool] {
    guard count >= 0, bits.count >= (count + 7) / 8 else { return [] }
    return bits.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) in
      [Bool](unsafeUninitializedCapacity: count) { keeps, filled in
        for index in 0..<count { keeps[index] = bytes[index >> 3] >> UInt8(index & 7) & 1 == 1 }
        filled = count
      }
    }
  }
}
