import Errors
import YAML

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
    YAMLOutput.mapping([
      .init("version", .integer(version)),
      .init("model", .text(model)),
      .init("fingerprint", .quoted(fingerprint)),
      .init("steps", .list(steps.map(Self.output))),
    ]).document()
  }

  private static func output(_ step: Step) -> YAMLOutput {
    let settings = step.settings
    var entries: [YAMLOutput.Entry] = [
      .init("criterion", .plain(step.criterion.rawValue)), .init("examples", .integer(step.examples)),
    ]
    // Nothing where there is nothing to say.
    func add(_ key: String, _ values: [String: YAMLOutput]) {
      guard !values.isEmpty else { return }
      let sorted = values.sorted { $0.key < $1.key }.map { YAMLOutput.Entry($0.key, $0.value) }
      entries.append(.init(key, .mapping(sorted)))
    }
    func kernels(_ list: some Collection<Int>) -> YAMLOutput { .quoted(KernelList(list.sorted()).text) }
    let chosen = PruningSetting.Subject(settings: settings)
    entries += settingsAlwaysWritten.compactMap { entry($0, of: chosen) }
    entries.append(.init("grouped_convolutions", .plain(settings.groupedConvolutions.rawValue)))
    entries += PruningSetting.allCases.filter {
      !settingsAlwaysWritten.contains($0) && $0.differs(chosen, PruningSetting.Subject())
    }.compactMap { entry($0, of: chosen) }
    add("amounts", settings.amounts.mapValues { .plain($0.text) })
    add("pinned", settings.pinned.mapValues(kernels))
    add("forced", settings.forced.mapValues(kernels))
    add("kept", step.kept.mapValues { .quoted(KernelList($0).text) })
    if let recovery = step.recovery {
      entries += [
        .init("recovery", .list(recovery.methods.map { .plain($0.rawValue) }, inline: true)),
        .init("calibration", .integer(recovery.examples)), .init("ridge", .number(recovery.ridge)),
      ]
      if recovery.methods.contains(.distil) { entries.append(.init("passes", .integer(recovery.passes))) }
      if let steps = recovery.endedAfter { entries.append(.init("ended_after", .integer(steps))) }
    }
    if !step.training.isEmpty {
      let trainings = step.training.map { options in
        YAMLOutput.mapping(options.sorted { $0.key < $1.key }.map { .init($0.key, .text($0.value)) })
      }
      entries.append(.init("training", .list(trainings)))
    }
    return .mapping(entries)
  }

  /// A setting inside a step; `nil` where plans do not have it.
  private static func entry(
    _ setting: PruningSetting, of subject: PruningSetting.Subject
  ) -> YAMLOutput.Entry? {
    guard let key = setting.definition.planKey else { return nil }
    switch setting.definition.form.inPlan {
    case .text(let write, _, _): return .init(key, .plain(write(subject)))
    case .list(let write, _, _): return .init(key, .list(write(subject).map(YAMLOutput.text)))
    case nil: return nil
    }
  }

  /// The settings that stand in every plan, in this order: others where they are not as usual.
  private static let settingsAlwaysWritten: [PruningSetting] = [.minimumKept, .aggregation, .normalization]

  /// Reads a plan.
  ///
  /// - Parameter path: named in errors.
  /// - Throws: `PruningError.malformedPlan` with the line, `unsupportedPlanVersion`.
  public init(yaml: String, path: String) throws {
    let reader = YAMLReader(path: path) { problem in
      PruningError.malformedPlan(path: path, line: problem.line, problem: problem.textWithAllowed)
    }
    guard let root = try reader.value(of: yaml) else {
      throw reader.error(line: nil, .notYAML("it is empty"))
    }
    let fields = try root.fields(of: "a plan")
    try fields.allow(["version", "model", "fingerprint", "steps"])
    let version = try fields.integer("version", "a number from 0", 0...Int.max)
    guard version == 1 else { throw PruningError.unsupportedPlanVersion(version) }
    let model = try fields.text("model")
    let fingerprint = try fields.text("fingerprint")
    let list = try fields.required("steps")
    guard let steps = list.list else { throw fields.wrong(list, "steps", "a list of steps") }
    self.init(model: model, fingerprint: fingerprint, steps: try steps.map(PlanReader.step))
  }
}

extension Amount {
  /// `25%` or `keep 48`.
  package var text: String {
    switch self {
    case .percent(let percent):
      percent == percent.rounded() && abs(percent) < 1e6 ? "\(Int(percent))%" : "\(percent)%"
    case .keep(let kept): "keep \(kept)"
    }
  }

  /// Reads what `text` writes; `nil` for anything else.
  package init?(_ text: String) {
    if text.hasSuffix("%"), let percent = Double(text.dropLast()), 0...100 ~= percent {
      self = .percent(percent)
    } else if text.hasPrefix("keep "), let kept = Int(text.dropFirst(5)), kept >= 0 {
      self = .keep(kept)
    } else {
      return nil
    }
  }
}

/// Reads the parts of a plan.
private enum PlanReader {
  static func step(_ value: YAMLValue) throws -> PruningPlan.Step {
    let fields = try value.fields(of: "a step")
    try fields.allow(
      [
        "criterion", "examples", "grouped_convolutions", "amounts", "pinned", "forced", "kept", "recovery",
        "calibration", "ridge", "passes", "ended_after", "training",
      ] + PruningSetting.allCases.compactMap(\.definition.planKey))
    let criterion: Criterion = try fields.choice("criterion")
    let examples = try count(fields, "examples", default: 0)
    var chosen = PruningSetting.Subject()
    for setting in PruningSetting.allCases { try read(setting, of: fields, into: &chosen) }
    var settings = chosen.settings
    settings.groupedConvolutions = try fields.choice(
      "grouped_convolutions", default: settings.groupedConvolutions)
    do { try settings.check() } catch { throw value.error(.other(CaughtError(error).sentence, allowed: [])) }
    settings.amounts = try entries(fields, "amounts", "`25%` or `keep 48`") { Amount($0) }
    let form = "`0-11,13`"
    settings.pinned = try entries(fields, "pinned", form) { KernelList($0).map { Set($0.kernels) } }
    settings.forced = try entries(fields, "forced", form) { KernelList($0).map { Set($0.kernels) } }
    let kept = try entries(fields, "kept", form) { KernelList($0)?.kernels }
    var step = PruningPlan.Step(criterion: criterion, examples: examples, settings: settings, kept: kept)
    step.recovery = try recovery(fields)
    step.training = try training(fields)
    return step
  }

  private static func count(_ fields: YAMLFields, _ name: String, default usual: Int) throws -> Int {
    try fields.integer(name, default: usual, "a number from 0", 0...Int.max)
  }

  private static func entries<T>(
    _ fields: YAMLFields, _ name: String, _ form: String, _ read: (String) -> T?
  ) throws -> [String: T] {
    var result: [String: T] = [:]
    for entry in try fields[name]?.fields(of: "`\(name)`").all ?? [] {
      guard let value = entry.value.text.flatMap(read) else {
        throw entry.value.error(
          .other("\(entry.name) under `\(name)` is not written like \(form)", allowed: []))
      }
      result[entry.name] = value
    }
    return result
  }

  private static func read(
    _ setting: PruningSetting, of fields: YAMLFields, into subject: inout PruningSetting.Subject
  ) throws {
    guard let key = setting.definition.planKey, let value = fields[key] else { return }
    switch setting.definition.form.inPlan {
    case .text(_, let read, let problem):
      let text = try fields.text(key)
      guard read(text, &subject) else {
        throw value.error(.other("`\(key)` is \(text)\(problem)", allowed: []))
      }
    case .list(_, let read, let problem):
      read(
        try list(fields, key).map { item in
          guard let text = item.text else { throw item.error(.other(problem, allowed: [])) }
          return text
        }, &subject)
    case nil: break
    }
  }

  /// The items of a list; none where it is not there.
  private static func list(_ fields: YAMLFields, _ name: String) throws -> [YAMLValue] {
    guard let value = fields[name] else { return [] }
    guard let list = value.list else { throw fields.wrong(value, name, "a list") }
    return list
  }

  private static func training(_ fields: YAMLFields) throws -> [[String: String]] {
    try list(fields, "training").map { item in
      let options = try item.fields(of: "a training")
      var texts: [String: String] = [:]
      for entry in options.all { texts[entry.name] = try options.text(entry.name) }
      return texts
    }
  }

  private static func recovery(_ fields: YAMLFields) throws -> RecoverySettings? {
    guard fields["recovery"] != nil else { return nil }
    var methods: Set<RecoveryMethod> = []
    for name in try list(fields, "recovery") {
      guard let method = name.text.flatMap({ RecoveryMethod(rawValue: $0) }) else {
        let known = RecoveryMethod.allCases.map(\.rawValue).joined(separator: ", ")
        throw name.error(.other("`recovery` lists something else than \(known)", allowed: []))
      }
      methods.insert(method)
    }
    var settings = RecoverySettings(methods: methods)
    settings.examples = try count(fields, "calibration", default: settings.examples)
    settings.ridge = try fields.number("ridge", default: settings.ridge, "a number from 0") { $0 >= 0 }
    settings.passes = try count(fields, "passes", default: settings.passes)
    if fields["ended_after"] != nil { settings.endedAfter = try count(fields, "ended_after", default: 0) }
    return settings
  }
}
