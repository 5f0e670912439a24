package import Foundation

/// Where a text stops being JSON.
package struct JSONSyntaxError: Error, Sendable, Hashable {
  /// The line, from 1.
  package let line: Int
  /// What is wrong there.
  package let problem: String
}

extension JSONText {
  /// Reads a text.
  ///
  /// - Throws: `JSONSyntaxError` where it is not JSON in UTF-8, or nested deeper than 64 values.
  package init(_ data: Data) throws(JSONSyntaxError) {
    var parser = JSONParser(bytes: [UInt8](data))
    self = try parser.parse()
  }
}

private struct JSONParser {
  let bytes: [UInt8]
  private var index = 0

  /// No model's symbol is nested deeper, and recursion must end.
  private static let deepest = 64

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func parse() throws(JSONSyntaxError) -> JSONText {
    let value = try value(depth: 0)
    guard index == bytes.count else { throw problem("something stands behind the end of the value") }
    return value
  }

  private func problem(_ text: String) -> JSONSyntaxError {
    let line = bytes[..<min(index, bytes.count)].count { $0 == UInt8(ascii: "\n") } + 1
    return JSONSyntaxError(line: line, problem: text)
  }

  private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

  private mutating func take(_ byte: Character) -> Bool {
    guard let next, next == byte.asciiValue else { return false }
    index += 1
    return true
  }

  private func text(from start: Int) throws(JSONSyntaxError) -> String {
    guard let text = String(validating: bytes[start..<index], as: UTF8.self) else {
      throw problem("it is not UTF-8 text")
    }
    return text
  }

  private mutating func spaces() -> String {
    let start = index
    while let next, next == 32 || next == 10 || next == 13 || next == 9 { index += 1 }
    return String(decoding: bytes[start..<index], as: UTF8.self)
  }

  private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSONText {
    guard depth < Self.deepest else { throw problem("its values are nested too deep") }
    let before = spaces()
    let content: JSONText.Content
    if take("[") {
      content = try array(depth: depth)
    } else if take("{") {
      content = try object(depth: depth)
    } else if next == UInt8(ascii: "\"") {
      content = .scalar(try string())
    } else {
      content = .scalar(try word())
    }
    return JSONText(content, before: before, after: spaces())
  }

  private mutating func array(depth: Int) throws(JSONSyntaxError) -> JSONText.Content {
    let start = index
    let empty = spaces()
    if take("]") { return .array([], empty: empty) }
    index = start
    var elements: [JSONText] = []
    while true {
      elements.append(try value(depth: depth + 1))
      if take("]") { return .array(elements, empty: "") }
      guard take(",") else { throw problem("a list goes on without a comma, or does not end") }
    }
  }

  private mutating func object(depth: Int) throws(JSONSyntaxError) -> JSONText.Content {
    let start = index
    let empty = spaces()
    if take("}") { return .object([], empty: empty) }
    index = start
    var members: [JSONText.Member] = []
    while true {
      let before = spaces()
      guard next == UInt8(ascii: "\"") else { throw problem("a member of an object has no name") }
      let name = try string()
      let after = spaces()
      guard take(":") else { throw problem("a name has no value") }
      members.append(
        JSONText.Member(before: before, rawName: name, after: after, value: try value(depth: depth + 1)))
      if take("}") { return .object(members, empty: "") }
      guard take(",") else { throw problem("an object goes on without a comma, or does not end") }
    }
  }

  private mutating func string() throws(JSONSyntaxError) -> String {
    let start = index
    index += 1
    while let byte = next {
      index += 1
      if byte == UInt8(ascii: "\\") {
        index += 1
      } else if byte == UInt8(ascii: "\"") {
        let raw = try text(from: start)
        guard JSONText.unquoted(raw) != nil else { throw problem("a string has an escape that is none") }
        return raw
      } else if byte < 0x20 {
        throw problem("a string does not end on its line")
      }
    }
    index = min(index, bytes.count)
    throw problem("a string does not end")
  }

  private mutating func word() throws(JSONSyntaxError) -> String {
    let start = index
    while let byte = next, "+-.".utf8.contains(byte) || isAlphanumeric(byte) { index += 1 }
    let word = try text(from: start)
    guard ["true", "false", "null"].contains(word) || isNumber(word) else {
      index = start
      throw problem("a value is missing, or is not one that JSON knows")
    }
    return word
  }

  private func isAlphanumeric(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
  }

  private func isNumber(_ word: String) -> Bool {
    guard let first = word.utf8.first, first == UInt8(ascii: "-") || (48...57).contains(first) else {
      return false
    }
    return word.utf8.allSatisfy { "0123456789+-.eE".utf8.contains($0) } && Double(word) != nil
  }
}
