import Graph

/// A plan without its memory: what it would do, and what it would take.
///
/// It can be bound to memory more than once (`Pass`).
final class Draft {
  let builder: PlanBuilder
  let built: PlanBuilder.Built
  private(set) var steps: [Step]
  private(set) var arena: Arena
  /// Bytes of the scratch memory that steps share.
  let scratchBytes: Int
  private let weights: WeightStore

  init(
    _ network: BoundNetwork, _ purpose: Purpose, _ outputs: [ValueID], _ options: ComputeOptions,
    _ weights: WeightStore
  ) throws {
    try options.precision.elementType.checkIsComputed()
    if case .train = purpose, options.precision != .float32 { throw ComputeError.trainsInFloat32 }
    self.weights = weights
    builder = PlanBuilder(network, purpose: purpose, options: options, outputs: outputs, weights: weights)
    built = try builder.build()
    steps = builder.steps
    arena = Self.arena(laying: steps, builder, built)
    scratchBytes =
      steps.map(\.scratchBytes).filter { $0 <= Arena.largestSharedScratch }.max() ?? 0
  }

  /// Bytes that each binding takes.
  var bytesOfPass: Int { arena.byteCount.plus(scratchBytes) }

  /// Bytes of weights that the steps need and that are not there yet.
  var bytesOfWeights: Int { weights.foretoldBytes(of: builder.steps) }

  /// Lets cheap steps of the forward pass be done again, where that takes less memory.
  func saveMemory() {
    var (best, repeats) = (arena.byteCount, Set<Int>())
    for keepsSources in [true, false] {
      let again = Recomputation(
        of: builder.steps, forwardCount: built.forwardCount, keepsSources: keepsSources)
      let bytes = Self.arena(laying: again.steps, repeats: again.repeats, builder, built).byteCount
      if bytes < best { (best, steps, repeats) = (bytes, again.steps, again.repeats) }
    }
    // The last one that is laid says where buffers are.
    arena = Self.arena(laying: steps, repeats: repeats, builder, built)
  }

  private static func arena(
    laying steps: [Step], repeats: Set<Int> = [], _ builder: PlanBuilder, _ built: PlanBuilder.Built
  ) -> Arena {
    Arena(
      laying: steps, repeats: repeats, preset: builder.inputs.values.map(\.buffer),
      seeds: built.seeds.values.map(\.buffer), seedStep: built.forwardCount)
  }
}
