import Pruning

/// Wins back in the current iteration what its prune lost.
final class EngineRecovery: SettledRun {
  private let run: RecoveryRun
  private let workbench: Workbench
  private let iteration: Int

  init(_ run: RecoveryRun, _ workbench: Workbench) {
    (self.run, self.workbench) = (run, workbench)
    iteration = workbench.history.current
  }

  var activity: Activity { Activity(kind: .recovering, progress: run.progress) }
  var title: String { "recovery of iteration \(iteration)" }
  var subject: RunSubject { .currentNetwork }
  var change: RunningChange? { .recovery(iteration: iteration) }

  func step() throws -> Bool { try run.step() }
  func stop() throws { try run.stop() }

  func finish(in engine: EngineLoop) throws {
    guard !run.recovery.steps.isEmpty else { return }
    workbench.adopt(run, for: iteration)
    engine.changeNetwork()
    for line in run.recovery.lines { engine.log(.success, line) }
    engine.logSkipped(run.skipped)
    try engine.startMeasuring(workbench)
    try engine.startScoring(engine.criterion, workbench)
  }
}

extension EngineLoop {
  func startRecovering(_ settings: RecoverySettings, _ workbench: Workbench) throws {
    let run = try workbench.recoveryRun(settings, options: options)
    leaveNetwork()
    runs.insert(EngineRecovery(run, workbench), at: 0)
  }
}
