import Graph

/// What a network's output is measured by.
package enum Loss: String, Sendable, Hashable, Codable, CaseIterable {
  /// −log softmax(y)[class] over logits y; for class maps the mean over the positions.
  case crossEntropy = "cross-entropy"
  /// The mean of the squared differences from a target.
  case meanSquaredError = "mse"
  /// The mean of the absolute differences from a target.
  case absoluteError = "l1"
  /// The mean of √(d² + ε²) of the differences d from a target, ε = 10⁻³: an absolute error that is smooth at 0
  /// (Charbonnier et al. 1994; Lai et al. 2017).
  case charbonnier
  /// The mean of −t·log σ(y) − (1 − t)·log(1 − σ(y)) over logits y and targets t from 0 to 1.
  case binaryCrossEntropy = "bce"
  /// v·y for a random direction v of each example: needs no target, and the squares of its gradients estimate
  /// how the whole output changes.
  case outputEnergy = "output-energy"
}

/// What the outputs of a batch are compared with.
package enum Targets: Sendable, Hashable {
  /// A class an example, or for an output `[N, K, …]` a class a position, `[N, …]` in C order. A position without a class
  /// has `unlabelled`; so has one of 255 in a map where the network tells fewer classes apart (as Pascal VOC and
  /// Cityscapes mark them).
  case classes([Int])
  /// Values of the output's shape, in C order.
  case values([Float])
  /// Nothing.
  case none

  /// The class of a position that has none.
  package static let unlabelled = -1
}

/// The loss of each example of a batch, and where it goes down.
package struct LossEvaluation: Sendable {
  /// One loss an example; never averaged, so that nothing depends on the batch's size.
  package var losses: [Double]
  /// The derivative of each example's own loss by its outputs, in the outputs' order `[N, …]`.
  package var gradient: [Float]
  /// Examples (for class maps positions) whose largest output is their class; `nil` where there are no classes.
  package var correct: Int?
  /// Examples (positions) whose class is among the five largest outputs; `nil` where there are no classes.
  package var correctInFive: Int?
  /// Examples (positions) that have a class; 0 where there are none.
  package var decisions = 0
}

extension Loss {
  /// Measures the outputs of a batch.
  ///
  /// - Parameters:
  ///   - output: the network's output in C order.
  ///   - shape: its shape, `[N, …]`; for classes `[N, K]` or `[N, K, 1, 1]`, for class maps `[N, K, H, W]`.
  ///   - targets: what the outputs are compared with.
  ///   - labelSmoothing: the share of an example's weight that is spread over all classes (Szegedy et al. 2016).
  ///   - seed: where the random directions of `outputEnergy` begin; two batches want two seeds.
  /// - Throws: `TrainingError` where targets and outputs do not fit each other.
  package func evaluate(
    output: [Float], shape: [Int], targets: Targets, labelSmoothing: Double = 0, seed: UInt64 = 0
  ) throws -> LossEvaluation {
    guard let examples = shape.first, examples > 0, output.count % examples == 0 else {
      throw TrainingError.outputHasNoExamples(shape: shape)
    }
    let size = output.count / examples
    switch (self, targets) {
    case (.crossEntropy, .classes(let classes)):
      let grid = try ClassGrid(shape, labels: classes.count)
      return try crossEntropy(output, classes, grid, smoothing: labelSmoothing)
    case (.crossEntropy, _): throw TrainingError.lossNeeds("labels")
    case (.outputEnergy, _): return outputEnergy(output, size: size, seed: seed)
    case (_, .values(let values)):
      guard values.count == output.count else {
        throw TrainingError.targetsDoNotFit(expected: output.count, given: values.count)
      }
      return compare(output, values, size: size)
    case (_, _): throw TrainingError.lossNeeds("target values")
    }
  }

  private func compare(_ output: [Float], _ target: [Float], size: Int) -> LossEvaluation {
    switch self {
    case .absoluteError: mean(output, target, size: size) { (abs($0 - $1), $0 > $1 ? 1 : $0 < $1 ? -1 : 0) }
    case .charbonnier:
      mean(output, target, size: size) { value, target in
        let difference = value - target
        let root = (difference * difference + 1e-6).squareRoot()
        return (root, difference / root)
      }
    case .binaryCrossEntropy: mean(output, target, size: size, binaryCrossEntropy)
    default: mean(output, target, size: size) { (($0 - $1) * ($0 - $1), 2 * ($0 - $1)) }
    }
  }

  /// The mean over each example's values of a term, with the term's derivative by the output.
  private func mean(
    _ output: [Float], _ target: [Float], size: Int,
    _ term: (_ value: Double, _ target: Double) -> (loss: Double, slope: Double)
  ) -> LossEvaluation {
    var gradient = output
    var losses: [Double] = []
    let share = 1 / Double(max(1, size))
    for start in stride(from: 0, to: output.count, by: max(1, size)) {
      var sum = 0.0
      for position in start..<start + size {
        let (loss, slope) = term(Double(output[position]), Double(target[position]))
        sum += loss
        gradient[position] = Float(slope * share)
      }
      losses.append(sum * share)
    }
    return LossEvaluation(losses: losses, gradient: gradient)
  }

  private func outputEnergy(_ output: [Float], size: Int, seed: UInt64) -> LossEvaluation {
    var generator = SeededGenerator(seed: seed)
    let gradient = output.indices.map { _ in Float(generator.normal()) }
    let losses = stride(from: 0, to: output.count, by: size).map { start in
      (start..<start + size).reduce(0.0) { $0 + Double(output[$1]) * Double(gradient[$1]) }
    }
    return LossEvaluation(losses: losses, gradient: gradient)
  }
}
