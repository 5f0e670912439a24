import Datasets

/// Measures an iteration on the data for that.
final class EngineEvaluation: EngineRun {
  private let run: EvaluationRun
  private let workbench: Workbench
  private let iteration: Int
  let subject: RunSubject

  init(_ run: EvaluationRun, of iteration: Iteration, _ workbench: Workbench) {
    (self.run, self.workbench) = (run, workbench)
    self.iteration = iteration.id
    subject = .iteration(iteration.id, revision: iteration.revision)
  }

  var activity: Activity { Activity(kind: .evaluating, progress: run.progress) }

  func step() throws -> Bool { try run.step() }

  func finish(in engine: EngineLoop) {
    workbench.record(run.result, for: iteration)
    engine.logSkipped(run.skipped)
  }
}

extension EngineLoop {
  /// Examples that an iteration is measured on at most.
  private static let measuredExamples = 2000

  /// Measures the current iteration.
  package func startEvaluating(_ workbench: Workbench) throws {
    guard let dataset = workbench.evaluationDataset else { throw SessionError.noData }
    guard dataset.loss != .outputEnergy else { return }
    let now = workbench.history.now
    runs.removeAll { $0.subject.iteration == now.id }
    let run = try EvaluationRun(
      now.network, dataset: dataset, limit: Self.measuredExamples, options: options)
    // The measure of a fresh network is what one waits for; scoring goes on behind it.
    runs.insert(EngineEvaluation(run, of: now, workbench), at: 0)
  }

  /// Whether an iteration is being measured.
  func isMeasuring(_ iteration: Int) -> Bool { runs.contains { $0.subject.iteration == iteration } }

  /// Stops measuring what is no more: networks that became others, and iterations that are gone.
  func forgetStaleEvaluations() {
    runs.removeAll { run in
      guard case .iteration(let id, let revision) = run.subject else { return false }
      return workbench?.history[id]?.revision != revision
    }
  }
}

extension RunSubject {
  /// The iteration that a run is about, where it is about one whether that is current or not.
  fileprivate var iteration: Int? { if case .iteration(let id, _) = self { id } else { nil } }
}
