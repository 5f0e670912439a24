import Graph

extension PruningTarget {
  /// The share of a cost that may remain, in per cent; `nil` where kernels are counted or time, which has to be measured.
  package var stagedPercent: Double? {
    switch self {
    case .parameters(let percent), .multiplyAccumulates(let percent), .peakMemory(let percent): percent
    case .latency, .percent, .kernels: nil
    }
  }

  /// The same cost with another share, in per cent; targets without one stay as they are.
  package func keeping(percent: Double) -> PruningTarget {
    switch self {
    case .parameters: .parameters(keepPercent: percent)
    case .multiplyAccumulates: .multiplyAccumulates(keepPercent: percent)
    case .peakMemory: .peakMemory(keepPercent: percent)
    case .latency, .percent, .kernels: self
    }
  }

  /// What is left of the cost, in per cent of the original's.
  package func kept(of groups: ChannelGroups, in original: ChannelGroups) -> Double {
    func percent(_ now: Int, _ before: Int) -> Double { 100 * Double(now) / Double(max(1, before)) }
    return switch self {
    case .parameters: percent(groups.summary.parameters, original.summary.parameters)
    case .multiplyAccumulates:
      percent(groups.summary.multiplyAccumulates, original.summary.multiplyAccumulates)
    case .peakMemory:
      percent(
        groups.costs.activations.peak(groups.costs.tables),
        original.costs.activations.peak(original.costs.tables))
    case .latency, .percent, .kernels: 100
    }
  }
}
