import Graph

/// A plan without its memory: what it would do, and what it would take.
///
/// It can be bound to memory more than once (`Pass`).
final class Draft {
  let builder: PlanBuilder
  let built: PlanBuilder.Built
  let arena: Arena
  /// Bytes of the scratch memory that steps share.
  let scratchBytes: Int
  private let weights: WeightStore

  init(
    _ network: BoundNetwork, _ purpose: Purpose, _ outputs: [ValueID], _ options: ComputeOptions,
    _ weights: WeightStore
  ) throws(ComputeError) {
    try options.precision.elementType.checkIsComputed()
    if case .train = purpose, options.precision != .float32 { throw .trainsInFloat32 }
    self.weights = weights
    builder = PlanBuilder(network, purpose: purpose, options: options, outputs: outputs, weights: weights)
    built = try builder.build()
    arena = Arena(
      laying: builder.steps, preset: builder.inputs.values.map(\.buffer),
      seeds: built.seeds.values.map(\.buffer), seedStep: built.forwardCount)
    scratchBytes =
      builder.steps.map(\.scratchBytes).filter { $0 <= Arena.largestSharedScratch }.max() ?? 0
  }

  /// Bytes that each binding takes.
  var bytesOfPass: Int { arena.byteCount.plus(scratchBytes) }

  /// Bytes of weights that the steps need and that are not there yet.
  var bytesOfWeights: Int { weights.foretoldBytes(of: builder.steps) }
}
