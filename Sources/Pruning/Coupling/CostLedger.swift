import Graph

/// What a network's parameters and operations are counted from, collected once.
struct CostLedger {
  /// A constant as one operand sees it.
  struct Owner: Hashable {
    var constant: ValueID
    var slot: LabelSlot
    /// The node, where the slot is a use.
    var reader: NodeID?
    /// Whether its rule takes it for learned only while it holds more than one element.
    var isLearnedAsVector = false
  }

  /// Every constant with every slot through which it is read.
  private(set) var constantOwners: [Owner] = []
  /// Every operand that is a constant: what reads it, and where its channels are found.
  private(set) var uses: [(op: String, input: Int, slot: LabelSlot)] = []
  /// Learnable constants, once an owner.
  private(set) var learnables: [Owner] = []
  /// By layer: its learnable constants.
  private(set) var layerLearnables: [[Owner]] = []
  /// Indices of the nodes that cost operations.
  private(set) var costNodes: [Int] = []
  /// By layer: the index of its node.
  private(set) var layerNodes: [Int] = []
  /// Examples that the network is bound to at once.
  let batch: Int

  init(_ bound: BoundNetwork, map: ChannelMap, layers: [Layer]) {
    let network = bound.network
    batch = max(1, network.inputs.first.flatMap { bound.shape(of: $0)?.first } ?? 1)
    let provenance = ConstantProvenance(bound)
    let topology = Topology(network)
    var seen = Set<Owner>()
    var known = Set<Owner>()
    var byNode: [Int: [Owner]] = [:]
    for (index, node) in network.nodes.enumerated() {
      for (number, input) in node.inputs.enumerated() {
        guard let input, let root = map.roots[input.index] else { continue }
        // An Identity of a constant only passes it on; its readers are the uses.
        if node.qualifiedOp == "Identity", let output = node.outputs.first ?? nil,
          map.roots[output.index] != nil
        {
          continue
        }
        let use = ConstantUse(node: index, input: number)
        let slot = map.slot(of: input, use: use)
        let owner = Owner(constant: root, slot: slot, reader: map.isVector[root.index] ? node.id : nil)
        if seen.insert(owner).inserted { constantOwners.append(owner) }
        uses.append((node.qualifiedOp, number, slot))
      }
      guard let rule = bound.table.rule(for: node) else { continue }
      let call = bound.call(at: index)
      if bound.multiplyAccumulates(at: index) > 0 { costNodes.append(index) }
      var own: [Owner] = []
      let learned = provenance.computesWeights(node) ? [] : rule.learnableInputs(call)
      let scalars = learned.isEmpty ? [] : rule.learnableInputs(Self.withScalars(call, learned))
      for number in learned {
        var found: [Owner] = []
        guard let value = node.inputs[safe: number] ?? nil else { continue }
        Self.collect(
          index, number, provenance.roots(of: value), bound, map, provenance, topology, &found)
        for var owner in found {
          owner.isLearnedAsVector = !scalars.contains(number)
          own.append(owner)
        }
      }
      for owner in own where known.insert(owner).inserted { learnables.append(owner) }
      byNode[index] = own
    }
    let indices = Dictionary(
      network.nodes.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
    layerNodes = layers.map { indices[$0.node] ?? 0 }
    layerLearnables = layerNodes.map { byNode[$0] ?? [] }
  }

  /// The call as it would be if the given inputs held one element each.
  private static func withScalars(_ call: OperatorCall, _ numbers: [Int]) -> OperatorCall {
    let inputs = call.inputs.enumerated().map { number, spec -> TensorSpec? in
      guard numbers.contains(number), let spec else { return spec }
      return TensorSpec(spec.elementType, spec.shape.map { _ in 1 })
    }
    return OperatorCall(node: call.node, opset: call.opset, inputs: inputs)
  }

  /// Those of the initializers `wanted` that stand behind an operand, with the uses through which they are read.
  private static func collect(
    _ index: Int, _ number: Int, _ wanted: Set<ValueID>, _ bound: BoundNetwork, _ map: ChannelMap,
    _ provenance: ConstantProvenance,
    _ topology: Topology, _ found: inout [Owner]
  ) {
    // What a value is computed from may be reached on many ways; each node is looked at once.
    var visited = Set<Int>()
    var open = [ConstantUse(node: index, input: number)]
    while let use = open.popLast() {
      let node = bound.network.nodes[use.node]
      guard use.input < node.inputs.count, let value = node.inputs[use.input] else { continue }
      if let root = map.roots[value.index] {
        guard wanted.contains(root) else { continue }
        let owner = Owner(
          constant: root, slot: map.slot(of: value, use: use),
          reader: map.isVector[root.index] ? node.id : nil)
        if !found.contains(owner) { found.append(owner) }
        continue
      }
      guard let producer = topology.producer(of: value), !provenance.roots(of: value).isEmpty,
        visited.insert(producer).inserted
      else { continue }
      for input in bound.network.nodes[producer].inputs.indices.reversed() {
        open.append(ConstantUse(node: producer, input: input))
      }
    }
  }
}

/// One form of a constant after a removal: what is cut from it, axis by axis.
struct ConstantVariant: Hashable {
  var constant: ValueID
  var cuts: [AxisChannels]
}

extension KeptChannels {
  /// The form in which an owner sees its constant; owners that see the same form share it.
  func variant(_ owner: CostLedger.Owner) -> ConstantVariant {
    ConstantVariant(constant: owner.constant, cuts: cuts(owner.slot))
  }
}
