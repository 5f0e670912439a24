import Foundation
import Graph

/// What a network's output is measured by.
public enum Loss: String, Sendable, Hashable, CaseIterable {
  /// −log softmax(y)[class] over logits y.
  case crossEntropy = "cross-entropy"
  /// The mean of the squared differences from a target.
  case meanSquaredError = "mse"
  /// v·y for a random direction v of each example: needs no target, and the squares of its gradients estimate
  /// how the whole output changes.
  case outputEnergy = "output-energy"
}

/// What the outputs of a batch are compared with.
public enum Targets: Sendable, Hashable {
  /// A class an example.
  case classes([Int])
  /// Values of the output's shape, in C order.
  case values([Float])
  /// Nothing.
  case none
}

/// The loss of each example of a batch, and where it goes down.
public struct LossEvaluation: Sendable {
  /// One loss an example; never averaged, so that nothing depends on the batch's size.
  public let losses: [Double]
  /// The derivative of each example's own loss by its outputs, in the outputs' order `[N, …]`.
  public let gradient: [Float]
  /// Examples whose largest output is their class; `nil` where there are no classes.
  public let correct: Int?
  /// Examples whose class is among the five largest outputs; `nil` where there are no classes.
  public let correctInFive: Int?
}

extension Loss {
  /// Measures the outputs of a batch.
  ///
  /// - Parameters:
  ///   - output: the network's output in C order.
  ///   - shape: its shape, `[N, …]`; for classes `[N, K]`, or `[N, K, 1, 1]`.
  ///   - targets: what the outputs are compared with.
  ///   - seed: where the random directions of `outputEnergy` begin; two batches want two seeds.
  /// - Throws: `TrainingError` where targets and outputs do not fit each other.
  public func evaluate(
    output: [Float], shape: [Int], targets: Targets, seed: UInt64 = 0
  ) throws(TrainingError) -> LossEvaluation {
    guard let examples = shape.first, examples > 0, output.count % examples == 0 else {
      throw .outputHasNoExamples(shape: shape)
    }
    let size = output.count / examples
    switch (self, targets) {
    case (.crossEntropy, .classes(let classes)):
      guard classes.count == examples else {
        throw .targetsDoNotFit(expected: examples, given: classes.count)
      }
      guard shape.dropFirst(2).allSatisfy({ $0 == 1 }) else { throw .outputIsNotClasses(shape: shape) }
      return try crossEntropy(output, classes: classes, size: size)
    case (.meanSquaredError, .values(let values)):
      guard values.count == output.count else {
        throw .targetsDoNotFit(expected: output.count, given: values.count)
      }
      return meanSquaredError(output, values, size: size)
    case (.outputEnergy, _):
      return outputEnergy(output, size: size, seed: seed)
    case (.crossEntropy, _): throw .lossNeeds("labels")
    case (.meanSquaredError, _): throw .lossNeeds("target values")
    }
  }

  private func crossEntropy(
    _ output: [Float], classes: [Int], size: Int
  ) throws(TrainingError) -> LossEvaluation {
    var losses: [Double] = []
    var gradient = output
    var (correct, correctInFive) = (0, 0)
    for (example, label) in classes.enumerated() {
      guard 0..<size ~= label else { throw .labelOutOfRange(label: label, classes: size) }
      let range = example * size..<(example + 1) * size
      let largest = output[range].max() ?? 0
      var sum = 0.0
      for place in range { sum += exp(Double(output[place] - largest)) }
      let own = output[range.lowerBound + label]
      losses.append(log(sum) - Double(own - largest))
      for place in range { gradient[place] = Float(exp(Double(output[place] - largest)) / sum) }
      gradient[range.lowerBound + label] -= 1
      // Ties count against the example, so that a constant output is not called right.
      let above = output[range].count { $0 >= own } - 1
      correct += above == 0 ? 1 : 0
      correctInFive += above < 5 ? 1 : 0
    }
    return LossEvaluation(
      losses: losses, gradient: gradient, correct: correct, correctInFive: correctInFive)
  }

  private func meanSquaredError(_ output: [Float], _ target: [Float], size: Int) -> LossEvaluation {
    var gradient = output
    var losses: [Double] = []
    for start in stride(from: 0, to: output.count, by: size) {
      var sum = 0.0
      for place in start..<start + size {
        let difference = output[place] - target[place]
        sum += Double(difference) * Double(difference)
        gradient[place] = 2 * difference / Float(size)
      }
      losses.append(sum / Double(size))
    }
    return LossEvaluation(losses: losses, gradient: gradient, correct: nil, correctInFive: nil)
  }

  private func outputEnergy(_ output: [Float], size: Int, seed: UInt64) -> LossEvaluation {
    var generator = SeededGenerator(seed: seed)
    let gradient = output.indices.map { _ in Float(generator.normal()) }
    let losses = stride(from: 0, to: output.count, by: size).map { start in
      (start..<start + size).reduce(0.0) { $0 + Double(output[$1]) * Double(gradient[$1]) }
    }
    return LossEvaluation(losses: losses, gradient: gradient, correct: nil, correctInFive: nil)
  }
}
