internal import Pruning

/// What iterations are worth, as the plot has it.
package enum IterationWorth: String, Sendable, Hashable, CaseIterable {
  case accuracy, loss
  /// How far outputs are from the original's: needs no labels.
  case deviation
}

extension ProgramState {
  /// The deviation that was measured last: others compare where they count the same.
  private var deviationMeasure: LossCurves.Measure? {
    let measured = engine.iterations.last { $0.outputDeviation != nil }
    return (currentIteration?.outputDeviation ?? measured?.outputDeviation)?.measure
  }

  /// What an iteration is worth; `nil` where that was not measured.
  func worth(of iteration: IterationSummary, by worth: IterationWorth) -> Double? {
    switch worth {
    case .accuracy: return iteration.evaluation?.accuracy.map { 100 * $0 }
    case .loss: return iteration.evaluation?.loss
    case .deviation:
      guard let measure = deviationMeasure else { return nil }
      if iteration.parent == nil { return 0 }
      guard let deviation = iteration.outputDeviation, deviation.measure == measure else { return nil }
      return measure == .outputError ? 100 * deviation.value : deviation.value
    }
  }

  /// What some iteration has of what worth can be.
  var knownWorths: [IterationWorth] {
    IterationWorth.allCases.filter { kind in
      engine.iterations.contains { worth(of: $0, by: kind) != nil }
    }
  }

  /// What the plot shows: what was asked for, else the first that is known.
  var plottedWorth: IterationWorth {
    let known = knownWorths
    return iterations.worth.flatMap { known.contains($0) ? $0 : nil } ?? known.first ?? .loss
  }

  /// What stands at the plot's vertical axis.
  func title(of worth: IterationWorth) -> String {
    switch worth {
    case .accuracy: "accuracy %"
    case .loss: "loss"
    case .deviation: deviationMeasure == .outputError ? "deviation %" : "deviation"
    }
  }
}
