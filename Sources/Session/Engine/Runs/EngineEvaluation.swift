import Datasets
import Errors

/// Measures an iteration on the data for that: what it is worth, and how far its outputs are from the original's.
final class EngineEvaluation: EngineRun {
  private let evaluation: EvaluationRun?
  private let comparison: LossCheck?
  private let workbench: Workbench
  private let iteration: Int
  private var isEvaluated: Bool
  /// Why outputs could not be compared, in a sentence.
  private var problem: String?
  let subject: RunSubject

  init(
    _ evaluation: EvaluationRun?, comparing comparison: LossCheck?, of iteration: Iteration,
    _ workbench: Workbench
  ) {
    (self.evaluation, self.comparison, self.workbench) = (evaluation, comparison, workbench)
    self.iteration = iteration.id
    isEvaluated = evaluation == nil
    subject = .iteration(iteration.id, revision: iteration.revision)
  }

  var title: String { "measuring iteration \(iteration)" }
  var activity: Activity {
    let run: (any DataRun)? = isEvaluated ? comparison : evaluation
    return Activity(
      kind: .evaluating, progress: run?.progress ?? RunProgress(done: 0, total: 0, seconds: 0))
  }

  func step() throws -> Bool {
    guard isEvaluated else {
      guard let evaluation, try !evaluation.step() else { return true }
      workbench.record(evaluation.result, for: iteration)
      isEvaluated = true
      return comparison != nil
    }
    do {
      return try comparison?.step() ?? false
    } catch {
      if error is Stopped { throw error }
      // What it would say is welcome, and nothing depends on it.
      problem = CaughtError(error).sentence
      return false
    }
  }

  func finish(in engine: EngineLoop) {
    engine.logSkipped(evaluation?.skipped ?? comparison?.skipped ?? [])
    if let problem { engine.log(.warning, "Outputs cannot be compared with the original's: \(problem)") }
    guard problem == nil, let deviation = comparison?.deviation else { return }
    workbench.record(deviation, for: iteration)
    if let warning = workbench.history[iteration]?.deviationWarning {
      engine.log(.warning, "Iteration \(iteration): \(warning)")
    }
  }
}

extension EngineLoop {
  /// Examples that an iteration is measured on at most.
  private static let measuredExamples = 2000

  /// Measures the current iteration.
  package func startEvaluating(_ workbench: Workbench) throws {
    guard workbench.evaluationDataset != nil else { throw SessionError.noData }
    try startMeasuring(workbench, anew: true)
  }

  /// Measures the current iteration, or where not `anew` what of it is not known yet; nothing without data.
  func startMeasuring(_ workbench: Workbench, anew: Bool = false) throws {
    guard let dataset = workbench.evaluationDataset else { return }
    let now = workbench.history.now
    let evaluates = dataset.loss != .outputEnergy && (anew || now.evaluation == nil)
    let evaluation =
      evaluates
      ? try EvaluationRun(now.network, dataset: dataset, limit: Self.measuredExamples, options: options) : nil
    let compares = anew || now.outputDeviation == nil
    let comparison = compares ? try workbench.deviationRun(of: now, options: options) : nil
    guard evaluation != nil || comparison != nil else { return }
    runs.removeAll { $0.subject.iteration == now.id }
    // The measure of a fresh network is what one waits for; scoring goes on behind it.
    runs.insert(EngineEvaluation(evaluation, comparing: comparison, of: now, workbench), at: 0)
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
