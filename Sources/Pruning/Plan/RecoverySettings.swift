/// A way to win back without training what a prune lost.
public enum RecoveryMethod: String, Sendable, Hashable, CaseIterable, Codable {
  /// Mean replacement: what a removed channel was on average is added to the biases of the layers that read it.
  case bias
  /// Statistics: batch normalizations get the means and variances that their inputs have now; where they were folded into
  /// convolutions, each channel is given the mean and variance that it had.
  case bn
  /// Least squares: layers behind the removal get the weights that reproduce, on calibration data, what the network before
  /// it computed there (He, Zhang and Sun 2017; Luo, Wu and Lin 2017).
  case refit

  /// What it does, in a few words.
  public var summary: String {
    switch self {
    case .bias: "mean replacement"
    case .refit: "least-squares refit"
    case .bn: "statistics re-estimated"
    }
  }
}

/// What is done after a prune without training, and on how much data.
public struct RecoverySettings: Sendable, Hashable, Codable {
  /// In the order in which they are carried out: biases, statistics, weights. Statistics taken after a refit would scale
  /// up what the fit could not explain.
  public let methods: [RecoveryMethod]
  /// Calibration examples.
  public var examples: Int
  /// λ of the refit; see `LeastSquares`.
  public var ridge: Double

  /// Settings; the order in which methods are named does not matter.
  public init(methods: Set<RecoveryMethod>, examples: Int = 512, ridge: Double = 0.01) {
    self.methods = RecoveryMethod.allCases.filter(methods.contains)
    self.examples = examples
    self.ridge = ridge
  }
}
