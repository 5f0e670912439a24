extension BoundNetwork {
  /// What a node reads at these shapes: of an open decision's inputs only those that it hands on.
  package func operands(at index: Int) -> [ValueID?] {
    let node = network.nodes[index]
    guard node.isOpenDecision, let holds = decisions[node.id] else { return node.inputs }
    let taken = node.results(ofBranch: holds ? 0 : 1)
    return node.inputs.enumerated().map { number, value in
      number == 0 || taken.contains(number) ? value : nil
    }
  }

  /// What the condition of an open decision is taken for: what is decided holds, whatever the condition says at these
  /// shapes; `nil` for other nodes.
  package func knownCondition(of node: Node) -> TensorSpec? {
    guard node.isOpenDecision, let holds = decisions[node.id] else { return nil }
    return TensorSpec(.bool, [], constant: Tensor(.bool, [holds ? 1 : 0], shape: []))
  }

  /// What a node reads at these shapes: its operands, and what the graphs inside it take from around.
  func readValues(at index: Int) -> [ValueID] {
    operands(at: index).compactMap { $0 } + network.nodes[index].subgraphs.flatMap { $0.captures.values }
  }

  /// Replaces an `If` by the branch that it takes, or by both where another size could decide otherwise; false for other
  /// nodes.
  mutating func decide(at position: Int) throws -> Bool {
    let node = network.nodes[position]
    guard node.isDecision else { return false }
    guard let condition = node.inputs.first ?? nil, let known = constant(of: condition)?.integers.first else {
      throw GraphError.dataDependentBranch(node: node.name)
    }
    let branches = OpenDecision.branchNames.map { name -> Subgraph? in
      guard case .graph(let branch)? = node.attributes[name],
        branch.network.outputs.count >= node.outputs.count
      else { return nil }
      return branch
    }
    guard let taken = branches[known != 0 ? 0 : 1] else {
      throw call(at: position).invalid("the branch that it takes is missing or has too few outputs")
    }
    let both = branches.compactMap { $0 }
    if both.count == branches.count, OpenSizes(self, before: position).decide(condition) {
      network.open(both, at: position)
    } else {
      network.take(taken, at: position)
    }
    for index in specs.count..<network.values.count {
      let tensor = network.constants[ValueID(index)]
      specs.append(tensor.map { TensorSpec($0.elementType, $0.shape, constant: $0) })
    }
    return true
  }

  /// Notes which way an open decision goes.
  mutating func decide(_ node: Node) throws {
    guard node.isOpenDecision, decisions[node.id] == nil else { return }
    guard let condition = node.inputs.first ?? nil, let known = constant(of: condition)?.integers.first else {
      throw GraphError.dataDependentBranch(node: node.name)
    }
    decisions[node.id] = known != 0
  }
}

/// Finds the nodes of branches that open decisions do not take.
struct IdleBranches {
  /// By node: the decision whose branch it belongs to, and which of the two that is.
  private var homes: [NodeID: (decision: NodeID, branch: Int)] = [:]
  /// By decision: its condition.
  private var conditions: [NodeID: ValueID] = [:]
  /// What such nodes make.
  private var values: Set<ValueID> = []

  init(_ network: Network) { read(network) }

  /// Reads the open decisions of a network.
  mutating func read(_ network: Network) {
    guard !network.openDecisions.isEmpty else { return }
    for (decision, record) in network.openDecisions {
      for (number, branch) in record.branches.enumerated() {
        for node in branch.members { homes[node] = (decision, number) }
      }
    }
    for node in network.nodes where node.isOpenDecision { conditions[node.id] = node.inputs.first ?? nil }
  }

  /// Whether a node belongs to a branch that is not taken, or reads what such a branch makes.
  ///
  /// Asked of each node once, in order, when what stands before it is bound.
  mutating func contains(_ node: Node, in bound: BoundNetwork) -> Bool {
    guard !homes.isEmpty else { return false }
    let isIdle =
      standsIdle(node.id, in: bound)
      || (!node.isOpenDecision && node.readValues.contains(where: values.contains))
    if isIdle { values.formUnion(node.outputs.compactMap { $0 }) }
    return isIdle
  }

  private func standsIdle(_ node: NodeID, in bound: BoundNetwork) -> Bool {
    var node = node
    while let home = homes[node] {
      let holds =
        bound.decisions[home.decision]
        ?? conditions[home.decision].flatMap { bound.constant(of: $0)?.integers.first }.map { $0 != 0 }
      if let holds, holds != (home.branch == 0) { return true }
      node = home.decision
    }
    return false
  }
}
