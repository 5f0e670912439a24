import Foundation
import Graph

/// Draws what a mutant is made of; the same seed makes the same mutant.
struct Mutator {
  private var generator: SeededGenerator

  init(seed: UInt64) { generator = SeededGenerator(seed: seed &* 0x2545_F491_4F6C_DD1D &+ 99) }

  /// A whole number below a bound; 0 where that is none.
  mutating func below(_ bound: Int) -> Int { bound > 0 ? Int(generator.next() % UInt64(bound)) : 0 }

  /// Once in so many times.
  mutating func once(in times: Int) -> Bool { below(times) == 0 }

  mutating func pick<T>(_ list: some RandomAccessCollection<T>) -> T? {
    list.isEmpty ? nil : list[list.index(list.startIndex, offsetBy: below(list.count))]
  }

  /// A whole number at which arithmetic ends: about a power of two, the square root of the largest, or one near `value`.
  mutating func integer(near value: Int = 1) -> Int {
    switch below(4) {
    case 0: return value &+ below(7) &- 3
    case 1: return below(12) - 4
    case 2: return [~value, value &* 2, value / 2, value &* 1000, -1, 0, Int.max, Int.min][below(8)]
    default:
      let power = 1 << [7, 8, 15, 16, 20, 24, 30, 31, 32, 33, 40, 53, 61, 62][below(14)]
      let found = [power, power - 1, -power, power + 1, Int.max - 1, Int.min + 1, 3_037_000_500][below(7)]
      return found
    }
  }

  /// A small or ordinary whole number: such as passes most checks.
  mutating func extent() -> Int { [0, 1, 1, 2, 2, 3, 4, 5, 7, 8, 16, 17, 64][below(13)] }

  /// A number at which arithmetic ends.
  mutating func number() -> Double {
    [
      0, -0.0, 1, -1, 0.5, 2, 1e-45, 1e38, -1e38, 3.5e38, 1e308, -1e300, 1e19, -1e19, .nan, .infinity,
      -.infinity,
      9.3e18, 2_147_483_648, 1e-300,
    ][below(20)]
  }

  /// A few bytes changed, removed, repeated, or replaced by a hostile whole number.
  mutating func bytes(_ original: Data) -> Data {
    var bytes = Data(original)
    for _ in 0...below(4) where !bytes.isEmpty {
      let index = below(bytes.count)
      switch below(7) {
      case 0: bytes[index] ^= 1 << UInt8(below(8))
      case 1: bytes[index] = UInt8(below(256))
      case 2: bytes.removeSubrange(index..<min(bytes.count, index + 1 + below(8)))
      case 3: bytes.insert(contentsOf: (0...below(8)).map { _ in UInt8(below(256)) }, at: index)
      case 4: bytes.removeSubrange(index...)
      case 5:
        let end = min(bytes.count, index + 1 + below(64))
        bytes.insert(contentsOf: Data(bytes[index..<end]), at: index)
      default: overwrite(&bytes, at: index, width: [1, 2, 4, 8][below(4)])
      }
    }
    return bytes
  }

  /// A hostile whole number of a width in bytes, of either byte order.
  mutating func overwrite(_ bytes: inout Data, at index: Int, width: Int) {
    guard index >= 0, index + width <= bytes.count else { return }
    var pattern = UInt64(bitPattern: Int64(integer()))
    if once(in: 3) { pattern = pattern.byteSwapped >> UInt64(64 - 8 * width) }
    for number in 0..<width {
      bytes[bytes.startIndex + index + number] = UInt8(truncatingIfNeeded: pattern >> UInt64(8 * number))
    }
  }

  /// Text of a kind that files should not hold.
  mutating func hostileText() -> String {
    [
      "", " ", "\0", "\u{1b}]0;x\u{7}", "\u{1b}[31m", "\u{9b}31m", "\u{202e}abc", "\u{200b}", "a\nb", "\r",
      "\u{8}",
      "../../x", "/etc/passwd", "=1+1", String(repeating: "x", count: 3000), "\u{301}", "\"\"\"", "'", "\\",
      "{", "]",
      "nan", "inf", "-0", "1e999", "9223372036854775808", "-9223372036854775809", "0x10", "1_000", "~",
      "null", "yes",
      "\u{feff}", "🏳️‍🌈", "😀",
    ][below(35)]
  }
}
