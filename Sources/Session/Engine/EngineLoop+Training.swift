import Quantities
import Training

/// Training of iterations, and what else is done to the tree.
extension EngineLoop {
  func startTraining(
    _ workbench: Workbench, _ settings: TrainingSettings, _ teacher: TrainingTeacher?,
    continuing checkpoint: TrainingCheckpoint? = nil
  ) throws(SessionError) {
    let run = try workbench.trainingRun(settings, teacher: teacher, continuing: checkpoint, options: options)
    leaveNetwork()
    let iteration = workbench.history.current
    workbench.keepBeginning(of: run, iteration: iteration, teacher: teacher)
    let frozen = run.frozen.count
    if frozen > 0 {
      log(.note, "\(frozen) constants stay as they are; `secateur finetune` says which and why.")
    }
    runs.insert(.training(run, iteration: iteration, teacher: teacher), at: 0)
  }

  /// Ends a training, or a repeated prune, that runs, and keeps the best of it.
  func settleTraining(_ workbench: Workbench) throws(SessionError) {
    if let index = runs.firstIndex(where: \.isIterating), case .iterating(let loop) = runs.remove(at: index) {
      try loop.stop()
      return try finish(loop, workbench)
    }
    guard let index = runs.firstIndex(where: \.isTraining),
      case .training(let run, let iteration, let teacher) = runs.remove(at: index)
    else { return }
    run.stop()
    try finish(run, of: iteration, teacher, workbench)
  }

  func finish(
    _ run: TrainingRun, of iteration: Int, _ teacher: TrainingTeacher?, _ workbench: Workbench
  ) throws(SessionError) {
    logSkipped(run.skipped)
    workbench.keepEndOfTraining()
    let weight: LogEntry.Weight = run.hasLearned ? .success : .warning
    log(weight, run.outcome)
    try workbench.adopt(run, teacher: teacher, for: iteration)
    guard run.hasLearned else {
      if run.state.stopReason == .notFinite {
        throw .training(.notFinite(steps: TrainingRun.unusableStepLimit))
      }
      return
    }
    changeNetwork()
    startTiming(workbench)
    try startEvaluating(workbench)
    try startScoring(criterion, workbench)
  }

  // MARK: Pruning again and again

  func startIterating(_ workbench: Workbench, _ goal: IterationGoal) throws(SessionError) {
    let loop = try IterationLoop(workbench, goal: goal, options: options, latencies: latencies)
    stopUsingData()
    criterion = goal.criterion
    changeNetwork()
    runs.insert(.iterating(loop), at: 0)
  }

  func finish(_ loop: IterationLoop, _ workbench: Workbench) throws(SessionError) {
    logSkipped(loop.skipped)
    let ending = loop.ending
    log(ending.weight, ending.sentence)
    changeNetwork()
    startTiming(workbench)
    guard workbench.dataset != nil else { return }
    if workbench.history.now.evaluation == nil { try startEvaluating(workbench) }
    try startScoring(criterion, workbench)
  }

  // MARK: The tree

  func deleteBranch(_ workbench: Workbench, from iteration: Int) throws(SessionError) {
    let before = workbench.history.current
    let count = workbench.history.branch(from: iteration).count
    try workbench.deleteBranch(from: iteration)
    forgetStaleEvaluations()
    log(
      .note,
      count == 1
        ? "Deleted iteration \(iteration)." : "Deleted iteration \(iteration) and \(count - 1) made from it.")
    guard workbench.history.current != before else { return }
    leaveNetwork()
    changeNetwork()
  }
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
