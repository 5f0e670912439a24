import Errors
package import Pruning

/// Scores the kernels of the current iteration.
final class EngineScoring: EngineRun {
  private let run: ScoringRun
  private let workbench: Workbench
  private let workers: WorkerFollower?

  /// - Parameter workers: who does it; `nil` where it is done here.
  init(_ run: ScoringRun, _ workbench: Workbench, by workers: WorkerFollower? = nil) {
    (self.run, self.workbench, self.workers) = (run, workbench, workers)
  }

  /// What they are scored by.
  var criterion: Criterion { run.table.criterion }
  var activity: Activity { Activity(kind: .scoring, progress: run.progress) }
  var title: String { "scoring by \(criterion.rawValue)" }
  var position: String { workers?.place(run.progress) ?? "" }
  var subject: RunSubject { .currentNetwork }

  func step() throws -> Bool { try workbench.step(run) }

  func finish(in engine: EngineLoop) {
    engine.log(.success, "Scored \(run.table.examples) examples.")
    engine.logSkipped(run.skipped)
  }

  func fail(_ error: any Error, in engine: EngineLoop) throws {
    guard workers != nil, !(error is Stopped) else { throw error }
    engine.tellOfLoss(error)
    engine.begin(EngineScoring(try workbench.scoringRun(criterion, options: engine.options), workbench))
  }

  /// Whether it can go on when it was taken off the runs: workers end then.
  var canBePaused: Bool { workers == nil }
}

extension EngineLoop {
  /// Scores the kernels of the current iteration; a run that was paused goes on.
  package func startScoring(_ criterion: Criterion, _ workbench: Workbench) throws {
    guard criterion.needsData else {
      pauseScoring()
      workbench.adopt(try workbench.scoresWithoutRun(criterion))
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
    begin(try scoring(by: criterion, workbench))
  }

  private func scoring(by criterion: Criterion, _ workbench: Workbench) throws -> EngineScoring {
    let earlier = workbench.scoresToContinue(by: criterion)
    let work = WorkerTask.Work.score(criterion, earlier: earlier?.table, visited: earlier?.visited ?? 0)
    guard let workers = startWorkers(work, workbench) else {
      return EngineScoring(try workbench.scoringRun(criterion, options: options), workbench)
    }
    let known = earlier ?? (table: ScoreTable(criterion: criterion, layers: [:]), visited: 0)
    let run = ScoringRun(WorkerScores(workers, table: known.table, visited: known.visited))
    return EngineScoring(run, workbench, by: workers)
  }

  /// Scores the kernels by what a file says, and by what it says whenever it changes.
  func readScores(_ path: String, _ workbench: Workbench) throws {
    let isKnown = workbench.givenScores?.path == path
    let before = workbench.givenScores
    do {
      workbench.givenScores = try GivenScores(path: path)
      try startScoring(.external, workbench)
    } catch {
      workbench.givenScores = before
      // Whoever writes the file may be in the middle of it.
      if isKnown { return }
      throw error
    }
    criterion = .external
    snapshot.scoresPath = path
    guard !isKnown else { return }
    log(.success, "Scores of \(path).")
    scoreFileWatch = ScoreFileWatch(of: path) { [send] in send(.scoresChanged(path: path)) }
  }

  /// Takes scoring off the runs; it can go on.
  func pauseScoring() {
    runs.removeAll { run in
      guard let scoring = run as? EngineScoring else { return false }
      pausedScoring = scoring.canBePaused ? scoring : nil
      return true
    }
  }
}
