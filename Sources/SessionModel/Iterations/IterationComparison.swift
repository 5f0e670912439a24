package import Pruning

/// Two iterations, layer by layer.
package struct IterationComparison: Sendable, Hashable {
  /// The iterations' numbers.
  package let iterations: Change<Int>
  /// What differs between their networks.
  package let networks: NetworkComparison

  /// A comparison of two iterations.
  package init(_ before: Int, _ after: Int, _ networks: NetworkComparison) {
    iterations = Change(before, after)
    self.networks = networks
  }
}
