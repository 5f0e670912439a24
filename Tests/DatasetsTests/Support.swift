import Foundation
import Testing

import Datasets

/// Random numbers that repeat (xorshift64*).
struct Dice: RandomNumberGenerator {
  var state: UInt64

  init(_ seed: UInt64) { state = seed | 1 }

  mutating func next() -> UInt64 {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return state &* 0x2545_f491_4f6c_dd1d
  }
}

/// Calls `read` with damaged variants of `bytes`: every truncation (thinned for long ones), flipped bits, set bytes,
/// and random bytes. It must come back, whatever it says.
func fuzz(_ bytes: [UInt8], seed: UInt64, rounds: Int = 600, _ read: ([UInt8]) throws -> Void) {
  var dice = Dice(seed)
  for length in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 200)) {
    try? read(Array(bytes[..<length]))
  }
  for _ in 0..<rounds {
    var damaged = bytes
    for _ in 0..<Int.random(in: 1...4, using: &dice) {
      let index = Int.random(in: 0..<damaged.count, using: &dice)
      if Bool.random(using: &dice) {
        damaged[index] ^= 1 << UInt8.random(in: 0..<8, using: &dice)
      } else {
        damaged[index] = [0, 0x7f, 0x80, 0xff].randomElement(using: &dice)!
      }
    }
    try? read(damaged)
  }
  for _ in 0..<rounds / 4 {
    let length = Int.random(in: 0...300, using: &dice)
    try? read((0..<length).map { _ in UInt8.random(in: 0...255, using: &dice) })
    // Right at the beginning, noise after it.
    let kept = Int.random(in: 0...min(40, bytes.count), using: &dice)
    try? read(bytes[..<kept] + (0..<length).map { _ in UInt8.random(in: 0...255, using: &dice) })
  }
}

/// The bytes of an IDX file of bytes.
func idx(_ shape: [Int], _ bytes: [UInt8]) -> [UInt8] {
  [0, 0, 8, UInt8(shape.count)]
    + shape.flatMap { length in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) } } + bytes
}

/// The bytes of an NPY file with a header as given.
func npy(_ header: String, version: UInt8 = 1, _ elements: [UInt8]) -> [UInt8] {
  let text = Array(header.utf8)
  let length =
    version == 1
    ? [UInt8(text.count & 255), UInt8(text.count >> 8)]
    : [UInt8(text.count & 255), UInt8(text.count >> 8), 0, 0]
  return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + text + elements
}

/// The error that a call throws; records an issue when it throws none.
func failure<Result>(_ call: () throws -> Result, sourceLocation: SourceLocation = #_sourceLocation)
  -> DatasetError?
{
  let error = #expect(throws: DatasetError.self, sourceLocation: sourceLocation) { _ = try call() }
  if let error { #expect(!error.sentence.isEmpty && !error.remedy.isEmpty, sourceLocation: sourceLocation) }
  return error
}

func near(_ a: [Float], _ b: [Float], within tolerance: Float) -> Bool {
  a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= tolerance }
}
