import Errors
import Pruning

/// Measures what pruning layers of the current iteration does to it.
final class EngineSensitivity: EngineRun {
  private let run: SensitivityRun
  private let workbench: Workbench
  private let iteration: Int

  init(_ run: SensitivityRun, _ workbench: Workbench) {
    (self.run, self.workbench) = (run, workbench)
    iteration = workbench.history.current
  }

  var activity: Activity { Activity(kind: .sensitivity, progress: run.progress) }
  var title: String { "sensitivity of layers" }
  var subject: RunSubject { .currentNetwork }

  func step() throws -> Bool {
    let goesOn = try run.step()
    workbench.adopt(run.table, for: iteration)
    return goesOn
  }

  func finish(in engine: EngineLoop) {
    engine.log(.success, "Measured the sensitivity of \(run.table.completeCount) sets of layers.")
    engine.logSkipped(run.skipped)
  }

  func fail(_ error: any Error, in engine: EngineLoop) throws {
    if error is Stopped { suspend(in: engine) }
    throw error
  }

  func suspend(in engine: EngineLoop) { engine.heldSensitivity = self }

  /// What was found so far, where that is what is asked for now.
  func run(
    for settings: SensitivitySettings, by criterion: Criterion, of iteration: Int
  ) -> SensitivityRun? {
    self.iteration == iteration && run.settings == settings && run.criterion == criterion ? run : nil
  }
}

extension EngineLoop {
  /// Measures sensitivity next; what was stopped under the same settings goes on in the middle of a curve.
  func startSensitivity(_ settings: SensitivitySettings, _ workbench: Workbench) throws {
    // The scores that decide what goes must not change on the way.
    pauseScoring()
    suspend { $0 is EngineSensitivity }
    let held = heldSensitivity?.run(
      for: settings, by: workbench.scores.criterion, of: workbench.history.current)
    let run: SensitivityRun
    if let held {
      run = held
    } else {
      run = try workbench.sensitivityRun(settings, times: snapshot.widths.value, options: options)
    }
    heldSensitivity = nil
    workbench.adopt(run.table, for: workbench.history.current)
    runs.insert(EngineSensitivity(run, workbench), at: 0)
  }
}
