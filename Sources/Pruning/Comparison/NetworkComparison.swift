public import Graph

/// What differs between two networks, layer by layer; layers are the same where their names are.
public struct NetworkComparison: Sendable, Hashable {
  /// A layer that both networks have.
  public struct Layer: Sendable, Hashable {
    /// Its name.
    public let name: String
    /// Its operator in the first network and in the second.
    public let op: Change<String>
    /// Output channels or features.
    public let kernels: Change<Int>
    /// Input channels or features, of all groups together.
    public let inputChannels: Change<Int>
    /// Learnable elements: weight and bias.
    public let parameters: Change<Int>
    /// For one example.
    public let multiplyAccumulates: Change<Int>
    /// The weight's shape.
    public let weightShape: Change<[Int]>
    /// Whether shapes are the same and the weight holds other numbers.
    public let hasOtherWeights: Bool

    /// Whether anything differs.
    public var isChanged: Bool {
      op.before != op.after || weightShape.before != weightShape.after
        || kernels.before != kernels.after || inputChannels.before != inputChannels.after
        || parameters.before != parameters.after
        || multiplyAccumulates.before != multiplyAccumulates.after || hasOtherWeights
    }
  }

  /// Layers of both, in the order of the first network.
  public let layers: [Layer]
  /// Layers that only the first network has.
  public let removed: [Graph.Layer]
  /// Layers that only the second network has.
  public let added: [Graph.Layer]
  /// Learnable elements of the networks.
  public let parameters: Change<Int>
  /// For one example.
  public let multiplyAccumulates: Change<Int>

  /// Compares what two bound networks hold.
  public init(_ before: BoundNetwork, _ after: BoundNetwork) {
    let (old, new) = (NetworkSummary(before), NetworkSummary(after))
    let byName = Dictionary(new.layers.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let known = Set(old.layers.map(\.name))
    layers = old.layers.compactMap { layer in
      byName[layer.name].map { Self.comparison(layer, in: before, with: $0, in: after) }
    }
    removed = old.layers.filter { byName[$0.name] == nil }
    added = new.layers.filter { !known.contains($0.name) }
    parameters = Change(old.parameters, new.parameters)
    multiplyAccumulates = Change(old.multiplyAccumulates, new.multiplyAccumulates)
  }

  private static func comparison(
    _ old: Graph.Layer, in before: BoundNetwork, with new: Graph.Layer, in after: BoundNetwork
  ) -> Layer {
    let weights = (before.constant(of: old.weight), after.constant(of: new.weight))
    return Layer(
      name: old.name, op: Change(old.op, new.op), kernels: Change(old.kernels, new.kernels),
      inputChannels: Change(inputChannels(of: old, in: before), inputChannels(of: new, in: after)),
      parameters: Change(old.parameters, new.parameters),
      multiplyAccumulates: Change(old.multiplyAccumulates, new.multiplyAccumulates),
      weightShape: Change(old.weightShape, new.weightShape),
      hasOtherWeights: old.weightShape == new.weightShape && weights.0 != weights.1)
  }

  /// The channels of what the layer reads beside its weight.
  private static func inputChannels(of layer: Graph.Layer, in bound: BoundNetwork) -> Int {
    guard let node = bound.network.nodes.first(where: { $0.id == layer.node }),
      let data = node.inputs.first(where: { $0 != layer.weight }) ?? nil, let shape = bound.shape(of: data),
      !shape.isEmpty
    else { return layer.weightShape.count > 1 ? layer.weightShape[1] : 0 }
    return layer.isConvolution && shape.count > 1 ? shape[1] : shape[shape.count - 1]
  }
}
