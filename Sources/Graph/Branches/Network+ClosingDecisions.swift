extension Network {
  /// The network as a file says it: each open decision an `If` again, with the branches as they are now.
  package func closingDecisions() -> Network {
    guard !openDecisions.isEmpty else { return self }
    var closer = DecisionCloser(self)
    // A decision within a branch stands before the one around it.
    for node in nodes where node.isOpenDecision { closer.close(node.id) }
    return closer.network
  }
}

/// Puts the nodes of branches back into the graphs of the `If`s that they belong to.
private struct DecisionCloser {
  private(set) var network: Network

  init(_ network: Network) { self.network = network }

  mutating func close(_ decision: NodeID) {
    guard let record = network.openDecisions[decision],
      let node = network.nodes.first(where: { $0.id == decision })
    else { return }
    network.openDecisions[decision] = nil
    var closed = record.decision
    (closed.name, closed.outputs) = (node.name, node.outputs)
    closed.inputs = [node.inputs.first ?? nil]
    for (number, branch) in record.branches.enumerated() {
      let results = node.results(ofBranch: number).map {
        node.inputs.indices.contains($0) ? node.inputs[$0] : nil
      }
      closed.attributes[OpenDecision.branchNames[number]] = .graph(body(of: branch, results: results))
    }
    guard let index = network.nodes.firstIndex(where: { $0.id == decision }) else { return }
    network.nodes[index] = closed
  }

  /// The graph of a branch, whose nodes and constants leave the network around it.
  private mutating func body(of branch: OpenDecision.Branch, results: [ValueID?]) -> Subgraph {
    let members = takeMembers(of: branch)
    var writer = BranchWriter(branch, members: members, in: network)
    writer.write(members, results: results)
    for constant in writer.movedConstants { network.constants[constant] = nil }
    return writer.subgraph
  }

  /// Removes the nodes of a branch: those that stood there, and those that read what they make.
  private mutating func takeMembers(of branch: OpenDecision.Branch) -> [Node] {
    var made: Set<ValueID> = []
    var members: [Node] = []
    network.nodes.removeAll { node in
      let belongs =
        branch.members.contains(node.id)
        || (!node.isOpenDecision && node.readValues.contains(where: made.contains))
      guard belongs else { return false }
      made.formUnion(node.outputs.compactMap { $0 })
      members.append(node)
      return true
    }
    return members
  }
}

/// Writes nodes of a network as those of a branch.
private struct BranchWriter {
  /// Constants of the network that are the branch's own.
  private(set) var movedConstants: Set<ValueID> = []
  private let branch: OpenDecision.Branch
  private let outer: Network
  private var body: Network
  private var captures: [ValueID: ValueID] = [:]
  /// By value of the network: the one of the branch.
  private var inner: [ValueID: ValueID]
  private let numbers: [NodeID: NodeID]
  private let made: Set<ValueID>
  /// What something else than this branch reads.
  private let readOutside: Set<ValueID>
  private var nextNode: Int

  init(_ branch: OpenDecision.Branch, members: [Node], in outer: Network) {
    (self.branch, self.outer, body) = (branch, outer, branch.body.network)
    inner = Dictionary(branch.values.map { ($1, $0) }, uniquingKeysWith: { min($0, $1) })
    numbers = Dictionary(branch.nodes.map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    made = Set(members.flatMap { $0.outputs.compactMap { $0 } })
    // The decision itself reads the results of its branches, and they leave with the branch.
    readOutside = outer.nodes.reduce(into: Set(outer.outputs)) { read, node in
      if !node.isOpenDecision { read.formUnion(node.readValues) }
    }
    nextNode = branch.body.network.unusedNodeID.number
  }

  var subgraph: Subgraph {
    let original = branch.body
    let isSame =
      body.nodes == original.network.nodes && body.constants == original.network.constants
      && body.values == original.network.values && body.outputs == original.network.outputs
    return isSame ? original : Subgraph(network: body, captures: captures)
  }

  mutating func write(_ members: [Node], results: [ValueID?]) {
    takeConstants()
    body.nodes = members.map { written($0) }
    for (index, result) in results.enumerated() where body.outputs.indices.contains(index) {
      guard let result else { continue }
      body.outputs[index] = self.result(result)
    }
  }

  /// The branch's own constants as they are now.
  private mutating func takeConstants() {
    for (own, value) in branch.values where branch.body.network.constants[own] != nil {
      body.constants[own] = outer.constants[value]
      movedConstants.insert(value)
      declare(own, as: value)
    }
  }

  private mutating func written(_ node: Node) -> Node {
    let number = numbers[node.id]
    let original = number.flatMap { number in branch.body.network.nodes.first { $0.id == number } }
    let inputs = node.inputs.map { $0.map { value($0) } }
    let outputs = node.outputs.map { $0.map { value($0) } }
    var attributes = node.attributes
    for (name, attribute) in attributes {
      switch attribute {
      case .graph(let graph): attributes[name] = .graph(moved(graph, original?.attributes[name]))
      case .graphs(let graphs): attributes[name] = .graphs(graphs.map { moved($0, nil) })
      default: break
      }
    }
    return Node(
      id: number ?? unusedNode(), name: original?.name ?? node.name, op: node.op, domain: node.domain,
      inputs: inputs, outputs: outputs, attributes: attributes)
  }

  /// A graph inside a node, which reads values of the branch; the one that the file has where it is the same.
  private mutating func moved(_ graph: Subgraph, _ original: Attribute?) -> Subgraph {
    let captures = graph.captures.mapValues { value($0) }
    if case .graph(let before)? = original, before.captures == captures,
      before.network.nodes == graph.network.nodes, before.network.constants == graph.network.constants
    {
      return before
    }
    return Subgraph(network: graph.network, captures: captures)
  }

  /// The value of the branch that stands for one of the network.
  private mutating func value(_ value: ValueID) -> ValueID {
    if let known = inner[value] {
      if branch.body.captures[known] != nil { captures[known] = value }
      declare(known, as: value)
      return known
    }
    let result = body.addValue(body.unusedValueName(outer.name(of: value)))
    inner[value] = result
    if made.contains(value) {
      declare(result, as: value)
    } else if let constant = outer.constants[value], !readOutside.contains(value) {
      body.constants[result] = constant
      movedConstants.insert(value)
    } else {
      captures[result] = value
    }
    return result
  }

  /// A result must be made in the branch; what is new from around is handed on.
  private mutating func result(_ value: ValueID) -> ValueID {
    let known = self.value(value)
    guard let source = captures[known], branch.body.captures[known] == nil else { return known }
    let name = body.unusedValueName("\(outer.name(of: source))_result")
    let result = body.addValue(name)
    body.nodes.append(
      Node(id: unusedNode(), name: name, op: "Identity", inputs: [known], outputs: [result]))
    return result
  }

  /// What the file declares of a value of the branch follows what is declared of the one that stood for it.
  private mutating func declare(_ own: ValueID, as value: ValueID) {
    let type = outer.values[value.index].declaredType
    if branch.body.captures[own] == nil, body.values[own.index].declaredType != type {
      body.declare(type, for: own)
    }
  }

  private mutating func unusedNode() -> NodeID {
    defer { nextNode += 1 }
    return NodeID(nextNode)
  }
}
