import YAML

extension YAMLReader {
  /// A reader of a schedule's file.
  init(schedule path: String) {
    self.init(path: path) { problem in
      let location = ScheduleLocation(path: path, line: problem.line)
      switch problem.kind {
      case .notYAML, .other: return ScheduleError.notYAML(location, problem: problem.text)
      case .wrongType(let what, let expected):
        return ScheduleError.wrongType(location, what: what, expected: expected)
      case .unknownName(let name, let owner, let allowed):
        return ScheduleError.unknownName(location, name: name, owner: owner, allowed: allowed)
      case .missing(let name, let owner): return ScheduleError.missing(location, name: name, owner: owner)
      case .outOfRange(let what, let problem, let allowed):
        return ScheduleError.outOfRange(location, what: what, problem: problem, remedy: "It is \(allowed).")
      }
    }
  }
}

extension YAMLValue {
  /// Where the value stands, for errors that only schedules have.
  var location: ScheduleLocation { ScheduleLocation(path: reader.path, line: line) }
}

extension YAMLFields {
  /// The weights of a list; never empty, each once.
  func weights(_ name: String) throws -> [NamedWeight] {
    let value = try required(name)
    // One weight may stand without brackets.
    guard let items = value.list ?? (value.text == nil ? nil : [value]) else {
      throw wrong(value, name, "a list of names of weights")
    }
    var result: [NamedWeight] = []
    for item in items {
      guard let text = item.text, !text.isEmpty else { throw wrong(item, name, "a list of names") }
      guard !result.contains(where: { $0.name == text }) else {
        throw ScheduleError.outOfRange(
          item.location, what: "`\(name)` of \(owner)", problem: "lists \(text) twice",
          remedy: "Name each weight once.")
      }
      result.append(NamedWeight(text, line: item.line))
    }
    guard !result.isEmpty else { throw outOfRange(value, name, "is empty", "a list of one weight or more") }
    return result
  }

  /// A number for each weight; `*` stands for all that are not named.
  func numbersByWeight(
    _ name: String, _ allowed: String, _ holds: (Double) -> Bool
  ) throws -> [NamedWeight: Double] {
    let value = try required(name)
    let fields = try value.fields(of: "`\(name)` of \(owner)")
    var result: [NamedWeight: Double] = [:]
    for entry in fields.all {
      let found = try fields.number(entry.value, entry.name)
      guard holds(found) else {
        throw entry.value.error(
          .outOfRange(what: "\(entry.name) in `\(name)`", problem: "is \(found)", allowed: allowed))
      }
      result[NamedWeight(entry.name, line: entry.key.line)] = found
    }
    guard !result.isEmpty else { throw outOfRange(value, name, "is empty", allowed) }
    return result
  }
}
