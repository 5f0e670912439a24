import Foundation

/// Where the numbers of each decision of an output `[N, K, …]` lie: one decision an example, or one a position of a map.
struct ClassGrid {
  let examples: Int
  let classes: Int
  /// Decisions of an example.
  let positions: Int

  /// - Parameter labels: how many classes are given; `nil` where there are none.
  init(_ shape: [Int], labels: Int?) throws {
    guard shape.count > 1, let examples = shape.first, examples > 0, shape[1] > 0 else {
      throw TrainingError.outputIsNotClasses(shape: shape)
    }
    self.examples = examples
    classes = shape[1]
    positions = shape.dropFirst(2).reduce(1, *)
    guard let labels, labels != examples * positions else { return }
    if labels == examples { throw TrainingError.outputIsNotClasses(shape: shape) }
    throw TrainingError.targetsDoNotFit(expected: examples * positions, given: labels)
  }

  /// The position of a decision's first number; the others follow at distances of `positions`.
  func start(_ example: Int, _ position: Int) -> Int { example * classes * positions + position }
}

extension Loss {
  func crossEntropy(
    _ output: [Float], _ labels: [Int], _ grid: ClassGrid, smoothing: Double
  ) throws -> LossEvaluation {
    let known = try labels.map { label -> Int? in
      if 0..<grid.classes ~= label { return label }
      if label == Targets.unlabelled || (grid.positions > 1 && label == 255) { return nil }
      throw TrainingError.labelOutOfRange(label: label, classes: grid.classes)
    }
    var result = LossEvaluation(
      losses: [], gradient: [Float](repeating: 0, count: output.count), correct: 0, correctInFive: 0)
    let spread = smoothing / Double(grid.classes)
    var powers = [Double](repeating: 0, count: grid.classes)
    for example in 0..<grid.examples {
      let own = known[example * grid.positions..<(example + 1) * grid.positions]
      let labelled = own.count { $0 != nil }
      result.decisions += labelled
      let share = 1 / Double(max(1, labelled))
      var loss = 0.0
      for (position, label) in zip(0..<grid.positions, own) {
        guard let label else { continue }
        let start = grid.start(example, position)
        func logit(_ number: Int) -> Float { output[start + number * grid.positions] }
        var largest = -Float.infinity
        for number in 0..<grid.classes { largest = max(largest, logit(number)) }
        var (sum, logits) = (0.0, 0.0)
        for number in 0..<grid.classes {
          let distance = Double(logit(number) - largest)
          powers[number] = exp(distance)
          sum += powers[number]
          // Without smoothing the sum must not be looked at: it may overflow.
          if smoothing > 0 { logits += distance }
        }
        let target = logit(label)
        loss += log(sum) - (1 - smoothing) * Double(target - largest) - spread * logits
        // Ties count against the example, so that a constant output is not called right.
        var above = -1
        for number in 0..<grid.classes {
          let wanted = spread + (number == label ? 1 - smoothing : 0)
          result.gradient[start + number * grid.positions] = Float((powers[number] / sum - wanted) * share)
          above += logit(number) >= target ? 1 : 0
        }
        // What is not a number is not above anything.
        result.correct! += above == 0 ? 1 : 0
        result.correctInFive! += above >= 0 && above < 5 ? 1 : 0
      }
      result.losses.append(loss * share)
    }
    return result
  }

  /// −t·log σ(y) − (1 − t)·log(1 − σ(y)), without overflow: max(y, 0) − y·t + log(1 + e^−|y|).
  func binaryCrossEntropy(_ logit: Double, _ target: Double) -> (loss: Double, slope: Double) {
    let small = exp(-abs(logit))
    let loss = max(logit, 0) - logit * target + log1p(small)
    let share = logit >= 0 ? 1 / (1 + small) : small / (1 + small)
    return (loss, share - target)
  }
}
