import Testing

import Ranks

@Suite struct MessageTests {
  private static func message() -> [UInt8] {
    var writer = MessageWriter()
    writer.write(-3)
    writer.write([0.1, -.infinity, .leastNonzeroMagnitude])
    writer.write("größer")
    writer.write([UInt8]([1, 2]))
    return writer.bytes
  }

  @Test func whatIsWrittenIsRead() throws {
    var reader = MessageReader(Self.message(), from: 1)
    #expect(try reader.readInt() == -3)
    #expect(try reader.readDoubles() == [0.1, -.infinity, .leastNonzeroMagnitude])
    #expect(try reader.readText() == "größer")
    #expect(try reader.readBytes() == [1, 2])
    #expect(reader.isAtEnd)
  }

  /// Bytes that were cut off or changed are told of, and never read beyond.
  @Test func damagedBytesAreToldOf() {
    func read(_ bytes: [UInt8]) throws {
      var reader = MessageReader(bytes, from: 4)
      _ = try (reader.readInt(), reader.readDoubles(), reader.readText(), reader.readBytes())
    }
    let whole = Self.message()
    for length in 0..<whole.count {
      #expect(throws: RanksError.outOfStep(rank: 4)) { try read(Array(whole.prefix(length))) }
    }
    for index in whole.indices {
      for value in [UInt8(0x7f), 0xff] {
        var changed = whole
        changed[index] = value
        do { try read(changed) } catch { #expect(error as? RanksError == .outOfStep(rank: 4)) }
      }
    }
  }
}
