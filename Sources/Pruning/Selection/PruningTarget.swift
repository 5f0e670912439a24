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
  /// At most so much of a cost stays: so many learnable elements, multiply-accumulates, bytes at the peak of activation
  /// memory, or seconds of one example. What that is in per cent is met as the share would be.
  case absolute(Double, of: CostMeasure)

  /// The target that leaves so much of a cost.
  package static func keeping(_ amount: RemainingAmount, of measure: CostMeasure) -> PruningTarget {
    switch (amount, measure) {
    case (.absolute(let amount), _): .absolute(amount, of: measure)
    case (.percent(let percent), .parameters): .parameters(keepPercent: percent)
    case (.percent(let percent), .multiplyAccumulates): .multiplyAccumulates(keepPercent: percent)
    case (.percent(let percent), .memory): .peakMemory(keepPercent: percent)
    case (.percent(let percent), .latency): .latency(keepPercent: percent)
    }
  }

  /// What may remain of which cost; `nil` for targets that count kernels.
  package var remaining: (amount: RemainingAmount, measure: CostMeasure)? {
    switch self {
    case .percent, .kernels: nil
    case .parameters(let percent): (.percent(percent), .parameters)
    case .multiplyAccumulates(let percent): (.percent(percent), .multiplyAccumulates)
    case .peakMemory(let percent): (.percent(percent), .memory)
    case .latency(let percent): (.percent(percent), .latency)
    case .absolute(let amount, let measure): (.absolute(amount), measure)
    }
  }

  /// The same target as a share of what there is: the one place where absolute amounts become percentages.
  ///
  /// - Throws: `PruningError.invalidTarget`, `noTimes` for a latency of which nothing was measured.
  package func relative(
    to groups: ChannelGroups, times: MeasuredTimes = MeasuredTimes()
  ) throws -> PruningTarget {
    try check()
    guard case .absolute(let amount, let measure) = self else { return self }
    let whole = try measure.whole(of: groups, times: times)
    guard amount < whole else { return .keeping(.percent(100), of: measure) }
    var percent = 100 * amount / whole
    // What is rounded down would forbid what just fits.
    while percent / 100 * whole < amount { percent = percent.nextUp }
    return .keeping(.percent(percent), of: measure)
  }

  func check() throws {
    switch self {
    case .percent(let percent), .parameters(let percent), .multiplyAccumulates(let percent),
      .peakMemory(let percent), .latency(let percent):
      guard percent.isFinite, 0...100 ~= percent else {
        throw PruningError.invalidTarget("\(percent) % is not between 0 and 100")
      }
    case .kernels(let count):
      guard count >= 0 else { throw PruningError.invalidTarget("\(count) kernels cannot be removed") }
    case .absolute(let amount, _):
      guard amount.isFinite, amount > 0 else {
        throw PruningError.invalidTarget("\(amount) is not above zero")
      }
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
