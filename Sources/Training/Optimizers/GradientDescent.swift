package import Graph

/// Stochastic gradient descent: g ← g + λw; v ← μv + g; w ← w − η(g + μv) with Nesterov's look ahead, else
/// w ← w − ηv. As `torch.optim.SGD` without dampening.
package struct GradientDescent: Optimizer, Sendable {
  /// The share of the last step's direction that is kept.
  package let momentum: Float
  /// Whether the step looks ahead along the momentum.
  package let isNesterov: Bool

  private var velocities: [ValueID: [Float]] = [:]

  /// An optimiser that has seen nothing yet.
  package init(momentum: Float = 0.9, isNesterov: Bool = false) {
    self.momentum = momentum
    self.isNesterov = isNesterov
  }

  /// A velocity a parameter.
  package var state: OptimizerState {
    get { OptimizerState(vectors: velocities.mapValues { [$0] }) }
    set { velocities = newValue.vectors.compactMapValues(\.first) }
  }

  /// One step.
  package mutating func step(
    _ parameter: ValueID, values: UnsafeMutableBufferPointer<Float>, gradient: UnsafeBufferPointer<Float>,
    size: StepSize
  ) {
    precondition(values.count == gradient.count, "a derivative an element")
    let (rate, decay, scale, momentum) = (size.rate, size.weightDecay, size.gradientScale, momentum)
    guard momentum != 0 else {
      for index in values.indices {
        values[index] -= rate * (scale * gradient[index] + decay * values[index])
      }
      return
    }
    let ahead: Float = isNesterov ? 1 : 0
    let kept = isNesterov ? momentum : 1
    // In place: the dictionary's array is not copied.
    velocities[parameter, default: [Float](repeating: 0, count: values.count)]
      .withUnsafeMutableBufferPointer { velocity in
        for index in values.indices {
          let slope = scale * gradient[index] + decay * values[index]
          let moved = momentum * velocity[index] + slope
          velocity[index] = moved
          values[index] -= rate * (ahead * slope + kept * moved)
        }
      }
  }
}
