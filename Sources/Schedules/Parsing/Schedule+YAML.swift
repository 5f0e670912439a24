import Foundation
import Yams

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
    let root = try Self.root(yaml, path)
    let file = try Entries(root, owner: "a schedule", path: path)
    try file.allow(Section.allCases.map(\.rawValue))
    if let version = file[Section.version.rawValue] {
      let number = try file.integer(version, "version")
      guard number == 1 else {
        throw file.outOfRange(version, "`version`", "is \(number)", "1")
      }
    }
    func section<T>(_ section: Section, _ table: [Classes.Entry<T>]) throws -> [T] {
      guard let node = file[section.rawValue] else { return [] }
      let entries = try Entries(node, owner: "`\(section.rawValue)`", path: path)
      var result: [T] = []
      for (name, _, value) in entries.all {
        let instance = try Entries(value, owner: "`\(name)` under `\(section.rawValue)`", path: path)
        result.append(try Classes.instance(name, instance, section: "`\(section.rawValue)`", of: table))
      }
      return result
    }
    pruners = try section(.pruners, Classes.pruners)
    regularizers = try section(.regularizers, Classes.regularizers)
    removers = try section(.extensions, Classes.removers)
    rates = try section(.rates, Classes.rates)
    self.path = path
    policies = []
    let node = try file.required(Section.policies.rawValue)
    guard let list = node.sequence, !list.isEmpty else {
      throw file.wrong(node, Section.policies.rawValue, "a list of one policy or more")
    }
    for item in list { policies.append(try policy(item)) }
  }

  private static func root(
    _ yaml: String, _ path: String, canRepeat: Bool = true
  ) throws -> Node {
    do {
      guard let node = try Yams.compose(yaml: yaml) else {
        throw ScheduleError.notYAML(ScheduleLocation(path: path, line: nil), problem: "it is empty")
      }
      return node
    } catch let error as ScheduleError {
      throw error
    } catch {
      // Distiller's readers take the last of two; published schedules have lines that stand there twice.
      if canRepeat, case .duplicatedKeysInMapping? = error as? YamlError {
        return try root(withoutRepetitions(yaml), path, canRepeat: false)
      }
      let (line, problem): (Int?, String) =
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _)?, .parser(_, let problem, let mark, _)?,
          .composer(_, let problem, let mark, _)?:
          (mark.line, problem)
        case .duplicatedKeysInMapping(let duplicates, _)?:
          (nil, "the name \(duplicates.sorted().joined(separator: ", ")) stands twice in one place")
        default: (nil, "it is not YAML")
        }
      throw ScheduleError.notYAML(ScheduleLocation(path: path, line: line), problem: problem)
    }
  }

  /// The text with empty lines for those that stand, word for word, in the same block of lines once more.
  private static func withoutRepetitions(_ yaml: String) -> String {
    var lines = yaml.split(separator: "\n", omittingEmptySubsequences: false)
    var seen: [Substring: Int] = [:]
    for index in lines.indices {
      let line = lines[index]
      let content = line.drop { $0 == " " }
      if content.isEmpty || content.hasPrefix("#") { continue }
      let indent = line.count - content.count
      // A line that stands further out ends the blocks within.
      seen = seen.filter { $0.value <= indent }
      if content.contains(": "), !content.hasPrefix("-"), seen.updateValue(indent, forKey: line) != nil {
        lines[index] = ""
      }
    }
    return lines.joined(separator: "\n")
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

  private func policy(_ node: Node) throws -> Policy {
    let entries = try Entries(node, owner: "a policy", path: path)
    let kinds = Policy.Kind.allCases.map(\.rawValue)
    try entries.allow(kinds + ["epochs", "starting_epoch", "ending_epoch", "frequency"])
    let given = Policy.Kind.allCases.filter { entries[$0.rawValue] != nil }
    guard let kind = given.first, given.count == 1, let value = entries[kind.rawValue] else {
      throw ScheduleError.missing(
        entries.location(node), name: kinds.joined(separator: "` or `"),
        owner: given.isEmpty ? "the policy" : "the policy, which has several at once, exactly one of")
    }
    let instance = try Entries(value, owner: "the policy's `\(kind.rawValue)`", path: path)
    try instance.allow(["instance_name", "args"])
    let name = try instance.string("instance_name")
    let defined = names(of: kind)
    guard defined.contains(name), let written = instance["instance_name"] else {
      throw ScheduleError.undefinedInstance(
        entries.location(instance["instance_name"] ?? value), name: name, section: kind.section,
        defined: defined
      )
    }
    var arguments = Policy.Masking()
    if let node = instance["args"] { arguments = try masking(node, of: kind) }
    let epochs = try epochs(entries)
    try check(kind, name, epochs, at: entries.location(written))
    return Policy(
      kind: kind, instance: name, epochs: epochs, masking: arguments, line: node.mark?.line)
  }

  /// Distiller's arguments for how masks act.
  private func masking(_ node: Node, of kind: Policy.Kind) throws -> Policy.Masking {
    var masking = Policy.Masking()
    if node.scalar?.string == "null" || node.scalar?.string == "" { return masking }
    let entries = try Entries(node, owner: "`args` of the policy's `\(kind.rawValue)`", path: path)
    let switches = Policy.Masking.switches
    let frequency = "mini_batch_pruning_frequency"
    switch kind {
    case .pruner: try entries.allow(switches.map(\.name) + [frequency])
    case .regularizer: try entries.allow(["keep_mask"])
    case .remover, .rate: try entries.allow([])
    }
    for (name, _, value) in entries.all {
      if name == frequency {
        masking.batchFrequency = try entries.integer(
          frequency, "a number of batches from 0", 0...Schedule.epochLimit)
      } else if let known = switches.first(where: { $0.name == name }) {
        guard let isOn = value.bool else { throw entries.wrong(value, name, "true or false") }
        masking[keyPath: known.path] = isOn
      }
    }
    if masking.masksGradients, !masking.isForwardOnly, let value = entries["mask_gradients"] {
      throw entries.outOfRange(
        value, "`mask_gradients`", "is true where `mask_on_forward_only` is not",
        "for masks that hold while a batch is computed only")
    }
    return masking
  }

  private func epochs(_ entries: Entries) throws -> PolicyEpochs {
    let rangeNames = ["starting_epoch", "ending_epoch", "frequency"]
    if entries["epochs"] != nil {
      if let other = rangeNames.first(where: { entries[$0] != nil }), let value = entries[other] {
        throw ScheduleError.outOfRange(
          entries.location(value), what: "`\(other)`", problem: "stands beside `epochs`",
          remedy: "Give `epochs`, or starting_epoch, ending_epoch and frequency.")
      }
      return .list(
        try entries.risingIntegers("epochs", "a list of epochs from 0 that rise", from: 0))
    }
    let start = try entries.integer(
      "starting_epoch", "an epoch from 0 to \(Schedule.epochLimit)", 0...Schedule.epochLimit)
    let end = try entries.integer(
      "ending_epoch", "an epoch behind starting_epoch; it is not among those that the policy acts at",
      start + 1...Schedule.epochLimit + 1)
    let frequency = try entries.integer(
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
