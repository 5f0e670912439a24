import Foundation

/// Learning from the outputs of another network, the teacher: the original model for a pruned one. It needs no labels.
public struct Distillation: Sendable, Hashable, Codable {
  /// What is compared.
  public enum Measure: String, Sendable, Hashable, Codable, CaseIterable {
    /// T²·KL(softmax(teacher / T) ‖ softmax(student / T)) over the classes (Hinton, Vinyals, Dean 2015).
    case logits
    /// The mean of the squared differences of the outputs.
    case output
  }

  /// What is compared; by the loss where `nil`: the logits under cross entropy, else the outputs.
  public var measure: Measure?
  /// T, by which logits are divided: the higher, the more the classes that are not the largest count.
  public var temperature: Double
  /// The share of this loss in the sum; the labels' has the rest.
  public var weight: Double

  /// Learning from a teacher.
  public init(measure: Measure? = nil, temperature: Double = 4, weight: Double = 0.5) {
    self.measure = measure
    self.temperature = temperature
    self.weight = weight
  }

  /// Compares a batch of a student's outputs with the teacher's.
  ///
  /// - Parameters:
  ///   - student: the outputs that are trained, in C order.
  ///   - teacher: the outputs to reach, of the same shape.
  ///   - shape: `[N, …]`; for logits `[N, K]`, or `[N, K, …]` for a decision a position, over which the mean is taken.
  ///   - measure: what is compared.
  package func evaluate(
    student: [Float], teacher: [Float], shape: [Int], by measure: Measure
  ) throws -> LossEvaluation {
    switch measure {
    case .output:
      return try Loss.meanSquaredError.evaluate(output: student, shape: shape, targets: .values(teacher))
    case .logits:
      guard student.count == teacher.count else {
        throw TrainingError.targetsDoNotFit(expected: student.count, given: teacher.count)
      }
      return logits(student, teacher, try ClassGrid(shape, labels: nil))
    }
  }

  private func logits(_ student: [Float], _ teacher: [Float], _ grid: ClassGrid) -> LossEvaluation {
    var result = LossEvaluation(losses: [], gradient: student)
    let share = 1 / Double(grid.positions)
    for example in 0..<grid.examples {
      var loss = 0.0
      for position in 0..<grid.positions {
        let start = grid.start(example, position)
        let wanted = logProbabilities(teacher, start, grid)
        let given = logProbabilities(student, start, grid)
        for number in 0..<grid.classes {
          let probability = exp(wanted[number])
          if probability > 0 { loss += probability * (wanted[number] - given[number]) }
          // The derivative of KL by y is (softmax(y / T) − softmax(teacher / T)) / T.
          result.gradient[start + number * grid.positions] = Float(
            temperature * (exp(given[number]) - probability) * share)
        }
      }
      result.losses.append(loss * temperature * temperature * share)
    }
    return result
  }

  private func logProbabilities(_ logits: [Float], _ start: Int, _ grid: ClassGrid) -> [Double] {
    let scaled = (0..<grid.classes).map { Double(logits[start + $0 * grid.positions]) / temperature }
    let largest = scaled.max() ?? 0
    let normalizer = largest + log(scaled.reduce(0) { $0 + exp($1 - largest) })
    return scaled.map { $0 - normalizer }
  }
}
