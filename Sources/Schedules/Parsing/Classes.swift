import Yams

/// The classes of each section with their arguments: what a schedule may name.
enum Classes {
  /// An entry of the table: arguments that the class takes, and how an instance is read.
  struct Entry<Instance> {
    let name: String
    let arguments: [String]
    let read: @Sendable (Entries, _ instance: String, _ className: String) throws -> Instance
  }

  /// Reads an instance: its class is looked up, its arguments checked.
  static func instance<T>(
    _ name: String, _ entries: Entries, section: String, of table: [Entry<T>]
  ) throws -> T {
    let className = try entries.string("class")
    guard let entry = table.first(where: { $0.name == className }) else {
      throw ScheduleError.unknownClass(
        entries.location(entries["class"] ?? entries.node), name: className, section: section,
        allowed: table.map(\.name))
    }
    try entries.allow(["class"] + entry.arguments)
    return try entry.read(entries, name, className)
  }

  // MARK: Pruners

  private static let share = "a share from 0 to 1"
  private static func isShare(_ value: Double) -> Bool { 0...1 ~= value }

  private static let ranked: [(String, Pruner.Ranking)] = [
    ("L1RankedStructureParameterPruner", .l1), ("L2RankedStructureParameterPruner", .l2),
    ("ActivationAPoZRankedFilterPruner", .apoz), ("ActivationMeanRankedFilterPruner", .meanActivation),
    ("GradientRankedFilterPruner", .gradient), ("RandomRankedFilterPruner", .random),
  ]

  static let pruners: [Entry<Pruner>] =
    ranked.flatMap { name, ranking in [rankedPruner(name, ranking), rankedPruner(name + "_AGP", ranking)] }
    + [
      Entry(name: "AutomatedGradualPruner", arguments: ["initial_sparsity", "final_sparsity", "weights"]) {
        entries, name, className in
        Pruner(
          name: name, className: className,
          method: .gradual(try gradualRamp(entries), weights: try entries.weights("weights")),
          line: entries.node.mark?.line)
      },
      byWeight("SensitivityPruner", "sensitivities", "a number from 0", { $0 >= 0 }) { .sensitivities($0) },
      byWeight("SparsityLevelParameterPruner", "levels", share, isShare) { .levels($0) },
      byWeight("MagnitudeParameterPruner", "thresholds", "a number from 0", { $0 >= 0 }) { .thresholds($0) },
    ]

  private static func gradualRamp(_ entries: Entries) throws -> SparsityRamp {
    let initial = try entries.number("initial_sparsity", share, isShare)
    let final = try entries.number("final_sparsity", share, isShare)
    guard final > initial else {
      throw ScheduleError.outOfRange(
        entries.location(entries["final_sparsity"] ?? entries.node),
        what: "`final_sparsity` of \(entries.owner)",
        problem: "is \(final), not above `initial_sparsity`", remedy: "Gradual pruning only goes up.")
    }
    return .gradual(from: initial, to: final)
  }

  private static func rankedPruner(_ className: String, _ ranking: Pruner.Ranking) -> Entry<Pruner> {
    let isGradual = className.hasSuffix("_AGP")
    return Entry(
      name: className,
      arguments: (isGradual ? ["initial_sparsity", "final_sparsity"] : ["desired_sparsity"])
        + ["group_type", "weights", "group_dependency"]
    ) { entries, name, className in
      let ramp: SparsityRamp =
        isGradual
        ? try gradualRamp(entries) : .fixed(try entries.number("desired_sparsity", share, isShare))
      // Distiller takes `3D` for `Filters` too, as its regularizers do.
      let isPlain = entries["group_type"]?.scalar?.string != "3D"
      let structure: Pruner.Structure = isPlain ? try entries.choice("group_type") : .filters
      if structure != .filters, ranking != .l1, ranking != .l2, let value = entries["group_type"] {
        throw entries.outOfRange(
          value, "`group_type` of \(entries.owner)", "is \(structure.rawValue)",
          "Filters for the class \(className)")
      }
      var follows = false
      if let value = entries["group_dependency"], value.scalar?.string != "null" {
        guard value.scalar?.string == "Leader" else {
          throw entries.outOfRange(
            value, "`group_dependency` of \(entries.owner)", "is \(value.scalar?.string ?? "no text")",
            "Leader, or left out")
        }
        follows = true
      }
      return Pruner(
        name: name, className: className,
        method: .ranked(
          ranking, structure, ramp, weights: try entries.weights("weights"), followsLeader: follows),
        line: entries.node.mark?.line)
    }
  }

  private static func byWeight(
    _ className: String, _ argument: String, _ allowed: String,
    _ holds: @escaping @Sendable (Double) -> Bool,
    _ method: @escaping @Sendable ([NamedWeight: Double]) -> Pruner.Method
  ) -> Entry<Pruner> {
    Entry(name: className, arguments: [argument]) { entries, name, className in
      Pruner(
        name: name, className: className,
        method: method(try entries.numbersByWeight(argument, allowed, holds)), line: entries.node.mark?.line)
    }
  }

  // MARK: Regularizers

  static let regularizers: [Entry<Regularizer>] = [
    regularizer("L1Regularizer", .l1), regularizer("L2Regularizer", .l2),
    regularizer("GroupLassoRegularizer", .groupLasso),
  ]

  private static func regularizer(_ className: String, _ kind: Regularizer.Kind) -> Entry<Regularizer> {
    Entry(name: className, arguments: ["reg_regims", "threshold_criteria"]) { entries, name, className in
      let value = try entries.required("reg_regims")
      let regimes = try Entries(value, owner: "`reg_regims` of \(entries.owner)", path: entries.path)
      var result: [Regularizer.Regime] = []
      for (key, keyNode, value) in regimes.all {
        let (strength, group) = try regime(key, value, kind, regimes)
        result.append(
          .init(weight: NamedWeight(key, line: keyNode.mark?.line), strength: strength, group: group))
      }
      guard !result.isEmpty else { throw entries.wrong(value, "reg_regims", "a strength for each weight") }
      let criterion: Regularizer.Criterion? =
        entries["threshold_criteria"] == nil ? nil : try entries.choice("threshold_criteria")
      return Regularizer(
        name: name, className: className, kind: kind, regimes: result, criterion: criterion,
        line: entries.node.mark?.line)
    }
  }

  private static func regime(
    _ key: String, _ value: Node, _ kind: Regularizer.Kind, _ entries: Entries
  ) throws -> (Double, Regularizer.Group) {
    var (number, group) = (value, Regularizer.Group.layer)
    if kind == .groupLasso {
      guard let pair = value.sequence, pair.count == 2, let last = pair.last, let first = pair.first else {
        throw entries.wrong(value, key, "a strength and a kind of group, such as [0.0008, 3D]")
      }
      guard let found = last.scalar.flatMap({ Regularizer.Group(written: $0.string) }) else {
        throw entries.outOfRange(
          last, "the group of \(key)", "is \(last.scalar?.string ?? "no text")",
          "one of " + (Regularizer.Group.allCases.map(\.rawValue) + ["Filters"]).joined(separator: ", "))
      }
      (number, group) = (first, found)
    }
    let strength = try entries.number(number, key)
    guard strength > 0 else {
      throw entries.outOfRange(number, "the strength of \(key)", "is \(strength)", "a number above 0")
    }
    return (strength, group)
  }

  // MARK: Extensions

  /// What `thinning_func_str` may be.
  private enum Thinning: String, CaseIterable {
    case filters = "remove_filters"
    case channels = "remove_channels"
  }

  static let removers: [Entry<Remover>] = [
    remover("FilterRemover", .filters), remover("ChannelRemover", .channels),
    remover("StructureRemover", nil),
  ]

  private static func remover(_ className: String, _ usual: Thinning?) -> Entry<Remover> {
    // The architecture and the data are the model's own here; the names are taken and not looked at.
    Entry(name: className, arguments: ["thinning_func_str", "arch", "dataset"]) { entries, name, className in
      let thinning: Thinning = try entries.choice("thinning_func_str", default: usual)
      for argument in ["arch", "dataset"] where entries[argument] != nil { _ = try entries.string(argument) }
      return Remover(
        name: name, className: className, structure: thinning == .filters ? .filters : .channels,
        line: entries.node.mark?.line)
    }
  }

  // MARK: Learning rates

  private static let epochsAbove0 = "a number of epochs from 1"
  private static let someEpochs = 1...Schedule.epochLimit

  static let rates: [Entry<RateSchedule>] = [
    rate("StepLR", ["step_size", "gamma"]) { entries in
      .step(size: try entries.integer("step_size", epochsAbove0, someEpochs), gamma: try gamma(entries, 0.1))
    },
    rate("MultiStepLR", ["milestones", "gamma"]) { entries in
      .multiStep(milestones: try milestones(entries), gamma: try gamma(entries, 0.1))
    },
    rate("ExponentialLR", ["gamma"]) { entries in
      .exponential(gamma: try gamma(entries, nil))
    },
    rate("CosineAnnealingLR", ["T_max", "eta_min"]) { entries in
      .cosine(
        period: try entries.integer("T_max", epochsAbove0, someEpochs),
        floor: try entries.number("eta_min", default: 0, "a rate from 0") { $0 >= 0 })
    },
    rate("PolynomialLR", ["T_max", "power"]) { entries in
      .polynomial(
        period: try entries.integer("T_max", epochsAbove0, someEpochs),
        power: try entries.number("power", default: 1, "a number above 0") { $0 > 0 })
    },
    rate("MultiStepMultiGammaLR", ["milestones", "gammas"]) { entries in
      let milestones = try milestones(entries)
      let value = try entries.required("gammas")
      guard let items = value.sequence, items.count == milestones.count else {
        throw entries.wrong(value, "gammas", "a list of as many numbers as `milestones`")
      }
      var gammas: [Double] = []
      for item in items {
        let gamma = try entries.number(item, "gammas")
        guard gamma > 0 else {
          throw entries.outOfRange(item, "`gammas` of \(entries.owner)", "lists \(gamma)", "a number above 0")
        }
        gammas.append(gamma)
      }
      return .multiGamma(milestones: milestones, gammas: gammas)
    },
  ]

  private static func gamma(_ entries: Entries, _ usual: Double?) throws -> Double {
    try entries.number("gamma", default: usual, "a number above 0") { $0 > 0 }
  }

  private static func milestones(_ entries: Entries) throws -> [Int] {
    try entries.risingIntegers("milestones", "a list of epochs that rise", from: 0)
  }

  private static func rate(
    _ className: String, _ arguments: [String],
    _ read: @escaping @Sendable (Entries) throws -> RateSchedule.Kind
  ) -> Entry<RateSchedule> {
    Entry(name: className, arguments: arguments) { entries, name, className in
      RateSchedule(name: name, className: className, kind: try read(entries), line: entries.node.mark?.line)
    }
  }
}
