import CDNNL
import Graph

/// A plan without its memory: what it would do, and what it would take.
///
/// It can be bound to memory more than once (`Pass`).
final class Draft {
  let bound: BoundNetwork
  let builder: PlanBuilder
  let built: PlanBuilder.Built
  let arenaBytes: Int
  let scratchBytes: Int
  private let weights: WeightStore

  /// - Parameter threads: of the library, which divides its work among as many.
  init(
    _ network: BoundNetwork, _ purpose: Purpose, _ outputs: [ValueID], _ options: ComputeOptions,
    _ weights: WeightStore, threads: Int?
  ) throws(ComputeError) {
    let usual = cdnnl_threads()
    if let threads { cdnnl_set_threads(Int32(clamping: threads)) }
    defer { cdnnl_set_threads(usual) }
    try options.precision.elementType.checkIsComputed()
    if case .train = purpose, options.precision != .float32 { throw .trainsInFloat32 }
    bound = network
    self.weights = weights
    builder = PlanBuilder(network, purpose: purpose, options: options, outputs: outputs, weights: weights)
    built = try builder.build()
    arenaBytes = Arena.lay(
      builder.steps, preset: builder.inputs.values.map(\.buffer), seeds: built.seeds.values.map(\.buffer),
      seedStep: built.forwardCount)
    scratchBytes = builder.steps.map(\.scratchBytes).max() ?? 0
  }

  /// Bytes that each binding takes.
  var bytesOfPass: Int { arenaBytes.plus(scratchBytes) }

  /// Bytes of weights that the steps need and that are not there yet.
  var bytesOfWeights: Int { weights.foretoldBytes(of: builder.steps) }
}
