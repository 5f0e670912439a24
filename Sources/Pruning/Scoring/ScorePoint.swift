package import Graph

/// Where a layer's kernels are scored: the channels as their consumers see them.
package struct ScorePoint: Sendable, Hashable {
  /// The layer's name.
  package let layer: String
  /// The activation: the layer's output after the normalization and the activation function that follow it (and
  /// quantizations between them), when they do and nothing else reads what is before them.
  package let value: ValueID
  /// The axis of the activation that runs over the kernels.
  package let axis: Int

  /// The point of each layer, in their order; layers in branches that these sizes do not take have none.
  package static func points(of layers: [Layer], in bound: BoundNetwork) -> [ScorePoint] {
    let topology = Topology(bound.network)
    let outputs = Set(bound.network.outputs)
    let idle = Set(bound.idle.map { bound.network.nodes[$0].id })
    return layers.filter { !idle.contains($0.node) }.map { layer in
      var value = layer.output
      var isNormalized = false
      while !outputs.contains(value) {
        let uses = topology.uses(of: value)
        guard uses.count == 1, uses[0].input == 0 else { break }
        if let rounded = rounding(at: uses[0].node, in: bound, topology) {
          value = rounded
          continue
        }
        let traits = bound.traits(at: uses[0].node)
        guard let next = bound.network.nodes[uses[0].node].outputs.first ?? nil else { break }
        if traits.isActivation { value = next }
        guard traits.normalizesChannels, !isNormalized else { break }
        isNormalized = true
        value = next
      }
      return ScorePoint(layer: layer.name, value: value, axis: layer.outputAxis)
    }
  }

  /// The index of the normalization that alone reads the layer's output; `nil` where there is none.
  static func normalization(behind layer: Layer, in bound: BoundNetwork, _ topology: Topology) -> Int? {
    var value = layer.output
    while !bound.network.outputs.contains(value) {
      let uses = topology.uses(of: value)
      guard uses.count == 1, uses[0].input == 0 else { return nil }
      guard let rounded = rounding(at: uses[0].node, in: bound, topology) else {
        return bound.traits(at: uses[0].node).normalizesChannels ? uses[0].node : nil
      }
      value = rounded
    }
    return nil
  }

  /// What comes out of a `QuantizeLinear` and the one `DequantizeLinear` that reads it: the same channels, and the
  /// activation function where the ends of the integers' range are one.
  private static func rounding(at index: Int, in bound: BoundNetwork, _ topology: Topology) -> ValueID? {
    let network = bound.network
    guard bound.traits(at: index).recoding == .quantization,
      let integers = network.nodes[index].outputs.first ?? nil, !network.outputs.contains(integers),
      let use = topology.uses(of: integers).first, topology.uses(of: integers).count == 1,
      bound.traits(at: use.node).recoding == .dequantization
    else { return nil }
    return network.nodes[use.node].outputs.first ?? nil
  }
}

extension [ScorePoint] {
  /// By activation: the axis of the channels, where that is not the second one.
  package var channelAxes: [ValueID: Int] {
    reduce(into: [:]) { axes, point in if point.axis != 1 { axes[point.value] = point.axis } }
  }
}
