package import Pruning

/// Scores the kernels of the current iteration.
final class EngineScoring: EngineRun {
  private let run: ScoringRun
  private let workbench: Workbench

  init(_ run: ScoringRun, _ workbench: Workbench) {
    (self.run, self.workbench) = (run, workbench)
  }

  /// What they are scored by.
  var criterion: Criterion { run.table.criterion }
  var activity: Activity { Activity(kind: .scoring, progress: run.progress) }
  var subject: RunSubject { .currentNetwork }

  func step() throws -> Bool { try workbench.step(run) }

  func finish(in engine: EngineLoop) {
    engine.log(.success, "Scored \(run.table.examples) examples.")
    engine.logSkipped(run.skipped)
  }
}

extension EngineLoop {
  /// Scores the kernels of the current iteration; a run that was paused goes on.
  package func startScoring(_ criterion: Criterion, _ workbench: Workbench) throws {
    guard criterion.needsData else {
      pauseScoring()
      let table = ScoreTable(criterion, of: workbench.current.groups, in: workbench.current.bound)
      guard !table.layers.isEmpty else { throw SessionError.notScored(criterion) }
      workbench.adopt(table)
      return
    }
    guard !runs.contains(where: { ($0 as? EngineScoring)?.criterion == criterion }) else { return }
    pauseScoring()
    if let resumed = pausedScoring, resumed.criterion == criterion {
      begin(resumed)
      pausedScoring = nil
      return
    }
    pausedScoring = nil
    begin(EngineScoring(try workbench.scoringRun(criterion, options: options), workbench))
  }

  /// Takes scoring off the runs; it can go on.
  func pauseScoring() {
    runs.removeAll { run in
      guard let scoring = run as? EngineScoring else { return false }
      pausedScoring = scoring
      return true
    }
  }
}
