import Foundation
import YAML

extension Schedule {
  /// The sections of a file.
  private enum Section: String, CaseIterable {
    case version, pruners, regularizers, extensions
    case rates = "lr_schedulers"
    case policies
  }

  /// Reads the schedule at `path`.
  ///
  /// - Throws: `ScheduleError` with file and line, what is wrong there and what is allowed.
  public init(path: String) throws {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw ScheduleError.unreadable(path: path)
    }
    guard let text = String(data: data, encoding: .utf8) else {
      throw ScheduleError.notYAML(ScheduleLocation(path: path, line: nil), problem: "it is not text in UTF-8")
    }
    try self.init(yaml: text, path: path)
  }

  /// Reads a schedule.
  ///
  /// - Parameter path: named in errors.
  public init(yaml: String, path: String) throws {
    let reader = YAMLReader(schedule: path)
    // Distiller's readers take the last of two; published schedules have lines that stand there twice.
    guard let root = try reader.value(of: yaml, forgivesRepeatedLines: true) else {
      throw reader.error(line: nil, .notYAML("it is empty"))
    }
    let file = try root.fields(of: "a schedule")
    try file.allow(Section.allCases.map(\.rawValue))
    if let version = file[Section.version.rawValue] {
      let number = try file.integer(version, "version")
      guard number == 1 else {
        throw version.error(.outOfRange(what: "`version`", problem: "is \(number)", allowed: "1"))
      }
    }
    func section<T>(_ section: Section, _ table: [Classes.Entry<T>]) throws -> [T] {
      guard let value = file[section.rawValue] else { return [] }
      return try value.fields(of: "`\(section.rawValue)`").all.map { entry in
        let instance = try entry.value.fields(of: "`\(entry.name)` under `\(section.rawValue)`")
        return try Classes.instance(entry.name, instance, section: "`\(section.rawValue)`", of: table)
      }
    }
    pruners = try section(.pruners, Classes.pruners)
    regularizers = try section(.regularizers, Classes.regularizers)
    removers = try section(.extensions, Classes.removers)
    rates = try section(.rates, Classes.rates)
    self.path = path
    policies = []
    let value = try file.required(Section.policies.rawValue)
    guard let list = value.list, !list.isEmpty else {
      throw file.wrong(value, Section.policies.rawValue, "a list of one policy or more")
    }
    for item in list { policies.append(try policy(item)) }
  }

  // MARK: Policies

  private func names(of kind: Policy.Kind) -> [String] {
    switch kind {
    case .pruner: pruners.map(\.name)
    case .regularizer: regularizers.map(\.name)
    case .remover: removers.map(\.name)
    case .rate: rates.map(\.name)
    }
  }

  private func policy(_ item: YAMLValue) throws -> Policy {
    let fields = try item.fields(of: "a policy")
    let kinds = Policy.Kind.allCases.map(\.rawValue)
    try fields.allow(kinds + ["epochs", "starting_epoch", "ending_epoch", "frequency"])
    let given = Policy.Kind.allCases.filter { fields[$0.rawValue] != nil }
    guard let kind = given.first, given.count == 1, let value = fields[kind.rawValue] else {
      throw ScheduleError.missing(
        item.location, name: kinds.joined(separator: "` or `"),
        owner: given.isEmpty ? "the policy" : "the policy, which has several at once, exactly one of")
    }
    let instance = try value.fields(of: "the policy's `\(kind.rawValue)`")
    try instance.allow(["instance_name", "args"])
    let name = try instance.string("instance_name")
    let defined = names(of: kind)
    guard defined.contains(name), let written = instance["instance_name"] else {
      throw ScheduleError.undefinedInstance(
        (instance["instance_name"] ?? value).location, name: name, section: kind.section,
        defined: defined
      )
    }
    var arguments = Policy.Masking()
    if let given = instance["args"] { arguments = try masking(given, of: kind) }
    let epochs = try epochs(fields)
    try check(kind, name, epochs, at: written.location)
    return Policy(
      kind: kind, instance: name, epochs: epochs, masking: arguments, line: item.line)
  }

  /// Distiller's arguments for how masks act.
  private func masking(_ value: YAMLValue, of kind: Policy.Kind) throws -> Policy.Masking {
    var masking = Policy.Masking()
    if value.text == "null" || value.text == "" { return masking }
    let fields = try value.fields(of: "`args` of the policy's `\(kind.rawValue)`")
    let switches = Policy.Masking.switches
    let frequency = "mini_batch_pruning_frequency"
    switch kind {
    case .pruner: try fields.allow(switches.map(\.name) + [frequency])
    case .regularizer: try fields.allow(["keep_mask"])
    case .remover, .rate: try fields.allow([])
    }
    for entry in fields.all {
      let name = entry.name
      if name == frequency {
        masking.batchFrequency = try fields.integer(
          frequency, "a number of batches from 0", 0...Schedule.epochLimit)
      } else if let known = switches.first(where: { $0.name == name }) {
        guard let isOn = entry.value.flag else { throw fields.wrong(entry.value, name, "true or false") }
        masking[keyPath: known.path] = isOn
      }
    }
    if masking.masksGradients, !masking.isForwardOnly, let value = fields["mask_gradients"] {
      throw value.error(
        .outOfRange(
          what: "`mask_gradients`", problem: "is true where `mask_on_forward_only` is not",
          allowed: "for masks that hold while a batch is computed only"))
    }
    return masking
  }

  private func epochs(_ fields: YAMLFields) throws -> PolicyEpochs {
    let rangeNames = ["starting_epoch", "ending_epoch", "frequency"]
    if fields["epochs"] != nil {
      if let other = rangeNames.first(where: { fields[$0] != nil }), let value = fields[other] {
        throw ScheduleError.outOfRange(
          value.location, what: "`\(other)`", problem: "stands beside `epochs`",
          remedy: "Give `epochs`, or starting_epoch, ending_epoch and frequency.")
      }
      return .list(
        try fields.risingIntegers("epochs", "a list of epochs from 0 that rise", in: 0...Schedule.epochLimit))
    }
    let start = try fields.integer(
      "starting_epoch", "an epoch from 0 to \(Schedule.epochLimit)", 0...Schedule.epochLimit)
    let end = try fields.integer(
      "ending_epoch", "an epoch behind starting_epoch; it is not among those that the policy acts at",
      start + 1...Schedule.epochLimit + 1)
    let frequency = try fields.integer(
      "frequency", "a number of epochs from 1", 1...Schedule.epochLimit)
    return .range(start: start, end: end, frequency: frequency)
  }

  /// What an instance asks of its policy.
  func check(
    _ kind: Policy.Kind, _ name: String, _ epochs: PolicyEpochs, at index: ScheduleLocation
  ) throws {
    guard kind == .pruner, let pruner = pruner(name), pruner.ramp?.isGradual == true else { return }
    guard let span = epochs.span else {
      throw ScheduleError.outOfRange(
        index, what: "the policy of \(name)",
        problem: "lists its epochs, and the sparsity rises over a range",
        remedy: "Give starting_epoch, ending_epoch and frequency.")
    }
    guard span > 0 else {
      throw ScheduleError.outOfRange(
        index, what: "the policy of \(name)",
        problem: "acts at one epoch only, and the sparsity rises over several",
        remedy: "Give a later ending_epoch or a smaller frequency.")
    }
  }
}

extension Policy.Masking {
  /// The arguments that are true or false.
  static let switches: [(name: String, path: any WritableKeyPath<Policy.Masking, Bool> & Sendable)] = [
    ("keep_mask", \.staysBehind), ("mask_on_forward_only", \.isForwardOnly),
    ("use_double_copies", \.keepsCopy),
    ("mask_gradients", \.masksGradients), ("discard_masks_at_minibatch_end", \.lastsOneBatch),
    ("fold_batchnorm", \.foldsNormalization),
  ]
}
