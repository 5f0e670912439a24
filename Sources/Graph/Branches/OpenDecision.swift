/// An `If` that stands in the network with both of its branches, because an extent that the file leaves open decides it.
///
/// The nodes of both branches are nodes of the network. Behind them stands a node of the operator `secateur.If`, with the
/// number and the name of the `If`: it reads the condition, the results of `then_branch` and those of `else_branch`, and
/// hands on what the branch gives that is taken. What is known of an open decision is enough to make the `If` again.
package struct OpenDecision: Sendable {
  /// The `If` as it was.
  let decision: Node
  /// `then_branch` and `else_branch`.
  var branches: [Branch]

  /// A branch whose nodes stand in the network around it.
  struct Branch: Sendable {
    /// As it was.
    let body: Subgraph
    /// By value of the body: the one of the network that stands for it.
    let values: [ValueID: ValueID]
    /// By node of the body: the one of the network.
    let nodes: [NodeID: NodeID]
    /// The nodes of the network that belong to the branch, those of a branch within it that was taken for good among
    /// them.
    var members: Set<NodeID>
  }

  /// The attributes that hold the branches: the one that is taken where the condition holds, and the other one.
  static let branchNames = ["then_branch", "else_branch"]
}

extension Node {
  /// Whether this is ONNX's `If`.
  var isDecision: Bool { qualifiedOp == "If" }

  /// Whether this hands on what one of two branches gives that both stand in the network.
  package var isOpenDecision: Bool { qualifiedOp == OpenDecision.qualifiedOp }

  /// The numbers of an open decision's inputs that hold the results of a branch.
  func results(ofBranch number: Int) -> Range<Int> {
    1 + number * outputs.count..<1 + (number + 1) * outputs.count
  }
}

extension OpenDecision {
  static let domain = "secateur"
  /// The operator that chooses, as rules and kernels know it.
  package static let qualifiedOp = "\(domain).If"
}

extension Network {
  /// Puts the nodes of both branches in front of the `If` at `index`, which chooses between their results from then on.
  ///
  /// - Precondition: each branch has as many outputs as the node.
  mutating func open(_ branches: [Subgraph], at index: Int) {
    let decision = nodes[index]
    var index = index
    var inputs = [decision.inputs.first ?? nil]
    var record = OpenDecision(decision: decision, branches: [])
    for branch in branches {
      var inliner = BranchInliner(branch, of: decision, into: self)
      let (inlined, results, numbers) = inliner.standing()
      self = inliner.network
      nodes.insert(contentsOf: inlined, at: index)
      index += inlined.count
      inputs += results.prefix(decision.outputs.count)
      record.branches.append(
        OpenDecision.Branch(
          body: branch, values: inliner.outer, nodes: numbers, members: Set(inlined.map(\.id))))
    }
    nodes[index] = Node(
      id: decision.id, name: decision.name, op: decision.op, domain: OpenDecision.domain, inputs: inputs,
      outputs: decision.outputs)
    openDecisions[decision.id] = record
  }

  /// Takes nodes that stand in the place of another one into the branches that it belonged to.
  mutating func adopt(_ nodes: [Node], inPlaceOf node: NodeID) {
    for decision in openDecisions.keys {
      for branch in openDecisions[decision]?.branches.indices ?? 0..<0
      where openDecisions[decision]?.branches[branch].members.remove(node) != nil {
        openDecisions[decision]?.branches[branch].members.formUnion(nodes.map(\.id))
      }
    }
  }
}
