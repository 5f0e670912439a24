import Graph

/// How much of a network is to go, as one figure.
public enum PruningTarget: Sendable, Hashable {
  /// This share of the kernels that could go (`ChannelGroups.prunableKernelCount`), 0…100, rounded down; in
  /// the scope `layer` of each layer's kernels, in `isomorphic` of the kernels of each kind.
  case percent(Double)
  /// At most this many kernels go.
  case kernels(Int)
  /// At most this share of the learnable elements stays, in per cent of what there is.
  case parameters(keepPercent: Double)
  /// At most this share of the multiply-accumulates stays, in per cent of what there is.
  case multiplyAccumulates(keepPercent: Double)
  /// At most this share of the peak of activation memory stays (`Preview.peakMemory`), in per cent of what
  /// there is. Kernels go only where they shrink what lives at the peak.
  case peakMemory(keepPercent: Double)
  /// At most this share of the time that a table (`MeasuredTimes.layers`) gives the network stays, in per cent of what
  /// there is. Kernels go in blocks, those first whose scores are worth least for the time that they take.
  case latency(keepPercent: Double)

  func check() throws(PruningError) {
    switch self {
    case .percent(let percent), .parameters(let percent), .multiplyAccumulates(let percent),
      .peakMemory(let percent), .latency(let percent):
      guard percent.isFinite, 0...100 ~= percent else {
        throw .invalidTarget("\(percent) % is not between 0 and 100")
      }
    case .kernels(let count):
      guard count >= 0 else { throw .invalidTarget("\(count) kernels cannot be removed") }
    }
  }
}

/// Amounts that reach a target, to be looked at and edited.
public struct Proposal: Sendable, Hashable {
  /// The settings it was made from, with an amount for every layer that can lose something.
  public let settings: PruningSettings
  /// What goes. `Selection.asked` is what the target took before widths were rounded.
  public let selection: Selection
  /// Whether the target is met; floors, pins and protection can stand in its way.
  public let isReached: Bool
}
