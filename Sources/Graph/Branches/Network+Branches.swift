extension Node {
  /// The graphs inside the node.
  package var subgraphs: [Subgraph] {
    attributes.values.flatMap { attribute -> [Subgraph] in
      switch attribute {
      case .graph(let body): [body]
      case .graphs(let bodies): bodies
      default: []
      }
    }
  }

  /// What the node reads: its inputs, and what the graphs inside it take from around.
  package var readValues: [ValueID] { inputs.compactMap { $0 } + subgraphs.flatMap { $0.captures.values } }
}

extension Network {
  /// Puts the nodes of a branch in the place of the `If` at `index`, whose outputs they make from then on.
  ///
  /// What the branch defines gets names of this network's own.
  ///
  /// - Precondition: the branch has as many outputs as the node.
  mutating func take(_ branch: Subgraph, at index: Int) {
    let decision = nodes[index]
    var inliner = BranchInliner(branch, of: decision, into: self)
    let inlined = inliner.inline()
    self = inliner.network
    nodes.replaceSubrange(index...index, with: inlined)
    adopt(inlined, inPlaceOf: decision.id)
  }
}

/// Writes the nodes of a branch in the values of the network around it.
struct BranchInliner {
  private(set) var network: Network
  private let branch: Subgraph
  private let decision: Node
  /// Values of the network by values of the branch.
  private(set) var outer: [ValueID: ValueID]
  private var names: Set<String>
  private var nextNode: Int
  /// Whether what the branch defines keeps its name where nobody else has it.
  private var keepsNames = false

  init(_ branch: Subgraph, of decision: Node, into network: Network) {
    (self.branch, self.decision, self.network) = (branch, decision, network)
    outer = branch.captures
    names = Set(network.nodes.map(\.name))
    nextNode = network.unusedNodeID.number
  }

  /// The nodes of a branch that stays one of two: what it makes has values of its own.
  ///
  /// - Returns: the nodes, the values that are the branch's results, and the nodes' numbers by those in the branch.
  mutating func standing() -> (nodes: [Node], results: [ValueID?], numbers: [NodeID: NodeID]) {
    keepsNames = true
    let nodes = branch.network.nodes.map { written($0) }
    let numbers = Dictionary(
      zip(branch.network.nodes, nodes).map { ($0.id, $1.id) }, uniquingKeysWith: { first, _ in first })
    return (nodes, branch.network.outputs.map { value($0) }, numbers)
  }

  /// The nodes of a branch that is taken: they make what the decision made.
  mutating func inline() -> [Node] {
    let body = branch.network
    let made = Set(body.nodes.flatMap { $0.outputs.compactMap { $0 } })
    var passedOn: [(from: ValueID, to: ValueID)] = []
    for (result, target) in zip(body.outputs, decision.outputs) {
      guard let target else { continue }
      if made.contains(result), outer[result] == nil {
        outer[result] = target
      } else {
        // A constant, a value from around, or one result under two names.
        passedOn.append((result, target))
      }
    }
    var nodes = body.nodes.map { written($0) }
    for (from, to) in passedOn {
      nodes.append(
        Node(
          id: unusedNode(), name: unusedName("Identity"), op: "Identity", inputs: [value(from)], outputs: [to]
        ))
    }
    return nodes
  }

  /// A node of the branch as one of the network.
  private mutating func written(_ node: Node) -> Node {
    Node(
      id: unusedNode(), name: unusedName(node.name), op: node.op, domain: node.domain,
      inputs: node.inputs.map { $0.map { value($0) } }, outputs: node.outputs.map { $0.map { value($0) } },
      attributes: node.attributes.mapValues { attribute in
        switch attribute {
        case .graph(let inner): .graph(moved(inner))
        case .graphs(let inners): .graphs(inners.map { moved($0) })
        default: attribute
        }
      })
  }

  private mutating func moved(_ inner: Subgraph) -> Subgraph {
    Subgraph(network: inner.network, captures: inner.captures.mapValues { value($0) })
  }

  /// The value of the network that stands for one of the branch.
  private mutating func value(_ inner: ValueID) -> ValueID {
    if let known = outer[inner] { return known }
    let own = branch.network.name(of: inner)
    let isFree = keepsNames && network.value(named: own) == nil
    let name = isFree ? own : network.unusedValueName("\(decision.name)/\(own)")
    let value = network.addValue(name, type: branch.network.values[inner.index].declaredType)
    network.constants[value] = branch.network.constants[inner]
    outer[inner] = value
    return value
  }

  private mutating func unusedNode() -> NodeID {
    defer { nextNode += 1 }
    return NodeID(nextNode)
  }

  private mutating func unusedName(_ own: String) -> String {
    if keepsNames, names.insert(own).inserted { return own }
    return names.insertUnused("\(decision.name)/\(own)")
  }
}
