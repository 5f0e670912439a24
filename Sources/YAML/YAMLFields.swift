/// The entries of one mapping, read one by one; each error names the line.
package struct YAMLFields {
  /// An entry of the mapping.
  package struct Entry {
    /// Its name.
    package let name: String
    /// The name with its line.
    package let key: YAMLValue
    /// What stands behind the name.
    package let value: YAMLValue
  }

  /// What the mapping is, for errors: `the pruner low_pruner`.
  package let owner: String
  /// The mapping itself.
  package let value: YAMLValue
  /// The entries in the file's order.
  package let all: [Entry]

  init(_ value: YAMLValue, owner: String) throws {
    self.owner = owner
    self.value = value
    guard let entries = value.entries else {
      throw value.error(.wrongType(what: owner, expected: "a mapping of names to values"))
    }
    all = try entries.map { key, value in
      guard let name = key.text else {
        throw key.error(.wrongType(what: "a name in \(owner)", expected: "a text"))
      }
      return Entry(name: name, key: key, value: value)
    }
    // What YAML tells apart, such as `1` and `"1"`, can be one name all the same.
    var seen = Set<String>()
    if let twice = all.first(where: { !seen.insert($0.name).inserted }) {
      throw twice.key.error(.notYAML("the name \(twice.name) stands twice in one place"))
    }
  }

  /// The value of a name.
  package subscript(name: String) -> YAMLValue? { all.first { $0.name == name }?.value }

  /// Throws for the first name that is not among those allowed.
  package func allow(_ allowed: [String]) throws {
    for entry in all where !allowed.contains(entry.name) {
      throw entry.key.error(.unknownName(entry.name, owner: owner, allowed: allowed))
    }
  }

  /// The value of a name that has to be there.
  package func required(_ name: String) throws -> YAMLValue {
    guard let found = self[name] else { throw value.error(.missing(name, owner: owner)) }
    return found
  }

  // MARK: Errors

  /// The error for a value that is of another kind than it has to be.
  package func wrong(_ value: YAMLValue, _ name: String, _ expected: String) -> any Error {
    value.error(.wrongType(what: "`\(name)` of \(owner)", expected: expected))
  }

  /// The error for a value that cannot be.
  package func outOfRange(_ value: YAMLValue, _ name: String, _ problem: String, _ allowed: String)
    -> any Error
  {
    value.error(.outOfRange(what: "`\(name)` of \(owner)", problem: problem, allowed: allowed))
  }

  // MARK: Words

  /// A text; it can be empty.
  package func text(_ name: String) throws -> String {
    let value = try required(name)
    guard let text = value.text else { throw wrong(value, name, "a text") }
    return text
  }

  /// A text that is not empty.
  package func string(_ name: String) throws -> String {
    let text = try text(name)
    guard !text.isEmpty else { throw wrong(try required(name), name, "a text") }
    return text
  }

  /// One of some words.
  package func choice<T: RawRepresentable & CaseIterable>(
    _ name: String, default usual: T? = nil
  ) throws -> T where T.RawValue == String {
    if self[name] == nil, let usual { return usual }
    let value = try required(name)
    guard let found = value.text.flatMap({ T(rawValue: $0) }) else {
      throw outOfRange(
        value, name, "is \(value.text ?? "no text")",
        "one of " + T.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return found
  }

  /// A text for each of the names in a mapping; nothing where the mapping is not there.
  package func texts(_ name: String) throws -> [(entry: Entry, text: String)] {
    guard let value = self[name] else { return [] }
    let fields = try value.fields(of: "`\(name)` of \(owner)")
    return try fields.all.map { entry in
      guard let text = entry.value.text else { throw fields.wrong(entry.value, entry.name, "a text") }
      return (entry, text)
    }
  }

  // MARK: Numbers

  /// A number of this mapping, or of a list in it.
  package func number(_ value: YAMLValue, _ name: String) throws -> Double {
    guard let number = value.text.flatMap({ Double($0) }), number.isFinite else {
      throw wrong(value, name, "a number")
    }
    return number
  }

  /// A number.
  package func number(_ name: String, default usual: Double? = nil) throws -> Double {
    if self[name] == nil, let usual { return usual }
    return try number(try required(name), name)
  }

  /// A number that has to hold a condition.
  package func number(
    _ name: String, default usual: Double? = nil, _ allowed: String, _ holds: (Double) -> Bool
  ) throws -> Double {
    let found = try number(name, default: usual)
    guard holds(found) else { throw outOfRange(self[name] ?? value, name, "is \(found)", allowed) }
    return found
  }

  /// A whole number of this mapping, or of a list in it.
  package func integer(_ value: YAMLValue, _ name: String) throws -> Int {
    guard let number = value.text.flatMap({ Int($0) }) else { throw wrong(value, name, "a whole number") }
    return number
  }

  /// A whole number in a range.
  package func integer(
    _ name: String, default usual: Int? = nil, _ allowed: String, _ range: ClosedRange<Int>
  ) throws -> Int {
    if self[name] == nil, let usual { return usual }
    let value = try required(name)
    let found = try integer(value, name)
    guard range ~= found else { throw outOfRange(value, name, "is \(found)", allowed) }
    return found
  }

  /// A list of whole numbers that rise; never empty.
  package func risingIntegers(_ name: String, _ allowed: String, in range: ClosedRange<Int>) throws -> [Int] {
    let value = try required(name)
    guard let items = value.list else { throw wrong(value, name, "a list of whole numbers") }
    var result: [Int] = []
    for item in items {
      let number = try integer(item, name)
      guard range ~= number, result.last.map({ $0 < number }) ?? true else {
        throw outOfRange(item, name, "lists \(number)", allowed)
      }
      result.append(number)
    }
    guard !result.isEmpty else { throw outOfRange(value, name, "is empty", allowed) }
    return result
  }
}
