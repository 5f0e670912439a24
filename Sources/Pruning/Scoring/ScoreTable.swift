/// Scores of every kernel of every layer by one criterion: un-normalised, a layer each.
public struct ScoreTable: Sendable, Hashable, Codable {
  /// What was measured.
  public let criterion: Criterion
  /// By layer name; a layer that is not scored is missing.
  public var layers: [String: KernelStatistics]
  /// What each width of each group loses, where the criterion measures that: targets are shared out by it, and the scores
  /// are its steps.
  package var curves: LossCurves?

  /// A table of what has been measured so far.
  package init(criterion: Criterion, layers: [String: KernelStatistics] = [:]) {
    self.criterion = criterion
    self.layers = layers
  }

  /// Examples that the scores are means over; 0 for scores from weights.
  public var examples: Int { criterion.needsData ? layers.values.map(\.count).max() ?? 0 : 0 }
}
