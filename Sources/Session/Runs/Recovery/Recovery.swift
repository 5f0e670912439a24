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
    /// What the network was worth afterwards; `nil` where it was not measured.
    public internal(set) var evaluation: Evaluation?
  }

  /// Calibration examples used.
  public let examples: Int
  /// What the network was worth before; `nil` where it was not measured.
  public internal(set) var before: Evaluation?
  /// In order.
  public internal(set) var steps: [Step] = []
}
