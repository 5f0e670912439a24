import Foundation

/// The attributes of one operator, which are all strings, as what they mean.
struct SymbolAttributes: Sendable {
  let node: Symbol.Node
  /// The symbol's file, for errors.
  let file: String

  /// An error about this node.
  func invalid(_ problem: String) -> FormatError {
    .unsupportedNode(file: file, op: node.op, node: node.name, problem: problem)
  }

  private func unreadable(_ name: String) -> FormatError {
    invalid("its attribute \(name) is \(node.attributes[name] ?? "")")
  }

  /// The text; `nil` where there is none, or it says `None`.
  func string(_ name: String) -> String? {
    guard let text = node.attributes[name]?.trimmingCharacters(in: .whitespaces), text != "None",
      !text.isEmpty
    else { return nil }
    return text
  }

  func int(_ name: String) throws -> Int? {
    guard let text = string(name) else { return nil }
    guard let value = Self.integer(text) else { throw unreadable(name) }
    return value
  }

  func int(_ name: String, default value: Int) throws -> Int { try int(name) ?? value }

  func float(_ name: String, default value: Double) throws -> Double {
    guard let text = string(name) else { return value }
    guard let value = Double(text) else { throw unreadable(name) }
    return value
  }

  func bool(_ name: String, default value: Bool) throws -> Bool {
    guard let text = string(name) else { return value }
    switch text {
    case "True", "true", "1": return true
    case "False", "false", "0": return false
    default: throw unreadable(name)
    }
  }

  /// `(3, 3)`, `[3,3]`, `(3,)`, `3`; `nil` where there is none.
  func ints(_ name: String) throws -> [Int]? {
    guard let list = try optionalInts(name) else { return nil }
    let known = list.compactMap { $0 }
    guard known.count == list.count else { throw unreadable(name) }
    return known
  }

  /// The same, where an entry may be `None`.
  func optionalInts(_ name: String) throws -> [Int?]? {
    guard let text = string(name) else { return nil }
    guard let list = Self.list(text) else { throw unreadable(name) }
    return list
  }

  /// Where a `layout` has the channels; behind the batch unless it says otherwise.
  func channelAxis() throws -> Int {
    guard let layout = string("layout"), !layout.hasPrefix("NC") else { return 1 }
    guard ["NWC", "NHWC", "NDHWC"].contains(layout) else { throw invalid("its layout is \(layout)") }
    return layout.count - 1
  }

  /// The entries of a list as MXNet writes one.
  static func list(_ text: String) -> [Int?]? {
    let inner = text.filter { !"()[] ".contains($0) }
    if inner.isEmpty { return [] }
    var result: [Int?] = []
    for part in inner.split(separator: ",") {
      if part == "None" {
        result.append(nil)
      } else {
        guard let value = integer(String(part)) else { return nil }
        result.append(value)
      }
    }
    return result.count <= 32 ? result : nil
  }

  /// A number that no product of a few can overflow; Python 2 wrote `3L`.
  private static func integer(_ text: String) -> Int? {
    let digits = text.hasSuffix("L") ? String(text.dropLast()) : text
    guard let value = Int(digits) ?? Double(digits).flatMap({ Int(exactly: $0) }), value.magnitude <= 1 << 40
    else {
      return nil
    }
    return value
  }

  /// The same list with other numbers, in the brackets and with the spaces that it had.
  static func list(_ values: [Int?], like text: String) -> String {
    let isOne = !text.contains { "([".contains($0) }
    if isOne, values.count == 1 { return values[0].map(String.init) ?? "None" }
    let (open, close) = text.contains("[") ? ("[", "]") : ("(", ")")
    let separator =
      text.contains(",") && !text.contains(", ") && text.filter({ $0 == "," }).count > 1 ? "," : ", "
    let suffix = text.contains("L") ? "L" : ""
    let items = values.map { $0.map { "\($0)\(suffix)" } ?? "None" }
    return open + items.joined(separator: separator) + (items.count == 1 ? "," : "") + close
  }
}
