import Yams

extension Schedule {
  /// The schedule as YAML that reads back the same; comments are not kept.
  public var yaml: String {
    var root: [(Node, Node)] = [("version", 1)]
    func section(_ name: String, _ instances: [(String, Node)]) {
      guard !instances.isEmpty else { return }
      root.append((Node(name), Node(instances.map { (Node($0.0), $0.1) })))
    }
    section("pruners", pruners.map { ($0.name, $0.node) })
    section("regularizers", regularizers.map { ($0.name, $0.node) })
    section("extensions", removers.map { ($0.name, $0.node) })
    section("lr_schedulers", rates.map { ($0.name, $0.node) })
    root.append(("policies", Node(policies.map(\.node))))
    let text = try? Yams.serialize(node: Node(root), width: -1, allowUnicode: true)
    return text ?? ""
  }
}

extension Node {
  fileprivate static func number(_ value: Double) -> Node { Node("\(value)", Tag(.float)) }
  fileprivate static func integer(_ value: Int) -> Node { Node("\(value)", Tag(.int)) }
  fileprivate static func integers(_ values: [Int]) -> Node {
    .sequence(Sequence(values.map(integer), Tag(.seq), .flow))
  }
  fileprivate static func names(_ weights: [NamedWeight]) -> Node { Node(weights.map { Node($0.name) }) }
}

extension Pruner {
  fileprivate var node: Node {
    var fields: [(Node, Node)] = [("class", Node(className))]
    func add(_ ramp: SparsityRamp) {
      switch ramp {
      case .fixed(let sparsity): fields.append(("desired_sparsity", .number(sparsity)))
      case .gradual(let initial, let final):
        fields += [("initial_sparsity", .number(initial)), ("final_sparsity", .number(final))]
      }
    }
    func add(_ name: String, _ values: [NamedWeight: Double]) {
      fields.append((Node(name), Node(weights.map { (Node($0.name), .number(values[$0] ?? 0)) })))
    }
    switch method {
    case .ranked(_, let structure, let ramp, let weights, let followsLeader):
      add(ramp)
      fields.append(("group_type", Node(structure.rawValue)))
      if followsLeader { fields.append(("group_dependency", "Leader")) }
      fields.append(("weights", .names(weights)))
    case .gradual(let ramp, let weights):
      add(ramp)
      fields.append(("weights", .names(weights)))
    case .levels(let values): add("levels", values)
    case .sensitivities(let values): add("sensitivities", values)
    case .thresholds(let values): add("thresholds", values)
    }
    return Node(fields)
  }
}

extension Regularizer {
  fileprivate var node: Node {
    let regimes = regimes.map { regime -> (Node, Node) in
      let strength = Node.number(regime.strength)
      return (
        Node(regime.weight.name),
        kind == .groupLasso ? Node([strength, Node(regime.group.rawValue)]) : strength
      )
    }
    var fields: [(Node, Node)] = [("class", Node(className)), ("reg_regims", Node(regimes))]
    if let criterion { fields.append(("threshold_criteria", Node(criterion.rawValue))) }
    return Node(fields)
  }
}

extension Remover {
  fileprivate var node: Node {
    let fields: [(Node, Node)] = [
      ("class", Node(className)),
      ("thinning_func_str", Node(structure == .filters ? "remove_filters" : "remove_channels")),
    ]
    return Node(fields)
  }
}

extension RateSchedule {
  fileprivate var node: Node {
    let arguments: [(Node, Node)] =
      switch kind {
      case .step(let size, let gamma): [("step_size", .integer(size)), ("gamma", .number(gamma))]
      case .multiStep(let milestones, let gamma):
        [("milestones", .integers(milestones)), ("gamma", .number(gamma))]
      case .exponential(let gamma): [("gamma", .number(gamma))]
      case .cosine(let period, let floor): [("T_max", .integer(period)), ("eta_min", .number(floor))]
      case .polynomial(let period, let power): [("T_max", .integer(period)), ("power", .number(power))]
      case .multiGamma(let milestones, let gammas):
        [("milestones", .integers(milestones)), ("gammas", Node(gammas.map(Node.number)))]
      }
    return Node([("class", Node(className))] + arguments)
  }
}

extension Policy {
  fileprivate var node: Node {
    let when: [(Node, Node)] =
      switch epochs {
      case .list(let list): [("epochs", .integers(list))]
      case .range(let start, let end, let frequency):
        [
          ("starting_epoch", .integer(start)), ("ending_epoch", .integer(end)),
          ("frequency", .integer(frequency)),
        ]
      }
    var name: [(Node, Node)] = [("instance_name", Node(instance))]
    var arguments = Masking.switches.filter { masking[keyPath: $0.path] }.map { argument -> (Node, Node) in
      (Node(argument.name), Node("true", Tag(.bool)))
    }
    if masking.batchFrequency > 0 {
      arguments.append(("mini_batch_pruning_frequency", .integer(masking.batchFrequency)))
    }
    if !arguments.isEmpty { name.append(("args", Node(arguments))) }
    return Node([(Node(kind.rawValue), Node(name))] + when)
  }
}
