/// How gradients become new parameters.
public struct OptimizerSettings: Sendable, Hashable, Codable {
  /// The rule.
  public enum Method: String, Sendable, Hashable, Codable, CaseIterable {
    /// Stochastic gradient descent with momentum.
    case sgd
    /// Adam (Kingma and Ba 2015); weight decay is added to the gradient.
    case adam
    /// Adam with decoupled weight decay (Loshchilov and Hutter 2019).
    case adamw
  }

  /// The rule.
  public var method: Method
  /// The share of the last step's direction that `sgd` keeps.
  public var momentum: Float = 0.9
  /// Whether `sgd` looks ahead along its momentum (Nesterov 1983, as in Sutskever et al. 2013).
  public var isNesterov = true
  /// How much of each moment `adam` and `adamw` keep.
  public var firstDecay: Float = 0.9
  /// How much of the second moment they keep.
  public var secondDecay: Float = 0.999
  /// What they add to the root of the second moment.
  public var epsilon: Float = 1e-8
  /// The weight decay.
  public var weightDecay: Float
  /// Whether vectors decay too. Biases, and scales and shifts of normalizations, do not: decay does not regularise
  /// them, it only moves what a channel is at (He et al. 2019, section 3.1).
  public var decaysVectors = false

  /// A rule with its usual settings.
  public init(_ method: Method = .sgd, weightDecay: Float = 1e-4) {
    self.method = method
    self.weightDecay = weightDecay
  }

  /// An optimiser that has seen nothing yet.
  package func makeOptimizer() -> any Optimizer {
    switch method {
    case .sgd: GradientDescent(momentum: momentum, isNesterov: isNesterov)
    case .adam, .adamw:
      Adam(
        firstDecay: firstDecay, secondDecay: secondDecay, epsilon: epsilon, isDecoupled: method == .adamw)
    }
  }

  /// The weight decay of a parameter of a shape.
  package func weightDecay(of shape: [Int]) -> Float { decaysVectors || shape.count > 1 ? weightDecay : 0 }
}
