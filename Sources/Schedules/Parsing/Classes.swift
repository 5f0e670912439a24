import YAML

/// The classes of each section with their arguments: what a schedule may name.
enum Classes {
  /// An entry of the table: arguments that the class takes, and how an instance is read.
  struct Entry<Instance> {
    let name: String
    let arguments: [String]
    let read: @Sendable (YAMLFields, _ instance: String, _ className: String) throws -> Instance
  }

  /// Reads an instance: its class is looked up, its arguments checked.
  static func instance<T>(
    _ name: String, _ fields: YAMLFields, section: String, of table: [Entry<T>]
  ) throws -> T {
    let className = try fields.string("class")
    guard let entry = table.first(where: { $0.name == className }) else {
      throw ScheduleError.unknownClass(
        (fields["class"] ?? fields.value).location, name: className, section: section,
        allowed: table.map(\.name))
    }
    try fields.allow(["class"] + entry.arguments)
    return try entry.read(fields, name, className)
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
        fields, name, className in
        Pruner(
          name: name, className: className,
          method: .gradual(try gradualRamp(fields), weights: try fields.weights("weights")),
          line: fields.value.line)
      },
      byWeight("SensitivityPruner", "sensitivities", "a number from 0", { $0 >= 0 }) { .sensitivities($0) },
      byWeight("SparsityLevelParameterPruner", "levels", share, isShare) { .levels($0) },
      byWeight("MagnitudeParameterPruner", "thresholds", "a number from 0", { $0 >= 0 }) { .thresholds($0) },
    ]

  private static func gradualRamp(_ fields: YAMLFields) throws -> SparsityRamp {
    let initial = try fields.number("initial_sparsity", share, isShare)
    let final = try fields.number("final_sparsity", share, isShare)
    guard final > initial else {
      throw ScheduleError.outOfRange(
        (fields["final_sparsity"] ?? fields.value).location,
        what: "`final_sparsity` of \(fields.owner)",
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
    ) { fields, name, className in
      let ramp: SparsityRamp =
        isGradual
        ? try gradualRamp(fields) : .fixed(try fields.number("desired_sparsity", share, isShare))
      // Distiller takes `3D` for `Filters` too, as its regularizers do.
      let isPlain = fields["group_type"]?.text != "3D"
      let structure: Pruner.Structure = isPlain ? try fields.choice("group_type") : .filters
      if structure != .filters, ranking != .l1, ranking != .l2, let value = fields["group_type"] {
        throw fields.outOfRange(
          value, "group_type", "is \(structure.rawValue)",
          "Filters for the class \(className)")
      }
      var follows = false
      if let value = fields["group_dependency"], value.text != "null" {
        guard value.text == "Leader" else {
          throw fields.outOfRange(
            value, "group_dependency", "is \(value.text ?? "no text")",
            "Leader, or left out")
        }
        follows = true
      }
      return Pruner(
        name: name, className: className,
        method: .ranked(
          ranking, structure, ramp, weights: try fields.weights("weights"), followsLeader: follows),
        line: fields.value.line)
    }
  }

  private static func byWeight(
    _ className: String, _ argument: String, _ allowed: String,
    _ holds: @escaping @Sendable (Double) -> Bool,
    _ method: @escaping @Sendable ([NamedWeight: Double]) -> Pruner.Method
  ) -> Entry<Pruner> {
    Entry(name: className, arguments: [argument]) { fields, name, className in
      Pruner(
        name: name, className: className,
        method: method(try fields.numbersByWeight(argument, allowed, holds)), line: fields.value.line)
    }
  }

  // MARK: Regularizers

  static let regularizers: [Entry<Regularizer>] = [
    regularizer("L1Regularizer", .l1), regularizer("L2Regularizer", .l2),
    regularizer("GroupLassoRegularizer", .groupLasso),
  ]

  private static func regularizer(_ className: String, _ kind: Regularizer.Kind) -> Entry<Regularizer> {
    Entry(name: className, arguments: ["reg_regims", "threshold_criteria"]) { fields, name, className in
      let value = try fields.required("reg_regims")
      let regimes = try value.fields(of: "`reg_regims` of \(fields.owner)")
      var result: [Regularizer.Regime] = []
      for entry in regimes.all {
        let (strength, group) = try regime(entry, kind, regimes)
        result.append(
          .init(weight: NamedWeight(entry.name, line: entry.key.line), strength: strength, group: group))
      }
      guard !result.isEmpty else { throw fields.wrong(value, "reg_regims", "a strength for each weight") }
      let criterion: Regularizer.Criterion? =
        fields["threshold_criteria"] == nil ? nil : try fields.choice("threshold_criteria")
      return Regularizer(
        name: name, className: className, kind: kind, regimes: result, criterion: criterion,
        line: fields.value.line)
    }
  }

  private static func regime(
    _ entry: YAMLFields.Entry, _ kind: Regularizer.Kind, _ fields: YAMLFields
  ) throws -> (Double, Regularizer.Group) {
    let name = entry.name
    var (number, group) = (entry.value, Regularizer.Group.layer)
    if kind == .groupLasso {
      guard let pair = entry.value.list, pair.count == 2, let last = pair.last, let first = pair.first else {
        throw fields.wrong(entry.value, name, "a strength and a kind of group, such as [0.0008, 3D]")
      }
      guard let found = last.text.flatMap({ Regularizer.Group(written: $0) }) else {
        let groups = Regularizer.Group.allCases.map(\.rawValue) + ["Filters"]
        throw last.error(
          .outOfRange(
            what: "the group of \(name)", problem: "is \(last.text ?? "no text")",
            allowed: "one of " + groups.joined(separator: ", ")))
      }
      (number, group) = (first, found)
    }
    let strength = try fields.number(number, name)
    guard strength > 0 else {
      throw number.error(
        .outOfRange(what: "the strength of \(name)", problem: "is \(strength)", allowed: "a number above 0"))
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
    Entry(name: className, arguments: ["thinning_func_str", "arch", "dataset"]) { fields, name, className in
      let thinning: Thinning = try fields.choice("thinning_func_str", default: usual)
      for argument in ["arch", "dataset"] where fields[argument] != nil { _ = try fields.string(argument) }
      return Remover(
        name: name, className: className, structure: thinning == .filters ? .filters : .channels,
        line: fields.value.line)
    }
  }

  // MARK: Learning rates

  private static let epochsAbove0 = "a number of epochs from 1"
  private static let someEpochs = 1...Schedule.epochLimit

  static let rates: [Entry<RateSchedule>] = [
    rate("StepLR", ["step_size", "gamma"]) { fields in
      .step(size: try fields.integer("step_size", epochsAbove0, someEpochs), gamma: try gamma(fields, 0.1))
    },
    rate("MultiStepLR", ["milestones", "gamma"]) { fields in
      .multiStep(milestones: try milestones(fields), gamma: try gamma(fields, 0.1))
    },
    rate("ExponentialLR", ["gamma"]) { fields in
      .exponential(gamma: try gamma(fields, nil))
    },
    rate("CosineAnnealingLR", ["T_max", "eta_min"]) { fields in
      .cosine(
        period: try fields.integer("T_max", epochsAbove0, someEpochs),
        floor: try fields.number("eta_min", default: 0, "a rate from 0") { $0 >= 0 })
    },
    rate("PolynomialLR", ["T_max", "power"]) { fields in
      .polynomial(
        period: try fields.integer("T_max", epochsAbove0, someEpochs),
        power: try fields.number("power", default: 1, "a number above 0") { $0 > 0 })
    },
    rate("MultiStepMultiGammaLR", ["milestones", "gammas"]) { fields in
      let milestones = try milestones(fields)
      let value = try fields.required("gammas")
      guard let items = value.list, items.count == milestones.count else {
        throw fields.wrong(value, "gammas", "a list of as many numbers as `milestones`")
      }
      var gammas: [Double] = []
      for item in items {
        let gamma = try fields.number(item, "gammas")
        guard gamma > 0 else {
          throw fields.outOfRange(item, "gammas", "lists \(gamma)", "a number above 0")
        }
        gammas.append(gamma)
      }
      return .multiGamma(milestones: milestones, gammas: gammas)
    },
  ]

  private static func gamma(_ fields: YAMLFields, _ usual: Double?) throws -> Double {
    try fields.number("gamma", default: usual, "a number above 0") { $0 > 0 }
  }

  private static func milestones(_ fields: YAMLFields) throws -> [Int] {
    try fields.risingIntegers("milestones", "a list of epochs that rise", in: 0...Schedule.epochLimit)
  }

  private static func rate(
    _ className: String, _ arguments: [String],
    _ read: @escaping @Sendable (YAMLFields) throws -> RateSchedule.Kind
  ) -> Entry<RateSchedule> {
    Entry(name: className, arguments: arguments) { fields, name, className in
      RateSchedule(name: name, className: className, kind: try read(fields), line: fields.value.line)
    }
  }
}
