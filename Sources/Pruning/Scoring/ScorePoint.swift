public import Graph

/// Where a layer's kernels are scored: the channels as their consumers see them.
public struct ScorePoint: Sendable, Hashable {
  /// The layer's name.
  public let layer: String
  /// The activation: the layer's output after the normalization and the activation function that follow it,
  /// when they do and nothing else reads what is before them.
  public let value: ValueID
  /// The axis of the activation that runs over the kernels.
  public let axis: Int

  private static let normalizations: Set<String> = ["BatchNormalization", "InstanceNormalization"]
  private static let activations: Set<String> = [
    "Relu", "LeakyRelu", "PRelu", "Clip", "Sigmoid", "Tanh", "HardSigmoid", "HardSwish", "Elu", "Selu",
    "Celu", "Gelu", "Softplus", "Softsign", "Mish", "ThresholdedRelu",
  ]

  /// The point of each layer, in their order.
  public static func points(of layers: [Layer], in bound: BoundNetwork) -> [ScorePoint] {
    let topology = Topology(bound.network)
    let outputs = Set(bound.network.outputs)
    return layers.map { layer in
      var value = layer.output
      var accepted = normalizations.union(activations)
      while !accepted.isEmpty, !outputs.contains(value) {
        let uses = topology.uses(of: value)
        guard uses.count == 1, uses[0].input == 0 else { break }
        let node = bound.network.nodes[uses[0].node]
        guard accepted.contains(node.op), node.domain.isEmpty, let next = node.outputs.first ?? nil else {
          break
        }
        accepted = normalizations.contains(node.op) ? activations : []
        value = next
      }
      return ScorePoint(layer: layer.name, value: value, axis: layer.outputAxis)
    }
  }
}
