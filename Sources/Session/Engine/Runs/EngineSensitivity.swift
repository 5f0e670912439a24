import Errors
import Pruning

/// Measures what pruning layers of the current iteration does to it.
final class EngineSensitivity: EngineRun {
  private let run: any SensitivityTableRun
  private let workbench: Workbench
  private let workers: WorkerFollower?
  private let iteration: Int

  /// - Parameter workers: who does it; `nil` where it is done here.
  init(_ run: any SensitivityTableRun, _ workbench: Workbench, by workers: WorkerFollower? = nil) {
    (self.run, self.workbench, self.workers) = (run, workbench, workers)
    iteration = workbench.history.current
  }

  var activity: Activity { Activity(kind: .sensitivity, progress: run.progress) }
  var title: String { "sensitivity of layers" }
  var position: String { workers?.place(run.progress) ?? "" }
  var subject: RunSubject { .currentNetwork }

  func step() throws -> Bool {
    let goesOn = try run.step()
    if let curves = run.curves { workbench.adopt(curves, for: iteration) }
    return goesOn
  }

  func finish(in engine: EngineLoop) {
    engine.log(.success, "Measured the sensitivity of \(run.curves?.completeCount ?? 0) sets of layers.")
    engine.logSkipped(run.skipped)
  }

  func fail(_ error: any Error, in engine: EngineLoop) throws {
    if error is Stopped { suspend(in: engine) }
    guard workers != nil, !(error is Stopped) else { throw error }
    engine.tellOfLoss(error)
    let here = try engine.sensitivityHere(run.settings, workbench)
    engine.runs.insert(EngineSensitivity(here, workbench), at: 0)
  }

  func suspend(in engine: EngineLoop) {
    // Workers end; whole curves stay.
    if workers == nil { engine.heldSensitivity = self }
  }

  /// What was found so far, where that is what is asked for now.
  func run(
    for settings: SensitivitySettings, by criterion: Criterion, of iteration: Int
  ) -> (any SensitivityTableRun)? {
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
    heldSensitivity = nil
    let made = try held.map { EngineSensitivity($0, workbench) } ?? sensitivity(settings, workbench)
    runs.insert(made, at: 0)
  }

  private func sensitivity(
    _ settings: SensitivitySettings, _ workbench: Workbench
  ) throws -> EngineSensitivity {
    let scores = workbench.scores
    let work = WorkerTask.Work.measure(settings, scores: scores, earlier: workbench.sensitivity)
    // Times of widths are those of this machine.
    if !settings.pruning.snapsToFastWidths, let workers = startWorkers(work, workbench) {
      let run = WorkerCurves(workers, settings: settings, criterion: scores.criterion)
      return EngineSensitivity(run, workbench, by: workers)
    }
    return EngineSensitivity(try sensitivityHere(settings, workbench), workbench)
  }

  /// A run that goes on from the curves that are there.
  func sensitivityHere(_ settings: SensitivitySettings, _ workbench: Workbench) throws -> SensitivityRun {
    let run = try workbench.sensitivityRun(settings, times: snapshot.widths.value, options: options)
    workbench.adopt(run.table, for: workbench.history.current)
    return run
  }
}
