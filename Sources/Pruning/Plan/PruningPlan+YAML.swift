import Errors
import Yams

extension PruningPlan {
  /// The plan as YAML: the same bytes for the same plan.
  ///
  ///     version: 1
  ///     model: resnet18.onnx
  ///     fingerprint: 5f0c…
  ///     steps:
  ///     - criterion: taylor
  ///       examples: 512
  ///       …
  ///       amounts:
  ///         layer1.0.conv1: 25%
  ///         layer1.0.conv2: keep 48
  ///       kept:
  ///         layer1.0.conv1: "0-11,13,15-19"
  public var yaml: String {
    var text = """
      version: \(version)
      model: \(YAMLText.scalar(model))
      fingerprint: "\(fingerprint)"

      """
    text += steps.isEmpty ? "steps: []\n" : "steps:\n"
    for step in steps {
      let settings = step.settings
      text += """
        - criterion: \(step.criterion.rawValue)
          examples: \(step.examples)

        """
      let chosen = PruningSetting.Subject(settings: settings)
      for setting in Self.settingsAlwaysWritten { text += YAMLText.setting(setting, of: chosen) }
      text += "  grouped_convolutions: \(settings.groupedConvolutions.rawValue)\n"
      for setting in PruningSetting.allCases
      where !Self.settingsAlwaysWritten.contains(setting) && setting.differs(chosen, PruningSetting.Subject())
      {
        text += YAMLText.setting(setting, of: chosen)
      }
      text += YAMLText.mapping("amounts", settings.amounts.mapValues(\.text))
      text += YAMLText.mapping("pinned", settings.pinned.mapValues { "\"\(KernelList($0.sorted()).text)\"" })
      text += YAMLText.mapping("forced", settings.forced.mapValues { "\"\(KernelList($0.sorted()).text)\"" })
      text += YAMLText.mapping("kept", step.kept.mapValues { "\"\(KernelList($0).text)\"" })
      if let recovery = step.recovery {
        text += "  recovery: [\(recovery.methods.map(\.rawValue).joined(separator: ", "))]\n"
        text += "  calibration: \(recovery.examples)\n"
        text += "  ridge: \(recovery.ridge)\n"
      }
      text += YAMLText.list("training", step.training)
    }
    return text
  }

  /// The settings that stand in every plan, in this order: others where they are not as usual.
  private static let settingsAlwaysWritten: [PruningSetting] = [.minimumKept, .aggregation, .normalization]

  /// Reads a plan.
  ///
  /// - Parameter path: named in errors.
  /// - Throws: `PruningError.malformedPlan` with the line, `unsupportedPlanVersion`.
  public init(yaml: String, path: String) throws {
    let root: Node
    do {
      guard let node = try Yams.compose(yaml: yaml) else {
        throw PruningError.malformedPlan(path: path, line: nil, problem: "it is empty")
      }
      root = node
    } catch let error as PruningError {
      throw error
    } catch {
      let (line, problem) = YAMLText.problem(error)
      throw PruningError.malformedPlan(path: path, line: line, problem: problem)
    }
    let reader = PlanReader(path: path)
    var fields = try reader.fields(root, ["version", "model", "fingerprint", "steps"])
    let version = try reader.integer(&fields, "version", default: nil)
    guard version == 1 else { throw PruningError.unsupportedPlanVersion(version) }
    let model = try reader.string(&fields, "model")
    let fingerprint = try reader.string(&fields, "fingerprint")
    guard let list = fields["steps"]?.sequence else {
      throw reader.error(fields["steps"] ?? root, "the list `steps` is missing")
    }
    var steps: [Step] = []
    for node in list { steps.append(try reader.step(node)) }
    self.init(model: model, fingerprint: fingerprint, steps: steps)
  }
}

extension Amount {
  /// `25%` or `keep 48`.
  public var text: String {
    switch self {
    case .percent(let percent):
      percent == percent.rounded() && abs(percent) < 1e6 ? "\(Int(percent))%" : "\(percent)%"
    case .keep(let kept): "keep \(kept)"
    }
  }

  /// Reads what `text` writes; `nil` for anything else.
  public init?(_ text: String) {
    if text.hasSuffix("%"), let percent = Double(text.dropLast()), 0...100 ~= percent {
      self = .percent(percent)
    } else if text.hasPrefix("keep "), let kept = Int(text.dropFirst(5)), kept >= 0 {
      self = .keep(kept)
    } else {
      return nil
    }
  }
}

/// How text is written into YAML.
private enum YAMLText {
  /// A string, quoted unless nobody could read it as anything else.
  static func scalar(_ text: String) -> String {
    let letters = text.unicodeScalars
    func isLetter(_ c: Unicode.Scalar) -> Bool { c.isASCII && c.properties.isAlphabetic }
    let isPlain =
      letters.first.map { isLetter($0) || $0 == "_" || $0 == "/" } == true
      && letters.allSatisfy { isLetter($0) || ("0"..."9").contains($0) || "_./-".unicodeScalars.contains($0) }
      && !["y", "n", "yes", "no", "true", "false", "on", "off", "null"].contains(text.lowercased())
    if isPlain { return text }
    var quoted = "\""
    for letter in letters {
      switch letter {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case _ where isHidden(letter):
        let digits = String(letter.value, radix: 16)
        let length = letter.value > 0xFFFF ? 8 : 4
        quoted += length == 8 ? "\\U" : "\\u"
        quoted += String(repeating: "0", count: length - digits.count) + digits
      default: quoted.unicodeScalars.append(letter)
      }
    }
    return quoted + "\""
  }

  /// Whether a scalar is none that somebody who reads the plan would see.
  private static func isHidden(_ letter: Unicode.Scalar) -> Bool {
    switch letter.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: letter.properties.isDefaultIgnorableCodePoint
    }
  }

  /// A setting inside a step; nothing where plans do not have it.
  static func setting(_ setting: PruningSetting, of subject: PruningSetting.Subject) -> String {
    guard let key = setting.definition.planKey else { return "" }
    switch setting.definition.form.inPlan {
    case .text(let write, _, _): return "  \(key): \(write(subject))\n"
    case .list(let write, _, _):
      return write(subject).reduce("  \(key):\n") { $0 + "  - \(scalar($1))\n" }
    case nil: return ""
    }
  }

  /// A mapping inside a step; nothing when empty.
  static func mapping(_ key: String, _ entries: [String: String]) -> String {
    if entries.isEmpty { return "" }
    return entries.sorted { $0.key < $1.key }
      .reduce("  \(key):\n") { $0 + "    \(scalar($1.key)): \($1.value)\n" }
  }

  /// A list of mappings inside a step; nothing when empty.
  static func list(_ key: String, _ items: [[String: String]]) -> String {
    if items.isEmpty { return "" }
    return items.reduce("  \(key):\n") { text, item in
      let lines = item.sorted { $0.key < $1.key }.map { "\(scalar($0.key)): \(scalar($0.value))\n" }
      return text + "  - " + (lines.isEmpty ? "{}\n" : lines.joined(separator: "    "))
    }
  }

  /// The line and the problem that the parser found.
  static func problem(_ error: any Error) -> (line: Int?, problem: String) {
    switch error as? YamlError {
    case .scanner(_, let problem, let mark, _)?, .parser(_, let problem, let mark, _)?,
      .composer(_, let problem, let mark, _)?:
      (mark.line, problem)
    case .duplicatedKeysInMapping(let duplicates, _)?:
      (nil, "the key \(duplicates.sorted().joined(separator: ", ")) stands twice in one place")
    default: (nil, "it is not YAML")
    }
  }
}

/// Reads the parts of a plan, naming the line of what is wrong.
private struct PlanReader {
  let path: String

  func error(_ node: Node, _ problem: String) -> PruningError {
    .malformedPlan(path: path, line: node.mark?.line, problem: problem)
  }

  func fields(_ node: Node, _ known: [String]?) throws -> [String: Node] {
    guard let mapping = node.mapping else { throw error(node, "keys with values are expected here") }
    var fields: [String: Node] = [:]
    for (key, value) in mapping {
      guard let name = key.scalar?.string else { throw error(key, "a key is not text") }
      guard known?.contains(name) ?? true else { throw error(key, "`\(name)` is not known here") }
      guard fields.updateValue(value, forKey: name) == nil else { throw error(key, "`\(name)` stands twice") }
    }
    return fields
  }

  func string(_ fields: inout [String: Node], _ key: String) throws -> String {
    guard let node = fields[key] else {
      throw PruningError.malformedPlan(path: path, line: nil, problem: "`\(key)` is missing")
    }
    guard let text = node.scalar?.string else { throw error(node, "`\(key)` is not text") }
    return text
  }

  func integer(
    _ fields: inout [String: Node], _ key: String, default value: Int?
  ) throws -> Int {
    if fields[key] == nil, let value { return value }
    let text = try string(&fields, key)
    guard let number = Int(text), number >= 0 else {
      throw PruningError.malformedPlan(
        path: path, line: fields[key]?.mark?.line, problem: "`\(key)` is \(text), not a whole number")
    }
    return number
  }

  private func number(
    _ fields: inout [String: Node], _ key: String, default value: Double
  ) throws -> Double {
    guard let node = fields[key] else { return value }
    let text = try string(&fields, key)
    guard let number = Double(text), number.isFinite, number >= 0 else {
      throw error(node, "`\(key)` is \(text), not a number from 0")
    }
    return number
  }

  private func choice<T: RawRepresentable & CaseIterable>(
    _ fields: inout [String: Node], _ key: String, default value: T?
  ) throws -> T where T.RawValue == String {
    if fields[key] == nil, let value { return value }
    let text = try string(&fields, key)
    guard let found = T(rawValue: text) else {
      let known = T.allCases.map(\.rawValue).joined(separator: ", ")
      throw PruningError.malformedPlan(
        path: path, line: fields[key]?.mark?.line, problem: "`\(key)` is \(text); it can be \(known)")
    }
    return found
  }

  private func entries<T>(
    _ fields: [String: Node], _ key: String, _ form: String, _ read: (String) -> T?
  ) throws -> [String: T] {
    guard let node = fields[key] else { return [:] }
    var result: [String: T] = [:]
    for (name, value) in try self.fields(node, nil) {
      guard let text = value.scalar?.string, let entry = read(text) else {
        throw error(value, "\(name) under `\(key)` is not written like \(form)")
      }
      result[name] = entry
    }
    return result
  }

  private func read(
    _ setting: PruningSetting, of fields: [String: Node], into subject: inout PruningSetting.Subject
  ) throws {
    guard let key = setting.definition.planKey, let node = fields[key] else { return }
    switch setting.definition.form.inPlan {
    case .text(_, let read, let problem):
      guard let text = node.scalar?.string else { throw error(node, "`\(key)` is not text") }
      guard read(text, &subject) else { throw error(node, "`\(key)` is \(text)\(problem)") }
    case .list(_, let read, let problem):
      guard let list = node.sequence else { throw error(node, "`\(key)` is not a list") }
      var texts: [String] = []
      for item in list {
        guard let text = item.scalar?.string else { throw error(item, problem) }
        texts.append(text)
      }
      read(texts, &subject)
    case nil: break
    }
  }

  func step(_ node: Node) throws -> PruningPlan.Step {
    var fields = try fields(
      node,
      [
        "criterion", "examples", "grouped_convolutions", "amounts", "pinned", "forced", "kept", "recovery",
        "calibration", "ridge", "training",
      ] + PruningSetting.allCases.compactMap(\.definition.planKey))
    let criterion: Criterion = try choice(&fields, "criterion", default: nil)
    let examples = try integer(&fields, "examples", default: 0)
    var chosen = PruningSetting.Subject()
    for setting in PruningSetting.allCases { try read(setting, of: fields, into: &chosen) }
    var settings = chosen.settings
    settings.groupedConvolutions = try choice(
      &fields, "grouped_convolutions", default: settings.groupedConvolutions)
    do { try settings.check() } catch {
      throw self.error(node, CaughtError(error).sentence)
    }
    settings.amounts = try entries(fields, "amounts", "`25%` or `keep 48`") { Amount($0) }
    let form = "`0-11,13`"
    settings.pinned = try entries(fields, "pinned", form) { KernelList($0).map { Set($0.kernels) } }
    settings.forced = try entries(fields, "forced", form) { KernelList($0).map { Set($0.kernels) } }
    let kept = try entries(fields, "kept", form) { KernelList($0)?.kernels }
    var step = PruningPlan.Step(criterion: criterion, examples: examples, settings: settings, kept: kept)
    step.recovery = try recovery(&fields)
    step.training = try training(fields)
    return step
  }

  private func training(_ fields: [String: Node]) throws -> [[String: String]] {
    guard let node = fields["training"] else { return [] }
    guard let list = node.sequence else { throw error(node, "`training` is not a list") }
    var trainings: [[String: String]] = []
    for item in list {
      var options: [String: String] = [:]
      for (name, value) in try self.fields(item, nil) {
        guard let text = value.scalar?.string else { throw error(value, "`\(name)` is not a value") }
        options[name] = text
      }
      trainings.append(options)
    }
    return trainings
  }

  private func recovery(_ fields: inout [String: Node]) throws -> RecoverySettings? {
    guard let list = fields["recovery"] else { return nil }
    guard let names = list.sequence else { throw error(list, "`recovery` is not a list") }
    var methods: Set<RecoveryMethod> = []
    for name in names {
      guard let method = name.scalar.flatMap({ RecoveryMethod(rawValue: $0.string) }) else {
        let known = RecoveryMethod.allCases.map(\.rawValue).joined(separator: ", ")
        throw error(name, "`recovery` lists something else than \(known)")
      }
      methods.insert(method)
    }
    var settings = RecoverySettings(methods: methods)
    settings.examples = try integer(&fields, "calibration", default: settings.examples)
    settings.ridge = try number(&fields, "ridge", default: settings.ridge)
    return settings
  }
}
