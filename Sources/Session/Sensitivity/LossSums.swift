import Pruning

/// Losses and right answers of some examples, to be added up.
struct LossSums {
  private var examples = 0
  private var loss = 0.0
  private var decisions = 0
  private var correct: Int?
  private var correctInFive: Int?

  mutating func add(_ found: Objective.Evaluation, examples count: Int) {
    examples += count
    loss += found.losses.reduce(0, +)
    decisions += found.decisions
    if let right = found.correct { correct = (correct ?? 0) + right }
    if let right = found.correctInFive { correctInFive = (correctInFive ?? 0) + right }
  }

  static func += (sums: inout LossSums, other: LossSums) {
    sums.examples += other.examples
    sums.loss += other.loss
    sums.decisions += other.decisions
    if let right = other.correct { sums.correct = (sums.correct ?? 0) + right }
    if let right = other.correctInFive { sums.correctInFive = (sums.correctInFive ?? 0) + right }
  }

  var measurement: SensitivityTable.Measurement {
    let judged = Double(max(1, decisions))
    return .init(
      examples: examples, loss: loss / Double(max(1, examples)), top1: correct.map { Double($0) / judged },
      top5: correctInFive.map { Double($0) / judged })
  }
}
