import Errors
import Training

/// Trains an iteration by workers. Where they are lost, it goes on here from the last whole epoch.
final class EngineWorkerTraining: SettledRun {
  private let settings: TrainingSettings
  private let teacher: TrainingTeacher?
  private let workbench: Workbench
  private let workers: WorkerFollower
  private let iteration: Int
  private var state: TrainingState
  private var progress = RunProgress(done: 0, total: 0, seconds: 0)
  /// Where the last whole epoch, or the end, left it.
  private var checkpoint: TrainingCheckpoint?

  init(
    _ settings: TrainingSettings, state: TrainingState, teacher: TrainingTeacher?,
    checkpoint: TrainingCheckpoint?, _ workbench: Workbench, by workers: WorkerFollower
  ) {
    (self.settings, self.state, self.teacher) = (settings, state, teacher)
    (self.checkpoint, self.workbench, self.workers) = (checkpoint, workbench, workers)
    iteration = workbench.history.current
  }

  var activity: Activity { Activity(kind: .training, progress: progress) }
  var title: String { "training of iteration \(iteration)" }
  var position: String {
    [state.epochWords, workers.place(progress)].filter { !$0.isEmpty }.joined(separator: ", ")
  }
  var secondsLeft: Double? { state.secondsLeft }
  var subject: RunSubject { .currentNetwork }
  var change: RunningChange? { .training(iteration: iteration) }
  var training: RunningTraining? {
    let record = TrainingRecord(settings: settings, teacher: teacher, state: state, seconds: progress.seconds)
    return RunningTraining(iteration: iteration, record: record)
  }

  func step() throws -> Bool { try workers.step(take) }

  func stop() throws { try workers.stop(take) }

  private func take(_ update: WorkerUpdate) throws {
    switch update {
    case .trained(let state, let progress): (self.state, self.progress) = (state, progress)
    case .reached(let bytes):
      let checkpoint = try TrainingCheckpoint(bytes: Array(bytes))
      workbench.store?.keepCheckpoint(checkpoint)
      (self.checkpoint, state) = (checkpoint, checkpoint.state)
    default: break
    }
  }

  func finish(in engine: EngineLoop) throws {
    engine.logSkipped(workers.skipped)
    guard let checkpoint else {
      workbench.keepEndOfTraining()
      return engine.log(.warning, "Training was stopped before its first epoch was over.")
    }
    let run = try workbench.trainingRun(
      settings, teacher: teacher, continuing: checkpoint, options: engine.options)
    run.stop()
    try EngineTraining(run, teacher: teacher, workbench).finish(in: engine)
  }

  func fail(_ error: any Error, in engine: EngineLoop) throws {
    guard !(error is Stopped) else { throw error }
    engine.tellOfLoss(error)
    let run = try workbench.trainingRun(
      settings, teacher: teacher, continuing: checkpoint, options: engine.options)
    engine.runs.insert(EngineTraining(run, teacher: teacher, workbench), at: 0)
  }
}
