import Foundation
import Training

/// A mask of single elements, a bit each, as it is kept on disk.
struct BitMask: Sendable, Hashable, Codable {
  let count: Int
  /// Eight elements a byte, the first in the lowest bit; 1 for what stays.
  let bits: Data

  init(_ keeps: [Bool]) {
    count = keeps.count
    var bits = Data(count: (keeps.count + 7) / 8)
    for place in keeps.indices where keeps[place] { bits[place / 8] |= 1 << UInt8(place % 8) }
    self.bits = bits
  }

  /// By element: whether it stays; all do where the bytes are too few.
  var keeps: [Bool] {
    guard count >= 0, bits.count >= (count + 7) / 8 else { return [] }
    let bytes = [UInt8](bits)
    return (0..<count).map { bytes[$0 / 8] >> UInt8($0 % 8) & 1 == 1 }
  }
}
