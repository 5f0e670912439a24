import Yams

/// The entries of one mapping of a schedule's file, read one by one; each error names the line.
struct Entries {
  let path: String
  /// What the mapping is, for errors: `the pruner low_pruner`.
  let owner: String
  let node: Node
  private let list: [(key: String, keyNode: Node, value: Node)]

  init(_ node: Node, owner: String, path: String) throws {
    self.path = path
    self.owner = owner
    self.node = node
    guard let mapping = node.mapping else {
      throw ScheduleError.wrongType(
        Self.location(node, path), what: owner, expected: "a mapping of names to values")
    }
    var list: [(String, Node, Node)] = []
    for (key, value) in mapping {
      guard let name = key.scalar?.string else {
        throw ScheduleError.wrongType(
          Self.location(key, path), what: "a name in \(owner)", expected: "a text")
      }
      list.append((name, key, value))
    }
    self.list = list
  }

  static func location(_ node: Node, _ path: String) -> ScheduleLocation {
    ScheduleLocation(path: path, line: node.mark?.line)
  }

  func location(_ node: Node) -> ScheduleLocation { Self.location(node, path) }

  var names: [String] { list.map(\.key) }
  var all: [(key: String, keyNode: Node, value: Node)] { list }

  /// Throws for the first name that is not among those allowed.
  func allow(_ allowed: [String]) throws {
    for (key, keyNode, _) in list where !allowed.contains(key) {
      throw ScheduleError.unknownName(location(keyNode), name: key, owner: owner, allowed: allowed)
    }
  }

  subscript(name: String) -> Node? { list.first { $0.key == name }?.value }

  func required(_ name: String) throws -> Node {
    guard let value = self[name] else {
      throw ScheduleError.missing(location(node), name: name, owner: owner)
    }
    return value
  }

  func wrong(_ value: Node, _ name: String, _ expected: String) -> ScheduleError {
    .wrongType(location(value), what: "`\(name)` of \(owner)", expected: expected)
  }

  func string(_ name: String) throws -> String {
    let value = try required(name)
    guard let text = value.scalar?.string, !text.isEmpty else { throw wrong(value, name, "a text") }
    return text
  }

  // MARK: Numbers

  func number(_ value: Node, _ name: String) throws -> Double {
    guard let text = value.scalar?.string, let number = Double(text), number.isFinite else {
      throw wrong(value, name, "a number")
    }
    return number
  }

  func number(_ name: String, default usual: Double? = nil) throws -> Double {
    if self[name] == nil, let usual { return usual }
    return try number(try required(name), name)
  }

  /// A number that has to hold a condition.
  func number(
    _ name: String, default usual: Double? = nil, _ allowed: String, _ holds: (Double) -> Bool
  ) throws -> Double {
    let found = try number(name, default: usual)
    guard holds(found) else {
      throw outOfRange(self[name] ?? node, "`\(name)` of \(owner)", "is \(found)", allowed)
    }
    return found
  }

  func integer(_ value: Node, _ name: String) throws -> Int {
    guard let text = value.scalar?.string, let number = Int(text) else {
      throw wrong(value, name, "a whole number")
    }
    return number
  }

  func integer(
    _ name: String, _ allowed: String, _ range: ClosedRange<Int>
  ) throws -> Int {
    let value = try required(name)
    let found = try integer(value, name)
    guard range ~= found else { throw outOfRange(value, "`\(name)` of \(owner)", "is \(found)", allowed) }
    return found
  }

  func outOfRange(_ value: Node, _ what: String, _ problem: String, _ allowed: String) -> ScheduleError {
    .outOfRange(location(value), what: what, problem: problem, remedy: "It is \(allowed).")
  }

  /// A list of whole numbers that rise; never empty.
  func risingIntegers(_ name: String, _ allowed: String, from least: Int) throws -> [Int] {
    let value = try required(name)
    guard let items = value.sequence else { throw wrong(value, name, "a list of whole numbers") }
    var result: [Int] = []
    for item in items {
      let number = try integer(item, name)
      guard number >= (result.last.map { $0 + 1 } ?? least), number <= Schedule.epochLimit else {
        throw outOfRange(item, "`\(name)` of \(owner)", "lists \(number)", allowed)
      }
      result.append(number)
    }
    guard !result.isEmpty else { throw outOfRange(value, "`\(name)` of \(owner)", "is empty", allowed) }
    return result
  }

  // MARK: Words

  func choice<T: RawRepresentable & CaseIterable>(
    _ name: String, default usual: T? = nil
  ) throws -> T where T.RawValue == String {
    if self[name] == nil, let usual { return usual }
    let value = try required(name)
    guard let text = value.scalar?.string, let found = T(rawValue: text) else {
      throw outOfRange(
        value, "`\(name)` of \(owner)", "is \(value.scalar?.string ?? "no text")",
        "one of " + T.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return found
  }

  /// The weights of a list; never empty, each once.
  func weights(_ name: String) throws -> [NamedWeight] {
    let value = try required(name)
    // One weight may stand without brackets.
    guard let items = value.sequence.map({ Array($0) }) ?? (value.scalar == nil ? nil : [value]) else {
      throw wrong(value, name, "a list of names of weights")
    }
    var result: [NamedWeight] = []
    for item in items {
      guard let text = item.scalar?.string, !text.isEmpty else { throw wrong(item, name, "a list of names") }
      guard !result.contains(where: { $0.name == text }) else {
        throw ScheduleError.outOfRange(
          location(item), what: "`\(name)` of \(owner)", problem: "lists \(text) twice",
          remedy: "Name each weight once.")
      }
      result.append(NamedWeight(text, line: item.mark?.line))
    }
    guard !result.isEmpty else {
      throw outOfRange(value, "`\(name)` of \(owner)", "is empty", "a list of one weight or more")
    }
    return result
  }

  /// A number for each weight; `*` stands for all that are not named.
  func numbersByWeight(
    _ name: String, _ allowed: String, _ holds: (Double) -> Bool
  ) throws -> [NamedWeight: Double] {
    let value = try required(name)
    let entries = try Entries(value, owner: "`\(name)` of \(owner)", path: path)
    var result: [NamedWeight: Double] = [:]
    for (key, keyNode, value) in entries.all {
      let found = try entries.number(value, key)
      guard holds(found) else { throw outOfRange(value, "\(key) in `\(name)`", "is \(found)", allowed) }
      result[NamedWeight(key, line: keyNode.mark?.line)] = found
    }
    guard !result.isEmpty else { throw outOfRange(value, "`\(name)` of \(owner)", "is empty", allowed) }
    return result
  }
}
