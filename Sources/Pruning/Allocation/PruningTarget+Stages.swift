extension PruningTarget {
  /// The cost that is counted and the share of it that may remain, in per cent; `nil` where kernels are counted, or time,
  /// which has to be measured.
  package func share(in groups: ChannelGroups) -> (percent: Double, measure: CostMeasure)? {
    guard let measure = remaining?.measure, measure != .latency,
      case .percent(let percent)? = (try? relative(to: groups))?.remaining?.amount
    else { return nil }
    return (percent, measure)
  }
}
