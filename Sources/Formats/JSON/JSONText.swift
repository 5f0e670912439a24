import Foundation

/// A JSON value as a text has it, with every space: what is not changed is written as it was read.
///
/// RFC 8259. Numbers and strings are kept as written and read when asked for.
package struct JSONText: Sendable, Hashable {
  /// A value without the spaces around it.
  package indirect enum Content: Sendable, Hashable {
    /// A string with its quotes, a number, `true`, `false` or `null`.
    case scalar(String)
    /// The elements, and the spaces in an empty list.
    case array([JSONText], empty: String)
    /// The members, and the spaces in an empty object.
    case object([Member], empty: String)
  }

  /// A name and a value.
  package struct Member: Sendable, Hashable {
    /// The spaces before the name.
    var before = ""
    /// The name with its quotes.
    var rawName: String
    /// The spaces between the name and the colon.
    var after = ""
    /// The value.
    package var value: JSONText

    /// The name.
    package var name: String { JSONText.unquoted(rawName) ?? "" }

    init(before: String = "", rawName: String, after: String = "", value: JSONText) {
      (self.before, self.rawName, self.after, self.value) = (before, rawName, after, value)
    }

    /// A member of a new object: the colon follows the name, and a space the colon.
    init(_ name: String, _ value: JSONText) {
      self.init(rawName: JSONText.quoted(name), value: JSONText(value.content, before: " "))
    }
  }

  /// The value.
  package var content: Content
  /// The spaces before it.
  var before: String
  /// The spaces behind it, before a comma or the end.
  var after: String

  init(_ content: Content, before: String = "", after: String = "") {
    (self.content, self.before, self.after) = (content, before, after)
  }

  // MARK: Making values

  /// A string.
  package static func string(_ text: String) -> JSONText { JSONText(.scalar(quoted(text))) }

  /// A number.
  package static func number(_ value: Int) -> JSONText { JSONText(.scalar(String(value))) }

  /// A list in one line, as MXNet writes short ones: `[0, 0, 0]`.
  static func line(_ values: [Int]) -> JSONText {
    JSONText(
      .array(
        values.enumerated().map { JSONText(.scalar(String($1)), before: $0 == 0 ? "" : " ") }, empty: ""))
  }

  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  // MARK: Reading values

  /// The text of a string.
  package var string: String? {
    if case .scalar(let raw) = content { Self.unquoted(raw) } else { nil }
  }

  /// A whole number.
  package var integer: Int? { if case .scalar(let raw) = content { Int(raw) } else { nil } }

  /// The elements of a list.
  package var elements: [JSONText]? { if case .array(let elements, _) = content { elements } else { nil } }

  /// The members of an object, in the order of the text.
  package var members: [Member]? { if case .object(let members, _) = content { members } else { nil } }

  /// The value of the first member of that name.
  package subscript(_ name: String) -> JSONText? { members?.first { $0.name == name }?.value }

  /// The text of a string with its quotes; `nil` for what is no string.
  static func unquoted(_ raw: String) -> String? {
    guard raw.utf8.count >= 2, raw.utf8.first == UInt8(ascii: "\"") else { return nil }
    let inner = raw.dropFirst().dropLast()
    guard inner.utf8.contains(UInt8(ascii: "\\")) else { return String(inner) }
    var units: [UInt16] = []
    var rest = Substring(inner).utf16[...]
    func hexadecimal(_ digits: Substring.UTF16View.SubSequence) -> UInt16? {
      digits.count == 4 ? String(digits).flatMap { UInt16($0, radix: 16) } : nil
    }
    while let unit = rest.popFirst() {
      guard unit == UInt16(UInt8(ascii: "\\")), let escape = rest.popFirst() else {
        units.append(unit)
        continue
      }
      switch UnicodeScalar(escape) {
      case "n": units.append(10)
      case "r": units.append(13)
      case "t": units.append(9)
      case "b": units.append(8)
      case "f": units.append(12)
      case "u":
        guard let unit = hexadecimal(rest.prefix(4)) else { return nil }
        units.append(unit)
        rest = rest.dropFirst(4)
      default: units.append(escape)
      }
    }
    return String(decoding: units, as: UTF16.self)
  }

  // MARK: Writing

  /// The text.
  package var text: String {
    var result = ""
    append(to: &result)
    return result
  }

  private func append(to text: inout String) {
    text += before
    switch content {
    case .scalar(let raw): text += raw
    case .array(let elements, let empty):
      text += "["
      for (number, element) in elements.enumerated() {
        if number > 0 { text += "," }
        element.append(to: &text)
      }
      text += (elements.isEmpty ? empty : "") + "]"
    case .object(let members, let empty):
      text += "{"
      for (number, member) in members.enumerated() {
        if number > 0 { text += "," }
        text += member.before + member.rawName + member.after + ":"
        member.value.append(to: &text)
      }
      text += (members.isEmpty ? empty : "") + "}"
    }
    text += after
  }

  // MARK: Editing

  /// Replaces the value of the first member of that name, in the spaces that it had.
  mutating func set(_ name: String, _ value: JSONText) {
    guard case .object(var members, let empty) = content,
      let index = members.firstIndex(where: { $0.name == name })
    else { return }
    members[index].value.content = value.content
    content = .object(members, empty: empty)
  }

  /// Replaces the elements of a list; those beyond the ones that were there are spaced like the last one.
  mutating func setElements(_ values: [JSONText]) {
    guard case .array(let old, let empty) = content, let first = old.first, let last = old.last else {
      content = .array(values, empty: "")
      return
    }
    let inner = old.count > 1 ? old[1].before : (first.before.isEmpty ? " " : first.before)
    content = .array(
      values.enumerated().map { number, value in
        JSONText(
          value.content, before: number == 0 ? first.before : inner,
          after: number == values.count - 1 ? last.after : (old.count > 1 ? first.after : ""))
      }, empty: empty)
  }
}
