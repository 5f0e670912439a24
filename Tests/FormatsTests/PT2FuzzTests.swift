import Errors
import Formats
import Foundation
import Graph
import TensorFiles
import TestSupport
import Testing

/// Whatever the bytes, reading gives a network or a `FormatError`, and what was read can be written.
@Suite struct PT2FuzzTests {
  static let names = ["pictures.pt2", "sequence.pt2", "pictures-older.pt2"]

  private static func archive(_ name: String) throws -> StoredArchive {
    try StoredArchive(data: Data(contentsOf: CaseFile.model(name)))
  }

  private func check(_ bytes: Data) {
    do {
      let model = try PT2Model(data: bytes)
      #expect(try model.data(for: model.network) == bytes)
    } catch {
      // Those of the pickles in an older archive.
      let isKnown = error is FormatError || error is TensorFileError
      #expect(
        isKnown && !CaughtError(error).sentence.isEmpty && !CaughtError(error).remedy.isEmpty)
    }
  }

  /// An archive with the bytes of one entry changed.
  private func check(_ archive: StoredArchive, _ suffix: String, _ body: (Data) -> Data) {
    let entries = archive.entries.map { entry in
      (name: entry.name, bytes: entry.name.hasSuffix(suffix) ? body(entry.bytes) : entry.bytes)
    }
    check(StoredArchiveWriter.pieces(of: entries).reduce(into: Data()) { $0.append($1) })
  }

  @Test(arguments: names) func truncations(name: String) throws {
    let bytes = try Data(contentsOf: CaseFile.model(name))
    for count in stride(from: 0, to: bytes.count, by: 97) { check(bytes.prefix(count)) }
    for count in bytes.count - 60..<bytes.count { check(bytes.prefix(count)) }
  }

  @Test(arguments: names) func `changed archives`(name: String) throws {
    let original = try Data(contentsOf: CaseFile.model(name))
    var random = SeededGenerator(seed: 5)
    // The directory stands at the end.
    for _ in 0..<600 {
      var bytes = original
      for _ in 0..<3 {
        let index = bytes.count - 1 - Int.random(in: 0..<3000, using: &random)
        bytes[index] = UInt8.random(in: 0...255, using: &random)
      }
      check(bytes)
    }
  }

  @Test(arguments: names, ["models/model.json", "_config.json", "exported_program.json"])
  func `changed texts`(name: String, entry: String) throws {
    let archive = try Self.archive(name)
    var random = SeededGenerator(seed: 6)
    let digits = Data("0123456789-,()[]{}\"TNe.".utf8)
    for _ in 0..<250 {
      check(archive, entry) { original in
        var bytes = original
        for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
          let index = Int.random(in: 0..<bytes.count, using: &random)
          switch Int.random(in: 0..<3, using: &random) {
          case 0: bytes[bytes.startIndex + index] = digits.randomElement(using: &random)!
          case 1: bytes.remove(at: bytes.startIndex + index)
          default: bytes.insert(digits.randomElement(using: &random)!, at: bytes.startIndex + index)
          }
        }
        return bytes
      }
    }
  }

  /// Every number of a program out of all bounds, one after another.
  @Test(arguments: names) func `strange numbers`(name: String) throws {
    let archive = try Self.archive(name)
    let program = try #require(
      archive.entries.first { $0.name.hasSuffix("models/model.json") || $0.name.hasSuffix("program.json") })
    let text = String(decoding: program.bytes, as: UTF8.self)
    let places = text.ranges(of: /"as_(int|ints|float|floats)": \[?-?[0-9.]+/)
    let values = [
      "0", "-1", "9223372036854775807", "-9223372036854775808", "1099511627776", "65537", "1e400",
    ]
    for (number, place) in places.enumerated() where number % 3 == 0 {
      let value = values[number / 3 % values.count]
      let kept = text[place].prefix { !"-0123456789".contains($0) }
      check(archive, program.name) { _ in
        Data(text.replacingCharacters(in: place, with: kept + value).utf8)
      }
    }
  }
}
