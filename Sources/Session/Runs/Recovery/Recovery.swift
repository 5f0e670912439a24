public import Pruning

/// What was done to recover a network.
public struct Recovery: Sendable, Hashable, Codable {
  /// What one method did.
  public struct Step: Sendable, Hashable, Codable {
    /// The method.
    public let method: RecoveryMethod
    /// Seconds that it took.
    public let seconds: Double
    /// Layers that it changed.
    public let layers: Int
    /// What the network was worth afterwards; `nil` where it was not measured, or without labels.
    public internal(set) var evaluation: Evaluation?
    /// How far its outputs are from those before the prune, relative to their size; `nil` where that was not measured.
    public internal(set) var deviation: Double?
  }

  /// Calibration examples used.
  public let examples: Int
  /// What the network was worth before; `nil` where it was not measured, or without labels.
  public internal(set) var before: Evaluation?
  /// How far its outputs were from those before the prune, relative to their size: 1 says nothing of them is left.
  public internal(set) var deviationBefore: Double?
  /// In order.
  public internal(set) var steps: [Step] = []
}
