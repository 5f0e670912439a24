/// How the importance of a kernel is measured.
public enum Criterion: String, Sendable, Hashable, Codable, CaseIterable {
  /// Mean over examples of |Σ z·g| / (H·W) (Molchanov et al. 2017).
  case taylor
  /// The kernel's L1 norm.
  case l1
  /// The kernel's L2 norm.
  case l2
  /// Seeded random numbers, the floor that every other criterion must beat.
  case random

  /// Whether scores come from data through the engine, not from the weights alone.
  public var needsData: Bool { self == .taylor }
}

/// Scores of every kernel of every layer by one criterion: un-normalised, a layer each.
public struct ScoreTable: Sendable, Hashable, Codable {
  /// What was measured.
  public let criterion: Criterion
  /// By layer name; a layer that is not scored is missing.
  public var layers: [String: KernelStatistics]

  /// A table of what has been measured so far.
  public init(criterion: Criterion, layers: [String: KernelStatistics] = [:]) {
    self.criterion = criterion
    self.layers = layers
  }

  /// Examples that the scores are means over; 0 for scores from weights.
  public var examples: Int { criterion.needsData ? layers.values.map(\.count).max() ?? 0 : 0 }
}
