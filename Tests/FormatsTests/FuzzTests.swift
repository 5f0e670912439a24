import Errors
import Formats
import Foundation
import Graph
import Testing

/// Whatever the bytes, reading gives a network or a `FormatError`, and what was read can be written.
@Suite struct FuzzTests {
  private func check(_ bytes: Data) throws {
    do {
      let model = try ONNXModel(data: bytes)
      _ = try model.edited(for: model.network)
    } catch {
      #expect((error is FormatError) && !CaughtError(error).sentence.isEmpty)
    }
  }

  @Test func `random bytes`() throws {
    var random = SeededGenerator(seed: 1)
    for _ in 0..<2000 {
      let count = Int.random(in: 0...200, using: &random)
      var bytes = Data((0..<count).map { _ in UInt8.random(in: 0...255, using: &random) })
      try check(bytes)
      // Behind a plausible beginning: a version, and a graph of this length.
      bytes = Data([0x08, 0x08, 0x3A, UInt8(count % 128)]) + bytes
      try check(bytes)
    }
  }

  @Test(arguments: Fixture.names) func truncations(name: String) throws {
    let bytes = try Fixture.bytes(name)
    for count in 0..<bytes.count { try check(bytes.prefix(count)) }
  }

  @Test(arguments: Fixture.names) func `flipped bits and changed bytes`(name: String) throws {
    let original = try Fixture.bytes(name)
    var random = SeededGenerator(seed: UInt64(original.count))
    for index in original.indices {
      var bytes = original
      bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      try check(bytes)
    }
    for _ in 0..<3000 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let index = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: index)
        default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: index)
        }
      }
      try check(bytes)
    }
  }
}
