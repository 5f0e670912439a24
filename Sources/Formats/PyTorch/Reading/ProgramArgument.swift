import Foundation

/// A whole number of a program: written down, or the name of one that the program computes.
enum ProgramInteger: Sendable, Hashable {
  case literal(Int)
  case name(String)

  /// The number, where it is written down.
  var literal: Int? { if case .literal(let value) = self { value } else { nil } }
}

/// What an operator of a program is given, or makes.
///
/// `Argument` of torch's `_export/serde/schema.py`: an object of one member, whose name says the kind.
enum ProgramArgument: Sendable, Hashable {
  case none
  case tensor(String)
  case tensors([String])
  case optionalTensor(String?)
  case optionalTensors([String?])
  case integer(ProgramInteger)
  case integers([ProgramInteger])
  case float(Double)
  case floats([Double])
  case string(String)
  case bool(Bool)
  /// A number of the enumeration `ScalarType`.
  case scalarType(Int)
  /// A kind that only says how or where something is computed, or that is not read.
  case other

  init(_ text: JSONText) {
    guard let member = text.members?.first else {
      self = .other
      return
    }
    let value = member.value
    func names(_ text: JSONText) -> [String?]? { text.elements?.map { $0["name"]?.string } }
    var found: ProgramArgument?
    switch member.name {
    case "as_none": found = ProgramArgument.none
    case "as_tensor": found = value["name"]?.string.map(Self.tensor)
    case "as_tensors":
      found = names(value).flatMap { $0.contains(nil) ? nil : .tensors($0.compactMap { $0 }) }
    case "as_optional_tensor": found = .optionalTensor(value["as_tensor"]?["name"]?.string)
    case "as_optional_tensors":
      found = value.elements.map { .optionalTensors($0.map { $0["as_tensor"]?["name"]?.string }) }
    case "as_int": found = value.integer.map { .integer(.literal($0)) }
    case "as_ints":
      found = value.elements.flatMap { Self.integers($0) { $0.integer.map(ProgramInteger.literal) } }
    case "as_sym_int": found = Self.integer(value).map(Self.integer)
    case "as_sym_ints": found = value.elements.flatMap { Self.integers($0, Self.integer) }
    case "as_float": found = Self.number(value).map(Self.float)
    case "as_floats":
      let numbers = value.elements?.map(Self.number) ?? [nil]
      found = numbers.contains(nil) ? nil : .floats(numbers.compactMap { $0 })
    case "as_string": found = value.string.map(Self.string)
    case "as_bool": found = Self.truth(value).map(Self.bool)
    case "as_scalar_type": found = value.integer.map(Self.scalarType)
    default: break
    }
    self = found ?? .other
  }

  private static func integers(
    _ elements: [JSONText], _ read: (JSONText) -> ProgramInteger?
  ) -> ProgramArgument? {
    let numbers = elements.map(read)
    return numbers.contains(nil) ? nil : .integers(numbers.compactMap { $0 })
  }

  private static func integer(_ text: JSONText) -> ProgramInteger? {
    text["as_int"]?.integer.map(ProgramInteger.literal) ?? text["as_name"]?.string.map(ProgramInteger.name)
  }

  /// A number; what JSON has none for stands there as a string.
  private static func number(_ text: JSONText) -> Double? {
    if let word = text.string {
      return ["Infinity": .infinity, "-Infinity": -.infinity, "NaN": .nan][word]
    }
    if case .scalar(let raw) = text.content { return Double(raw) }
    return nil
  }

  private static func truth(_ text: JSONText) -> Bool? {
    guard case .scalar(let raw) = text.content else { return nil }
    return ["true": true, "false": false][raw]
  }

  /// The names of what the program computes that stand in it.
  var names: [String] {
    switch self {
    case .tensor(let name): [name]
    case .tensors(let names): names
    case .optionalTensor(let name): [name].compactMap { $0 }
    case .optionalTensors(let names): names.compactMap { $0 }
    case .integer(.name(let name)): [name]
    case .integers(let list): list.compactMap { if case .name(let name) = $0 { name } else { nil } }
    default: []
    }
  }

  /// The same with other names of tensors.
  func renamed(_ name: (String) -> String) -> ProgramArgument {
    switch self {
    case .tensor(let old): .tensor(name(old))
    case .tensors(let old): .tensors(old.map(name))
    case .optionalTensor(let old): .optionalTensor(old.map(name))
    case .optionalTensors(let old): .optionalTensors(old.map { $0.map(name) })
    default: self
    }
  }

  /// As a program's text has it; `nil` for kinds that are never written anew.
  var text: JSONText? {
    func named(_ name: String) -> JSONText { .spaced([("name", .string(name))]) }
    switch self {
    case .none: return .spaced([("as_none", JSONText(.scalar("true")))])
    case .tensor(let name): return .spaced([("as_tensor", named(name))])
    case .tensors(let names): return .spaced([("as_tensors", .spaced(names.map(named)))])
    case .optionalTensor(let name?):
      return .spaced([("as_optional_tensor", .spaced([("as_tensor", named(name))]))])
    case .optionalTensors(let names):
      let list = names.map { name in
        name.map { JSONText.spaced([("as_tensor", named($0))]) }
          ?? .spaced([("as_none", JSONText(.scalar("true")))])
      }
      return .spaced([("as_optional_tensors", .spaced(list))])
    case .integer(.literal(let value)): return .spaced([("as_int", .number(value))])
    case .integer(.name(let name)): return .spaced([("as_sym_int", Self.text(.name(name)))])
    case .integers(let list):
      let literals = list.compactMap(\.literal)
      return literals.count == list.count
        ? .spaced([("as_ints", .spaced(literals.map(JSONText.number)))])
        : .spaced([("as_sym_ints", .spaced(list.map(Self.text)))])
    case .float(let value):
      return value.isFinite ? .spaced([("as_float", JSONText(.scalar("\(value)")))]) : nil
    case .bool(let value): return .spaced([("as_bool", JSONText(.scalar(value ? "true" : "false")))])
    case .optionalTensor, .floats, .string, .scalarType, .other: return nil
    }
  }

  private static func text(_ integer: ProgramInteger) -> JSONText {
    switch integer {
    case .literal(let value): .spaced([("as_int", .number(value))])
    case .name(let name): .spaced([("as_name", .string(name))])
    }
  }
}

extension JSONText {
  /// An object in one line, as Python writes it: `{"a": 1, "b": 2}`.
  static func spaced(_ members: [(String, JSONText)]) -> JSONText {
    JSONText(
      .object(
        members.enumerated().map { number, member in
          var result = Member(member.0, member.1)
          result.before = number == 0 ? "" : " "
          return result
        }, empty: ""))
  }

  /// A list in one line, as Python writes it: `[1, 2]`.
  static func spaced(_ elements: [JSONText]) -> JSONText {
    JSONText(
      .array(
        elements.enumerated().map { JSONText($1.content, before: $0 == 0 ? "" : " ") }, empty: ""))
  }

  /// The same object with the value at the end of a path of names replaced; itself where the path leads nowhere.
  func replacing(_ path: [String], with value: JSONText) -> JSONText {
    guard let name = path.first, let old = self[name] else { return self }
    var result = self
    result.set(name, path.count == 1 ? value : old.replacing(Array(path.dropFirst()), with: value))
    return result
  }

  /// The same object with the value at the end of a path of names changed; itself where the path leads nowhere.
  func replacing(_ path: [String], by change: (JSONText) -> JSONText) -> JSONText {
    path.reduce(self as JSONText?) { $0?[$1] }.map { replacing(path, with: change($0)) } ?? self
  }

  /// The same object with another member at its end.
  func adding(_ name: String, _ value: JSONText) -> JSONText {
    guard case .object(var members, _) = content else { return self }
    var member = Member(name, value)
    member.before = members.isEmpty ? "" : " "
    members.append(member)
    return JSONText(.object(members, empty: ""), before: before, after: after)
  }
}
