public import Graph

/// Before and after of one quantity.
public struct Change<Quantity: Sendable & Hashable>: Sendable, Hashable {
  /// The quantity as it is.
  public let before: Quantity
  /// The quantity as it would be.
  public let after: Quantity

  /// A change from one quantity to another.
  package init(_ before: Quantity, _ after: Quantity) {
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
    package init(
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
    package init(name: String, role: String, shape: Change<[Int]>) {
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
  /// The most bytes of activations that live at once for one example, the nodes computed in the order of the
  /// graph and none in place; weights do not count.
  public let peakMemory: Change<Int>

  /// The quantities as they were counted.
  package init(
    layers: [Layer], tensors: [Tensor], parameters: Change<Int>, multiplyAccumulates: Change<Int>,
    bytes: Change<Int>, peakMemory: Change<Int>
  ) {
    self.layers = layers
    self.tensors = tensors
    self.parameters = parameters
    self.multiplyAccumulates = multiplyAccumulates
    self.bytes = bytes
    self.peakMemory = peakMemory
  }

  /// Counts what a selection leaves.
  ///
  /// - Complexity: linear in the channels of all distinct axes and in the nodes; no weight is read.
  public init(_ selection: Selection, groups: ChannelGroups, bound: BoundNetwork) {
    let kept = KeptChannels(groups.map, units: groups.units.count, removed: selection.removedUnits)
    let (costs, counts) = (groups.costs, kept.counts)
    let operations = costs.operations.map { $0.multiplyAccumulates(counts) }
    func elements(_ constants: [CostModel.Constant]) -> Int {
      constants.reduce(0) { $0 + $1.elements(counts, of: costs.tables) }
    }
    layers = groups.layers.enumerated().map { index, coupled in
      let layer = coupled.layer
      return Layer(
        kernels: Change(layer.kernels, selection.keptKernels[index].count),
        parameters: Change(layer.parameters, elements(costs.layerConstants[index])),
        multiplyAccumulates: Change(
          layer.multiplyAccumulates, costs.layerOperations[index].map { operations[$0] / costs.batch } ?? 0),
        weightShape: Change(layer.weightShape, layer.weightShape.keeping(costs.layerWeights[index], counts)),
        outputShape: Change(layer.outputShape, layer.outputShape.keeping(costs.layerOutputs[index], counts)))
    }
    parameters = Change(groups.summary.parameters, elements(costs.constants))
    multiplyAccumulates = Change(
      groups.summary.multiplyAccumulates, operations.reduce(0) { $0 + $1 / costs.batch })
    bytes = Change(
      costs.bytes,
      costs.stored.reduce(0) { $0 + $1.constant.elements(counts, of: costs.tables) * $1.elementBytes })
    peakMemory = Change(costs.activations.peak(costs.tables), costs.activations.peak(counts))
    tensors = Self.changedTensors(costs, counts)
  }

  private static func changedTensors(_ costs: CostModel, _ counts: [Int]) -> [Tensor] {
    func cuts(_ tensor: CostModel.Listed) -> [AxisChannels] {
      tensor.channels.filter { counts[$0.table] != costs.tables[$0.table] }
    }
    return costs.listed.compactMap { tensor in
      guard tensor.channels.contains(where: { counts[$0.table] != costs.tables[$0.table] }) else {
        return nil
      }
      if !tensor.same.isEmpty {
        let own = cuts(tensor)
        if tensor.same.contains(where: { cuts(costs.listed[$0]) == own }) { return nil }
      }
      return Tensor(
        name: tensor.name, role: tensor.role,
        shape: Change(tensor.shape, tensor.shape.keeping(tensor.channels, counts)))
    }
  }
}

extension ChannelGroups {
  /// Bytes of all constants that nodes read.
  package var bytes: Int { costs.bytes }
}
