import Graph
import Pruning

/// Where batch normalizations were folded into convolutions: gives the channels of each convolution behind a removal the
/// mean μ and deviation σ that they had before it.
///
/// A normalization with the factor σ and the offset μ is put behind each convolution, its statistics m and s² are taken
/// like those of any other, and it is folded in again: W′ = W·σ/s, b′ = (b − m)·σ/s + μ.
final class FoldedStatistics: RecoveryWork {
  private(set) var network: Network
  private(set) var layers = 0

  private let subject: RecoverySubject
  private let bound: BoundNetwork
  private let maps: [LinearMap]
  private let before: MomentsPass
  private var after: StatisticsPass?
  /// By convolution: the normalization behind it.
  private var nodes: [NodeID: NodeID] = [:]

  var progress: (done: Int, total: Int) {
    (before.done + (after?.done ?? 0), before.steps + (maps.isEmpty ? 0 : subject.calibration.batches.count))
  }

  init(_ subject: RecoverySubject, _ network: Network) throws {
    self.subject = subject
    self.network = network
    bound = try subject.bound(network)
    maps = subject.changedMaps(bound).filter { $0.window != nil }
    before = MomentsPass(of: maps.map(\.output), in: subject.original.bound, subject.calibration)
  }

  func step() throws -> Bool {
    guard !maps.isEmpty else { return false }
    if try before.step() { return true }
    let pass = after ?? normalized()
    after = pass
    if try pass.step() { return true }
    for map in maps {
      guard let node = nodes[map.node], let now = pass.moments[node] else { continue }
      fold(map, wanted: moments(of: map), found: now)
    }
    return false
  }

  /// The mean and variance that the channels of a map which stay had.
  private func moments(of map: LinearMap) -> (mean: [Double], variance: [Double]) {
    guard let all = before.moments[map.output] else { return ([], []) }
    let kept = subject.kept.indices(of: map.output, axis: map.outputAxis) ?? Array(0..<all.mean.count)
    return (kept.map { all.mean[$0] }, kept.map { all.variance[$0] })
  }

  private func normalized() -> StatisticsPass {
    var changed = network
    for map in maps {
      let wanted = moments(of: map)
      guard wanted.mean.count == map.kernels,
        let position = changed.nodes.firstIndex(where: { $0.id == map.node })
      else { continue }
      let name = changed.name(of: map.output)
      let source = changed.addValue(changed.unusedValueName("\(name)_raw"))
      changed.nodes[position].outputs[0] = source
      let constants = [
        wanted.variance.map { $0.squareRoot() }, wanted.mean, wanted.mean, wanted.variance,
      ].map { changed.addConstant("\(name)_statistics", Tensor(.float32, $0, shape: [map.kernels])) }
      let node = Node(
        id: changed.unusedNodeID, name: "\(name)_normalized", op: "BatchNormalization",
        inputs: [source] + constants, outputs: [map.output])
      changed.nodes.insert(node, at: position + 1)
      nodes[map.node] = node.id
    }
    return StatisticsPass(changed, at: Set(nodes.values), subject.calibration)
  }

  private func fold(
    _ map: LinearMap, wanted: (mean: [Double], variance: [Double]), found: ChannelMoments
  ) {
    guard wanted.mean.count == map.kernels, let weights = bound.constant(of: map.weights) else { return }
    // A channel that hardly moves any more is not blown up.
    let factors = zip(wanted.variance, found.variance).map { wanted, found in
      found > 1e-4 * wanted ? ((wanted + 1e-12) / (found + 1e-12)).squareRoot() : 1
    }
    let biases = map.bias.flatMap { bound.constant(of: $0)?.doubles }
    var shift = [Double](repeating: 0, count: map.kernels)
    for kernel in 0..<map.kernels {
      let bias = biases?[kernel] ?? 0
      shift[kernel] = (bias - found.mean[kernel]) * factors[kernel] + wanted.mean[kernel] - bias
    }
    guard (shift + factors).allSatisfy(\.isFinite) else { return }
    var matrix = map.matrix(of: weights.floats)
    let columns = matrix.count / map.kernels
    for position in matrix.indices { matrix[position] *= Float(factors[position / columns]) }
    network.setWeights(of: map, matrix: matrix, shape: weights.shape)
    network.shift(map, by: shift)
    layers += 1
  }
}
