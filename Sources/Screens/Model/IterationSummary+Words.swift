extension IterationSummary {
  /// Its name, with what was done behind it; without a name only that.
  var label: String { name.map { "\($0) (\(title))" } ?? title }
}

extension Evaluation {
  /// Whether another measurement says the same, however long it took.
  func saysTheSame(as other: Evaluation?) -> Bool {
    guard let other else { return false }
    return accuracy == other.accuracy && loss == other.loss && examples == other.examples
  }
}

extension ProgramState {
  /// Seconds that an example takes in an iteration, where they were measured as times are measured now.
  func seconds(of iteration: IterationSummary) -> Double? {
    iteration.latency?.seconds(under: engine.latencyConditions)
  }

  /// Seconds that an example takes in the current iteration, where they were measured as times are measured now.
  var measuredSeconds: Double? { currentIteration.flatMap(seconds(of:)) }
}
