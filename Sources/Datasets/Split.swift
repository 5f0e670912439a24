/// The part of the data that is meant.
public enum Split: String, Sendable, CaseIterable {
  /// What scoring and training see.
  case train
  /// What is set aside to choose between iterations.
  case validation
  /// What is measured at the end.
  case test
  /// Everything that is not a test set.
  case all

  /// The part that a file's or folder's name means, if it does.
  init?(word: String) {
    switch word.lowercased() {
    case "train", "training": self = .train
    case "val", "valid", "validation": self = .validation
    case "test", "testing", "t10k": self = .test
    default: return nil
    }
  }
}

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers for a seed on every system and in every release.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// The numbers below `count` in a random order (Fisher and Yates; the standard library's may change).
  mutating func permutation(of count: Int) -> [Int] {
    var order = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) {
      let other = Int(next().multipliedFullWidth(by: UInt64(last + 1)).high)
      order.swapAt(last, other)
    }
    return order
  }
}
