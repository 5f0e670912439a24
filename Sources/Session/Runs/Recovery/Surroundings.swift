import Graph

/// What stands behind a layer and decides what it should compute: a batch normalization, perhaps with other statistics
/// than it had, and another branch that the result is added to.
struct Surroundings {
  /// The other operand of the sum, computed before the layer is: the layer can make up for what it lacks.
  private(set) var branch: ValueID?
  /// Whether all that follows is a rectifier, to which results below zero are the same.
  private(set) var isRectified = false
  /// By kernel: what a unit of the sum is in units of the layer's result; 0 where the normalization all but silences
  /// the kernel.
  private(set) var branchScale: [Float]
  /// By kernel: how a result of before is written where the normalization behind has other statistics now.
  private var factors: [Float]
  private var offsets: [Float]

  /// - Parameters:
  ///   - output: what the layer is to compute.
  ///   - kept: the kernels of the original that stay.
  ///   - bound: `network`, perhaps with other weights.
  ///   - before: the original.
  init(
    of map: LinearMap, _ output: ValueID, kept: [Int], _ network: Network, _ bound: BoundNetwork,
    before: BoundNetwork
  ) {
    branchScale = [Float](repeating: 1, count: map.kernels)
    (factors, offsets) = (branchScale, [Float](repeating: 0, count: map.kernels))
    guard var position = network.soleReader(of: output) else { return }
    var value = output
    isRectified = network.nodes[position].qualifiedOp == "Relu"
    if let now = ChannelScaling(network.nodes[position], network), now.deviations.count == map.kernels,
      let node = before.network.nodes.first(where: { $0.id == network.nodes[position].id }),
      let then = ChannelScaling(node, before.network), let normalized = network.nodes[position].outputs[0]
    {
      for (kernel, old) in kept.enumerated() {
        factors[kernel] = now.deviations[kernel] / then.deviations[old]
        offsets[kernel] = now.means[kernel] - factors[kernel] * then.means[old]
      }
      let least = 1e-3 * (now.units.map(abs).max() ?? 0)
      branchScale = now.units.map { abs($0) > least ? 1 / $0 : 0 }
      guard let next = network.soleReader(of: normalized) else { return }
      (value, position) = (normalized, next)
    }
    let sum = network.nodes[position]
    guard bound.table.traits(of: sum).arithmetic == .sum, sum.inputs.count == 2,
      let other = sum.inputs.first(where: { $0 != value }),
      let other, bound.constant(of: other) == nil, bound.shape(of: other) == bound.shape(of: output),
      // A value that the rewriting made is not there in the original.
      other.index < before.network.values.count, before.constant(of: other) == nil,
      before.shape(of: other) == before.shape(of: output),
      let producer = Topology(network).producer(of: other),
      let own = network.nodes.firstIndex(where: { $0.id == map.node }), producer < own
    else { return }
    branch = other
  }

  /// What the layer should compute where it computed `value` before.
  func wanted(_ value: Float, of kernel: Int) -> Float { factors[kernel] * value + offsets[kernel] }
}

/// A batch normalization with its running statistics, channel by channel.
private struct ChannelScaling {
  let means: [Float]
  /// √(σ² + ε).
  let deviations: [Float]
  /// γ/√(σ² + ε).
  let units: [Float]

  init?(_ node: Node, _ network: Network) {
    guard OperatorTable.standard.traits(of: node).hasRunningStatistics, node.inputs.count > 4 else {
      return nil
    }
    let constants = node.inputs.prefix(5).map { $0.flatMap { network.constants[$0]?.floats } }
    guard let scale = constants[1], let means = constants[3], let variances = constants[4],
      scale.count == means.count, variances.count == means.count
    else { return nil }
    let epsilon: Float = if case .float(let value)? = node.attributes["epsilon"] { value } else { 1e-5 }
    self.means = means
    deviations = variances.map { ($0 + epsilon).squareRoot() }
    units = zip(scale, deviations).map { $0 / $1 }
  }
}
