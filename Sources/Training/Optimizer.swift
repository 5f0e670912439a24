public import Graph

/// Turns gradients into new parameters.
public protocol Optimizer {
  /// The parameter after one step against `gradient`.
  ///
  /// - Parameters:
  ///   - parameter: which one, so that state can be kept for it.
  ///   - values: its elements.
  ///   - gradient: the loss's derivative by them, averaged over the batch.
  ///   - rate: the learning rate of this step.
  mutating func step(_ parameter: ValueID, values: inout [Float], gradient: [Float], rate: Float)
}

/// Stochastic gradient descent with momentum: v ← μv + g, w ← w − ηv (as PyTorch's, without dampening).
public struct GradientDescent: Optimizer, Sendable {
  /// The share of the last step's direction that is kept.
  public var momentum: Float

  private var velocities: [ValueID: [Float]] = [:]

  /// An optimiser that has seen nothing yet.
  public init(momentum: Float = 0.9) { self.momentum = momentum }

  /// One step.
  public mutating func step(_ parameter: ValueID, values: inout [Float], gradient: [Float], rate: Float) {
    var velocity = velocities[parameter] ?? [Float](repeating: 0, count: values.count)
    velocities[parameter] = nil
    for place in values.indices {
      velocity[place] = momentum * velocity[place] + gradient[place]
      values[place] -= rate * velocity[place]
    }
    velocities[parameter] = velocity
  }
}

/// Adam (Kingma and Ba 2015) with decoupled weight decay (Loshchilov and Hutter 2019).
public struct Adam: Optimizer, Sendable {
  private struct Moments {
    var first: [Float]
    var second: [Float]
    var steps = 0
  }

  /// The decay rates of the two moments.
  public var betas: (first: Float, second: Float) = (0.9, 0.999)
  /// Added to the root of the second moment.
  public var epsilon: Float = 1e-8
  /// The share of the learning rate by which every parameter shrinks each step.
  public var weightDecay: Float

  private var moments: [ValueID: Moments] = [:]

  /// An optimiser that has seen nothing yet.
  public init(weightDecay: Float = 0) { self.weightDecay = weightDecay }

  /// One step.
  public mutating func step(_ parameter: ValueID, values: inout [Float], gradient: [Float], rate: Float) {
    let zeros = [Float](repeating: 0, count: values.count)
    var state = moments[parameter] ?? Moments(first: zeros, second: zeros)
    moments[parameter] = nil
    state.steps += 1
    let (first, second) = betas
    let firstCorrection = 1 - power(first, state.steps)
    let secondCorrection = 1 - power(second, state.steps)
    for place in values.indices {
      let slope = gradient[place]
      state.first[place] = first * state.first[place] + (1 - first) * slope
      state.second[place] = second * state.second[place] + (1 - second) * slope * slope
      let root = (state.second[place] / secondCorrection).squareRoot() + epsilon
      values[place] -= rate * (state.first[place] / firstCorrection / root + weightDecay * values[place])
    }
    moments[parameter] = state
  }

  private func power(_ base: Float, _ exponent: Int) -> Float {
    var (result, factor, rest) = (Float(1), base, exponent)
    while rest > 0 {
      if rest & 1 == 1 { result *= factor }
      factor *= factor
      rest >>= 1
    }
    return result
  }
}
