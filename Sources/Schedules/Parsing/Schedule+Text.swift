import YAML

extension Schedule {
  /// The schedule as YAML that reads back the same; comments are not kept.
  public var yaml: String {
    var root: [YAMLOutput.Entry] = [.init("version", .integer(1))]
    func section(_ name: String, _ instances: [YAMLOutput.Entry]) {
      if !instances.isEmpty { root.append(.init(name, .mapping(instances))) }
    }
    section("pruners", pruners.map { .init($0.name, $0.output) })
    section("regularizers", regularizers.map { .init($0.name, $0.output) })
    section("extensions", removers.map { .init($0.name, $0.output) })
    section("lr_schedulers", rates.map { .init($0.name, $0.output) })
    root.append(.init("policies", .list(policies.map(\.output))))
    return YAMLOutput.mapping(root).document(quoting: .sparing)
  }
}

extension YAMLOutput {
  fileprivate static func integers(_ values: [Int]) -> YAMLOutput {
    .list(values.map(YAMLOutput.integer), inline: true)
  }
  fileprivate static func names(_ weights: [NamedWeight]) -> YAMLOutput {
    .list(weights.map { .text($0.name) })
  }
}

extension Pruner {
  fileprivate var output: YAMLOutput {
    var fields: [YAMLOutput.Entry] = [.init("class", .text(className))]
    func add(_ ramp: SparsityRamp) {
      switch ramp {
      case .fixed(let sparsity): fields.append(.init("desired_sparsity", .number(sparsity)))
      case .gradual(let initial, let final):
        fields += [.init("initial_sparsity", .number(initial)), .init("final_sparsity", .number(final))]
      }
    }
    func add(_ name: String, _ values: [NamedWeight: Double]) {
      fields.append(
        .init(name, .mapping(weights.map { .init($0.name, .number(values[$0] ?? 0)) })))
    }
    switch method {
    case .ranked(_, let structure, let ramp, let weights, let followsLeader):
      add(ramp)
      fields.append(.init("group_type", .text(structure.rawValue)))
      if followsLeader { fields.append(.init("group_dependency", .text("Leader"))) }
      fields.append(.init("weights", .names(weights)))
    case .gradual(let ramp, let weights):
      add(ramp)
      fields.append(.init("weights", .names(weights)))
    case .levels(let values): add("levels", values)
    case .sensitivities(let values): add("sensitivities", values)
    case .thresholds(let values): add("thresholds", values)
    }
    return .mapping(fields)
  }
}

extension Regularizer {
  fileprivate var output: YAMLOutput {
    let regimes = regimes.map { regime -> YAMLOutput.Entry in
      let strength = YAMLOutput.number(regime.strength)
      return .init(
        regime.weight.name,
        kind == .groupLasso ? .list([strength, .text(regime.group.rawValue)]) : strength)
    }
    var fields: [YAMLOutput.Entry] = [
      .init("class", .text(className)), .init("reg_regims", .mapping(regimes)),
    ]
    if let criterion { fields.append(.init("threshold_criteria", .text(criterion.rawValue))) }
    return .mapping(fields)
  }
}

extension Remover {
  fileprivate var output: YAMLOutput {
    let fields: [YAMLOutput.Entry] = [
      .init("class", .text(className)),
      .init("thinning_func_str", .text(structure == .filters ? "remove_filters" : "remove_channels")),
    ]
    return .mapping(fields)
  }
}

extension RateSchedule {
  fileprivate var output: YAMLOutput {
    let arguments: [YAMLOutput.Entry] =
      switch kind {
      case .step(let size, let gamma): [.init("step_size", .integer(size)), .init("gamma", .number(gamma))]
      case .multiStep(let milestones, let gamma):
        [.init("milestones", .integers(milestones)), .init("gamma", .number(gamma))]
      case .exponential(let gamma): [.init("gamma", .number(gamma))]
      case .cosine(let period, let floor):
        [.init("T_max", .integer(period)), .init("eta_min", .number(floor))]
      case .polynomial(let period, let power):
        [.init("T_max", .integer(period)), .init("power", .number(power))]
      case .multiGamma(let milestones, let gammas):
        [.init("milestones", .integers(milestones)), .init("gammas", .list(gammas.map(YAMLOutput.number)))]
      }
    return .mapping([.init("class", .text(className))] + arguments)
  }
}

extension Policy {
  fileprivate var output: YAMLOutput {
    let when: [YAMLOutput.Entry] =
      switch epochs {
      case .list(let list): [.init("epochs", .integers(list))]
      case .range(let start, let end, let frequency):
        [
          .init("starting_epoch", .integer(start)), .init("ending_epoch", .integer(end)),
          .init("frequency", .integer(frequency)),
        ]
      }
    var name: [YAMLOutput.Entry] = [.init("instance_name", .text(instance))]
    var arguments = Masking.switches.filter { masking[keyPath: $0.path] }.map {
      argument -> YAMLOutput.Entry in
      .init(argument.name, .plain("true"))
    }
    if masking.batchFrequency > 0 {
      arguments.append(.init("mini_batch_pruning_frequency", .integer(masking.batchFrequency)))
    }
    if !arguments.isEmpty { name.append(.init("args", .mapping(arguments))) }
    return .mapping([.init(kind.rawValue, .mapping(name))] + when)
  }
}
