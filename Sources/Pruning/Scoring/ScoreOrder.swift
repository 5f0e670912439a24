import Graph

/// Whether more examples could still change what goes and what stays in a layer.
public struct ScoreOrder: Sendable, Hashable {
  /// How many standard errors apart the two kernels around a cut must be; 1.96 leaves a chance of about 5 %
  /// that they change places.
  public static let defaultDistance = 1.96

  /// By layer: whether the lowest score that stays lies clearly above the highest that goes; `nil` for a
  /// layer that loses nothing, is not scored, or has seen fewer than two examples of data.
  public let isSettled: [Bool?]

  /// The share of the cut layers whose order is settled; 1 where nothing is cut.
  public var settledFraction: Double {
    let known = isSettled.compactMap { $0 }
    return known.isEmpty ? 1 : Double(known.count { $0 }) / Double(known.count)
  }

  /// Looks at the two kernels around each layer's cut.
  ///
  /// Frozen kernels take no part: their order decides nothing.
  public init(
    _ scores: ScoreTable, selection: Selection, groups: ChannelGroups,
    distance: Double = ScoreOrder.defaultDistance
  ) {
    isSettled = groups.layers.enumerated().map { index, layer -> Bool? in
      guard let statistics = scores.layers[layer.layer.name], statistics.mean.count == layer.layer.kernels,
        !scores.criterion.needsData || statistics.count > 1, scores.curves == nil
      else { return nil }
      let kept = Set(selection.keptKernels[index])
      let mean = statistics.mean
      let goes = mean.indices.filter { !kept.contains($0) }.max { mean[$0] < mean[$1] }
      let stays = mean.indices.filter {
        kept.contains($0) && groups.units[layer.units[$0]].freezeReason == nil
      }
      .min { mean[$0] < mean[$1] }
      guard let goes, let stays else { return nil }
      let errors = statistics.standardError
      let spread = (errors[goes] * errors[goes] + errors[stays] * errors[stays]).squareRoot()
      return mean[stays] - mean[goes] > distance * spread
    }
  }
}
