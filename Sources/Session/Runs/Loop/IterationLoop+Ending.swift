import Pruning
import Quantities

extension IterationLoop {
  /// How it ended, in a sentence, and how much attention that deserves.
  package var ending: (weight: LogEntry.Weight, sentence: String) {
    let steps = "\(stepNumber) step\(stepNumber == 1 ? "" : "s")"
    return switch outcome {
    case .completed(true): (.success, "Reached the target in \(steps).")
    case .completed(false) where goal.strategy.stepSize != .share:
      (.success, stepNumber == 1 ? "The step is done." : "All \(steps) are done.")
    case .completed(false), .nothingLeft:
      (.warning, Shortfall.obstacles.sentence())
    case .dropped(let iteration, let loss):
      (
        .warning,
        "Iteration \(iteration) lost \(Quantity.fixed(100 * loss, digits: 1)) points of accuracy, more than allowed; "
          + "the one before it is current."
      )
    case .limited:
      (.warning, "Step \(stepNumber + 1) was worse than allowed; what was before it is current.")
    case .diverged(let iteration):
      (.error, "Training iteration \(iteration) went where the loss is not a number.")
    case .stopped, nil: (.note, "Stopped after \(steps).")
    }
  }
}

extension IterationGoal {
  /// The goal with the share that an absolute amount is of the beginning, and whether that asks for nothing. A goal that is
  /// gone on with knows its share already.
  func asShare(
    in workbench: Workbench, meter: LatencyMeter
  ) throws -> (IterationGoal, TargetMetAlready?) {
    guard absolute != nil, keepPercent == 100, let groups = workbench.history[start]?.network.groups else {
      return (self, nil)
    }
    var times = MeasuredTimes()
    if measure == .latency, let network = workbench.history[start]?.network {
      times.seconds = try meter.seconds(of: [network])[0]
    }
    let (known, target) = (times, PruningTarget.keeping(remaining, of: measure))
    let (share, met) = (
      try target.relative(to: groups, times: known),
      try TargetMetAlready(target, groups: groups, times: known)
    )
    var goal = self
    if case .percent(let percent)? = share.remaining?.amount { goal.keepPercent = percent }
    return (goal, met)
  }
}

extension OpenNetwork {
  /// The most bytes of activations that live at once for one example.
  package var peakMemory: Int {
    Preview(Selection(removingNothingOf: groups), groups: groups, bound: bound).peakMemory.before
  }
}
