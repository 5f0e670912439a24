/// Prunes the model step by step.
final class EngineIterating: SettledRun {
  private let loop: IterationLoop
  private let workbench: Workbench

  init(_ loop: IterationLoop, _ workbench: Workbench) {
    (self.loop, self.workbench) = (loop, workbench)
  }

  var activity: Activity { loop.activity }
  var subject: RunSubject { .currentNetwork }
  var change: RunningChange? { .iterating }
  var training: RunningTraining? { loop.training }
  var networkChanges: Int { loop.changes }

  func step() throws -> Bool { try loop.step() }

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
