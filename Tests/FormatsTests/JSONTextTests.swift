import Formats
import Foundation
import Graph
import Testing

/// What is read is written as it was, space for space.
@Suite struct JSONTextTests {
  static let texts = [
    "{}", "[ ]", " {\"a\" : [1, 2.5e-3,-4 ] ,\n\t\"b\":{ } } \n", "\"\\u00e9\\ud83d\\ude00 \\\"\\\\\"",
    "null",
    "[\n  true, \n  false\n]", "{\"a\": {\"a\": [[], [[]]]}}",
  ]

  @Test(arguments: texts) func `writing what was read`(text: String) throws {
    #expect(try JSONText(Data(text.utf8)).text == text)
  }

  @Test func `values are read`() throws {
    let value = try JSONText(Data("{\"name\": \"\\u00e9\\n\\ud83d\\ude00\", \"list\": [1, -2, \"3\"]}".utf8))
    #expect(value["name"]?.string == "é\n😀")
    #expect(value["list"]?.elements?.map(\.integer) == [1, -2, nil])
    #expect(value["other"] == nil)
  }

  @Test(arguments: [
    "", "{", "[1,]", "{\"a\"}", "{\"a\":}", "tru", "[1 2]", "\"", "\"\\u12\"", "{1: 2}", "[1]]", "01x", "-",
    "\"\n\"",
    "{\"a\": 1,}",
  ]) func `what is no JSON is refused`(text: String) {
    #expect(throws: JSONSyntaxError.self) { try JSONText(Data(text.utf8)) }
  }

  @Test func `the line of an error`() throws {
    let error = #expect(throws: JSONSyntaxError.self) { try JSONText(Data("{\n\"a\": 1,\n\"b\": x\n}".utf8)) }
    #expect(error?.line == 3)
  }

  @Test func `deep nesting ends in an error`() {
    let text = String(repeating: "[", count: 100_000)
    #expect(throws: JSONSyntaxError.self) { try JSONText(Data(text.utf8)) }
  }

  @Test func `fuzzed texts`() throws {
    var random = SeededGenerator(seed: 4)
    for text in Self.texts {
      for _ in 0..<500 {
        var bytes = Data(text.utf8)
        for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
          bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        guard let value = try? JSONText(bytes) else { continue }
        #expect(Data(value.text.utf8) == bytes)
      }
    }
  }
}
