public import Pruning

/// The answer to `Effect.compare`: two iterations, layer by layer.
public struct IterationComparison: Sendable, Hashable {
  /// The iterations' numbers.
  public var iterations: Change<Int>
  /// What differs between their networks.
  public var networks: NetworkComparison

  /// A comparison of two iterations.
  public init(_ before: Int, _ after: Int, _ networks: NetworkComparison) {
    iterations = Change(before, after)
    self.networks = networks
  }
}
