package import Pruning

/// Several iterations, layer by layer.
package struct IterationComparison: Sendable, Hashable {
  /// How many can be compared at once: so many columns have room on a small screen.
  package static let most = 6

  /// The iterations' numbers.
  package let iterations: [Int]
  /// What differs between the network of the first and that of each of the others.
  package let networks: [NetworkComparison]

  /// A comparison of iterations, the first with each of the others.
  package init(_ iterations: [Int], _ networks: [NetworkComparison]) {
    self.iterations = iterations
    self.networks = networks
  }
}
