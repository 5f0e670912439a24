/// Prunes the model step by step.
final class EngineIterating: SettledRun {
  private let loop: IterationLoop
  private let workbench: Workbench
  private let clock = ContinuousClock()
  /// Seconds spent on the steps that are done, how many these are, and seconds spent since.
  private var finished = (steps: 0, seconds: 0.0)
  private var seconds = 0.0

  init(_ loop: IterationLoop, _ workbench: Workbench) {
    (self.loop, self.workbench) = (loop, workbench)
  }

  var activity: Activity { loop.activity }
  var title: String { loop.goal.strategy.name ?? "pruning step by step" }
  var position: String {
    let step = loop.stepNumber > 0 ? "step \(loop.stepNumber) of \(loop.goal.steps)" : "the beginning"
    let phase = loop.training?.state.epochWords ?? ""
    return phase.isEmpty ? step : "\(step), \(phase)"
  }

  /// The steps left take as long as those that are done; before the first is done nobody knows.
  var secondsLeft: Double? {
    guard finished.steps > 0 else { return nil }
    let each = finished.seconds / Double(finished.steps)
    let left = each * Double(loop.goal.steps - finished.steps) - seconds
    return max(left, loop.activity.progress.secondsLeft ?? 0, 0)
  }
  var subject: RunSubject { .currentNetwork }
  var change: RunningChange? { .iterating }
  var training: RunningTraining? { loop.training }
  var networkChanges: Int { loop.changes }

  func step() throws -> Bool {
    let begun = clock.now
    let before = loop.stepNumber
    let goesOn = try loop.step()
    seconds += begun.duration(to: clock.now) / .seconds(1)
    // A step is through when the next one begins; what was done before the first is no step.
    if loop.stepNumber > before {
      if before > 0 { finished = (finished.steps + loop.stepNumber - before, finished.seconds + seconds) }
      seconds = 0
    }
    return goesOn
  }

  func stop() throws { try loop.stop() }

  func finish(in engine: EngineLoop) throws {
    engine.logSkipped(loop.skipped)
    let ending = loop.ending
    engine.log(ending.weight, ending.sentence)
    engine.changeNetwork()
    engine.startTiming(workbench)
    guard workbench.dataset != nil else { return }
    try engine.startMeasuring(workbench)
    try engine.startScoring(engine.criterion, workbench)
  }
}

extension EngineLoop {
  func startIterating(_ workbench: Workbench, _ goal: IterationGoal) throws {
    let loop = try IterationLoop(workbench, goal: goal, options: options, latencies: latencies)
    stopUsingData()
    criterion = goal.criterion
    changeNetwork()
    runs.insert(EngineIterating(loop, workbench), at: 0)
  }
}
