public import Graph

/// Before and after of one quantity.
public struct Change<Quantity: Sendable & Hashable>: Sendable, Hashable {
  /// The quantity as it is.
  public let before: Quantity
  /// The quantity as it would be.
  public let after: Quantity

  /// A change from one quantity to another.
  public init(_ before: Quantity, _ after: Quantity) {
    self.before = before
    self.after = after
  }
}

/// What a selection would make of a network, computed from counts alone: exact, and fast enough for every
/// key press.
public struct Preview: Sendable, Hashable {
  /// One layer's quantities before and after.
  public struct Layer: Sendable, Hashable {
    /// Output channels or features.
    public let kernels: Change<Int>
    /// Learnable elements: weight and bias.
    public let parameters: Change<Int>
    /// For one example.
    public let multiplyAccumulates: Change<Int>
    /// The weight operand's shape.
    public let weightShape: Change<[Int]>
    /// The output's shape `[N, C, …]`.
    public let outputShape: Change<[Int]>

    /// The quantities as they were counted.
    public init(
      kernels: Change<Int>, parameters: Change<Int>, multiplyAccumulates: Change<Int>,
      weightShape: Change<[Int]>, outputShape: Change<[Int]>
    ) {
      self.kernels = kernels
      self.parameters = parameters
      self.multiplyAccumulates = multiplyAccumulates
      self.weightShape = weightShape
      self.outputShape = outputShape
    }
  }

  /// A tensor whose shape changes.
  public struct Tensor: Sendable, Hashable {
    /// The value's name in the file.
    public let name: String
    /// What it is: `weight`, `bias`, `scale` … of the node that reads it, or `activation`.
    public let role: String
    /// The shape.
    public let shape: Change<[Int]>

    /// The quantities as they were counted.
    public init(name: String, role: String, shape: Change<[Int]>) {
      self.name = name
      self.role = role
      self.shape = shape
    }
  }

  /// In the order of `ChannelGroups.layers`.
  public let layers: [Layer]
  /// Every tensor whose shape changes, in the order of the graph.
  public let tensors: [Tensor]
  /// Learnable elements of the network.
  public let parameters: Change<Int>
  /// For one example.
  public let multiplyAccumulates: Change<Int>
  /// Bytes of all constants that nodes read; integers that rewriting puts in the place of computed shapes
  /// are not counted.
  public let bytes: Change<Int>

  /// The quantities as they were counted.
  public init(
    layers: [Layer], tensors: [Tensor], parameters: Change<Int>, multiplyAccumulates: Change<Int>,
    bytes: Change<Int>
  ) {
    self.layers = layers
    self.tensors = tensors
    self.parameters = parameters
    self.multiplyAccumulates = multiplyAccumulates
    self.bytes = bytes
  }

  /// Counts what a selection leaves.
  ///
  /// - Complexity: linear in the channels of all distinct axes and in the nodes; no weight is read.
  public init(_ selection: Selection, groups: ChannelGroups, bound: BoundNetwork) {
    let kept = KeptChannels(groups.map, atoms: groups.atoms.count, removed: selection.removedAtoms)
    let counter = CostCounter(groups: groups, bound: bound, kept: kept)
    let ledger = groups.ledger
    layers = groups.layers.enumerated().map { place, coupled in
      let layer = coupled.layer
      let node = ledger.layerNodes[place]
      let weight = bound.network.nodes[node].inputs.firstIndex(of: layer.weight) ?? 1
      let slot = groups.map.slot(of: layer.weight, use: ConstantUse(node: node, input: weight))
      return Layer(
        kernels: Change(layer.kernels, selection.keptKernels[place].count),
        parameters: Change(layer.parameters, counter.parameters(ledger.layerLearnables[place])),
        multiplyAccumulates: Change(layer.multiplyAccumulates, counter.multiplyAccumulates(at: node)),
        weightShape: Change(layer.weightShape, kept.shape(layer.weightShape, slot)),
        outputShape: Change(layer.outputShape, kept.shape(layer.outputShape, .value(layer.output.index))))
    }
    parameters = Change(groups.summary.parameters, counter.parameters(ledger.learnables))
    multiplyAccumulates = Change(groups.summary.multiplyAccumulates, counter.multiplyAccumulates())
    bytes = Change(counter.bytesBefore(), counter.bytesAfter())
    tensors = counter.changedTensors()
  }
}

/// Counts parameters, operations and bytes of what is kept.
struct CostCounter {
  let groups: ChannelGroups
  let bound: BoundNetwork
  let kept: KeptChannels

  /// Learnable elements of some owners; forms that several share count once.
  func parameters(_ owners: [CostLedger.Owner]) -> Int {
    var seen = Set<ConstantVariant>()
    var sum = 0
    for owner in owners {
      let variant = kept.variant(owner)
      let count = kept.elementCount(variant, of: bound.network.constants[owner.constant]?.shape ?? [])
      if owner.isLearnedAsVector && count <= 1 { continue }
      if seen.insert(variant).inserted { sum += count }
    }
    return sum
  }

  /// Multiply-accumulates of the whole network for one example.
  func multiplyAccumulates() -> Int {
    groups.ledger.costNodes.reduce(0) { $0 + multiplyAccumulates(at: $1) }
  }

  /// Multiply-accumulates of the node at a place for one example.
  func multiplyAccumulates(at place: Int) -> Int {
    let node = bound.network.nodes[place]
    guard let rule = bound.table.rule(for: node) else { return 0 }
    let inputs = node.inputs.enumerated().map { number, value -> TensorSpec? in
      guard let value, let spec = bound.specs[value.index] else { return nil }
      let slot = groups.map.slot(of: value, use: ConstantUse(node: place, input: number))
      return TensorSpec(spec.elementType, kept.shape(spec.shape, slot))
    }
    let outputs = node.outputs.compactMap { value -> TensorSpec? in
      guard let value, let spec = bound.specs[value.index] else { return nil }
      return TensorSpec(spec.elementType, kept.shape(spec.shape, .value(value.index)))
    }
    guard !outputs.isEmpty else { return 0 }
    let call = OperatorCall(
      node: node, opset: bound.network.opsets[node.domain] ?? bound.network.opset, inputs: inputs)
    return rule.multiplyAccumulates(call, outputs: outputs) / groups.ledger.batch
  }

  func bytesBefore() -> Int {
    Set(groups.ledger.constantOwners.map(\.constant)).reduce(0) { sum, constant in
      sum + (bound.network.constants[constant]?.bytes.count ?? 0)
    }
  }

  func bytesAfter() -> Int {
    var seen = Set<ConstantVariant>()
    var sum = 0
    for owner in groups.ledger.constantOwners {
      let variant = kept.variant(owner)
      guard seen.insert(variant).inserted, let tensor = bound.network.constants[owner.constant] else {
        continue
      }
      sum += kept.elementCount(variant, of: tensor.shape) * (tensor.elementType.byteCount ?? 0)
    }
    return sum
  }

  func changedTensors() -> [Preview.Tensor] {
    var tensors: [Preview.Tensor] = []
    var seen = Set<ConstantVariant>()
    for (place, node) in bound.network.nodes.enumerated() {
      for (number, input) in node.inputs.enumerated() {
        guard let input, let root = groups.map.roots[input.index],
          let shape = bound.network.constants[root]?.shape
        else { continue }
        let slot = groups.map.slot(of: input, use: ConstantUse(node: place, input: number))
        let variant = ConstantVariant(constant: root, cuts: kept.cuts(slot))
        guard !variant.cuts.isEmpty, seen.insert(variant).inserted else { continue }
        tensors.append(
          Preview.Tensor(
            name: bound.network.name(of: root), role: Self.role(of: number, in: node.op),
            shape: Change(shape, kept.shape(shape, slot))))
      }
      for output in node.outputs {
        guard let output, groups.map.roots[output.index] == nil, bound.constant(of: output) == nil,
          let shape = bound.shape(of: output)
        else { continue }
        let after = kept.shape(shape, .value(output.index))
        guard after != shape else { continue }
        tensors.append(
          Preview.Tensor(
            name: bound.network.name(of: output), role: "activation", shape: Change(shape, after)))
      }
    }
    return tensors
  }

  /// What a constant is to the node that reads it.
  private static func role(of input: Int, in op: String) -> String {
    let roles: [String]
    switch op {
    case "Conv", "ConvTranspose", "Gemm": roles = ["constant", "weight", "bias"]
    case "MatMul": roles = ["weight", "weight"]
    case "BatchNormalization": roles = ["constant", "scale", "shift", "mean", "variance"]
    case "InstanceNormalization", "LayerNormalization", "GroupNormalization":
      roles = ["constant", "scale", "shift"]
    case "PRelu": roles = ["constant", "slope"]
    default: roles = []
    }
    return input < roles.count ? roles[input] : "constant"
  }
}
