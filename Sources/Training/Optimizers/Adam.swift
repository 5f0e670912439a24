import Foundation
package import Graph

/// Adam (Kingma and Ba 2015), as `torch.optim.Adam`; with decoupled weight decay (Loshchilov and Hutter 2019) as
/// `torch.optim.AdamW`.
package struct Adam: Optimizer, Sendable {
  private struct Moments {
    var first: [Float]
    var second: [Float]
    var steps = 0
  }

  /// How much of the first moment is kept.
  package let firstDecay: Float
  /// How much of the second moment is kept.
  package let secondDecay: Float
  /// Added to the root of the second moment.
  package let epsilon: Float
  /// Whether weight decay shrinks the parameter itself; else it is added to the gradient.
  package let isDecoupled: Bool

  private var moments: [ValueID: Moments] = [:]

  /// An optimiser that has seen nothing yet.
  package init(
    firstDecay: Float = 0.9, secondDecay: Float = 0.999, epsilon: Float = 1e-8, isDecoupled: Bool = true
  ) {
    self.firstDecay = firstDecay
    self.secondDecay = secondDecay
    self.epsilon = epsilon
    self.isDecoupled = isDecoupled
  }

  /// Two moments a parameter, and the steps that it has taken.
  package var state: OptimizerState {
    get {
      OptimizerState(
        vectors: moments.mapValues { [$0.first, $0.second] }, steps: moments.mapValues(\.steps))
    }
    set {
      moments = [:]
      for (parameter, vectors) in newValue.vectors where vectors.count == 2 {
        moments[parameter] = Moments(
          first: vectors[0], second: vectors[1], steps: newValue.steps[parameter] ?? 0)
      }
    }
  }

  /// One step.
  package mutating func step(
    _ parameter: ValueID, values: UnsafeMutableBufferPointer<Float>, gradient: UnsafeBufferPointer<Float>,
    size: StepSize
  ) {
    precondition(values.count == gradient.count, "a derivative an element")
    let zeros = [Float](repeating: 0, count: moments[parameter] == nil ? values.count : 0)
    update(&moments[parameter, default: Moments(first: zeros, second: zeros)], values, gradient, size)
  }

  private func update(
    _ state: inout Moments, _ values: UnsafeMutableBufferPointer<Float>,
    _ gradient: UnsafeBufferPointer<Float>, _ size: StepSize
  ) {
    state.steps += 1
    let (keptFirst, keptSecond, epsilon) = (firstDecay, secondDecay, epsilon)
    // In double: 1 − 0.999 at the first step loses its digits otherwise.
    let firstCorrection = 1 - pow(Double(keptFirst), Double(state.steps))
    let secondCorrection = 1 - pow(Double(keptSecond), Double(state.steps))
    let rate = Float(Double(size.rate) / firstCorrection)
    let unbias = Float(1 / secondCorrection.squareRoot())
    let shrink = isDecoupled ? 1 - size.rate * size.weightDecay : 1
    let decay = isDecoupled ? 0 : size.weightDecay
    let scale = size.gradientScale
    state.first.withUnsafeMutableBufferPointer { first in
      state.second.withUnsafeMutableBufferPointer { second in
        for index in values.indices {
          let slope = scale * gradient[index] + decay * values[index]
          let mean = keptFirst * first[index] + (1 - keptFirst) * slope
          let square = keptSecond * second[index] + (1 - keptSecond) * slope * slope
          first[index] = mean
          second[index] = square
          values[index] = shrink * values[index] - rate * mean / (square.squareRoot() * unbias + epsilon)
        }
      }
    }
  }
}
