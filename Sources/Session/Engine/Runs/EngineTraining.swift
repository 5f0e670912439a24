import Foundation
import Quantities
import Training

/// Trains an iteration.
final class EngineTraining: SettledRun {
  private let run: TrainingRun
  private let workbench: Workbench
  private let teacher: TrainingTeacher?
  private let iteration: Int

  init(_ run: TrainingRun, teacher: TrainingTeacher?, _ workbench: Workbench) {
    (self.run, self.teacher, self.workbench) = (run, teacher, workbench)
    iteration = workbench.history.current
  }

  var activity: Activity { Activity(kind: .training, progress: run.progress) }
  var title: String { "training of iteration \(iteration)" }
  var position: String { run.state.epochWords }
  var secondsLeft: Double? { run.state.secondsLeft }
  var subject: RunSubject { .currentNetwork }
  var change: RunningChange? { .training(iteration: iteration) }
  var training: RunningTraining? {
    RunningTraining(iteration: iteration, record: run.record(teacher: teacher))
  }

  func step() throws -> Bool { try workbench.step(run) }

  func stop() { run.stop() }

  func finish(in engine: EngineLoop) throws {
    engine.logSkipped(run.skipped)
    workbench.keepEndOfTraining()
    engine.log(run.hasLearned ? .success : .warning, run.outcome)
    try workbench.adopt(run, teacher: teacher, for: iteration)
    guard run.hasLearned else {
      if run.state.stopReason == .notFinite {
        throw TrainingError.notFinite(steps: TrainingRun.unusableStepLimit)
      }
      return
    }
    engine.changeNetwork()
    engine.startTiming(workbench)
    try engine.startEvaluating(workbench)
    try engine.startScoring(engine.criterion, workbench)
  }
}

extension EngineLoop {
  func startTraining(
    _ workbench: Workbench, _ settings: TrainingSettings, _ teacher: TrainingTeacher?,
    continuing checkpoint: TrainingCheckpoint? = nil
  ) throws {
    // What cannot be trained is refused before anything else gives way.
    let run = try workbench.trainingRun(settings, teacher: teacher, continuing: checkpoint, options: options)
    leaveNetwork()
    workbench.keepBeginning(ofTraining: settings, iteration: workbench.history.current, teacher: teacher)
    let frozen = run.frozen.count
    if frozen > 0 {
      log(.note, "\(frozen) constants stay as they are; `secateur finetune` says which and why.")
    }
    let encoded = try workers == nil ? nil : checkpoint.map { Data(try $0.encoded()) }
    if let workers = startWorkers(.train(settings, teacher, checkpoint: encoded), workbench) {
      let training = EngineWorkerTraining(
        settings, state: run.state, teacher: teacher, checkpoint: checkpoint, workbench, by: workers)
      runs.insert(training, at: 0)
    } else {
      runs.insert(EngineTraining(run, teacher: teacher, workbench), at: 0)
    }
  }
}

extension TrainingState {
  /// The epoch that it is in: `epoch 3 of 10`; empty before the first.
  var epochWords: String { epoch > 0 ? "epoch \(epoch) of \(epochs)" : "" }
}

extension TrainingRun {
  /// What it was told and what came of it so far.
  func record(teacher: TrainingTeacher?) -> TrainingRecord {
    TrainingRecord(settings: settings, teacher: teacher, state: state, seconds: progress.seconds)
  }

  /// What came of a run that is over, in a sentence.
  var outcome: String {
    let epochs = state.history.count
    let done = "\(epochs) epoch\(epochs == 1 ? "" : "s")"
    let how =
      switch state.stopReason {
      case .notFinite: "Training broke off after \(done): the loss is not a number any more"
      case .patience: "Trained \(done) and stopped early"
      case .stopped: "Training was stopped after \(done)"
      case .completed, nil: "Trained \(done)"
      }
    guard let best = state.best else { return how + "." }
    guard best.epoch > 0 else {
      return how + "; no epoch was better than the network as it came, which stays."
    }
    let accuracy = state.before?.accuracy.flatMap { before in best.accuracy.map { (before, $0) } }
    let gain =
      accuracy.map {
        "accuracy \(Quantity.fixed(100 * $0, digits: 1)) → \(Quantity.fixed(100 * $1, digits: 1)) %"
      }
      ?? state.before.map {
        "loss \(Quantity.significant($0.loss, digits: 4)) → \(Quantity.significant(best.loss, digits: 4))"
      }
    return how + "; the best was epoch \(best.epoch)"
      + (gain.map { ": \($0) on the validation data." } ?? ".")
  }
}
