package import Graph

/// What a step of an optimiser is told beside the gradient.
package struct StepSize: Sendable, Hashable {
  /// The learning rate.
  package var rate: Float
  /// The weight decay of this parameter.
  package var weightDecay: Float
  /// What the gradient is multiplied with first: below 1 where it is clipped.
  package var gradientScale: Float

  /// A step.
  package init(rate: Float, weightDecay: Float = 0, gradientScale: Float = 1) {
    self.rate = rate
    self.weightDecay = weightDecay
    self.gradientScale = gradientScale
  }
}

/// What an optimiser has gathered about parameters.
package struct OptimizerState: Sendable, Hashable {
  /// Vectors as long as the parameters: a velocity, or two moments.
  package var vectors: [ValueID: [[Float]]]
  /// Steps that a parameter has taken, where that matters.
  package var steps: [ValueID: Int]

  /// A state; by default of an optimiser that has seen nothing yet.
  package init(vectors: [ValueID: [[Float]]] = [:], steps: [ValueID: Int] = [:]) {
    self.vectors = vectors
    self.steps = steps
  }
}

/// Turns gradients into new parameters; its state is kept by parameter.
package protocol Optimizer {
  /// What it has gathered about each parameter, to go on with another time.
  var state: OptimizerState { get set }

  /// Moves a parameter one step against its gradient, where it lies.
  ///
  /// - Parameters:
  ///   - parameter: which one, so that state can be kept for it.
  ///   - values: its elements.
  ///   - gradient: the loss's derivative by them, averaged over the batch; as many.
  ///   - size: the learning rate and what goes with it.
  mutating func step(
    _ parameter: ValueID, values: UnsafeMutableBufferPointer<Float>, gradient: UnsafeBufferPointer<Float>,
    size: StepSize)
}

extension Optimizer {
  /// One step on arrays.
  package mutating func step(
    _ parameter: ValueID, values: inout [Float], gradient: [Float], size: StepSize
  ) {
    values.withUnsafeMutableBufferPointer { values in
      gradient.withUnsafeBufferPointer { step(parameter, values: values, gradient: $0, size: size) }
    }
  }
}
