public import Compute
import Graph
public import Pruning
public import Training

/// What is done to an iteration after it was made: recovery and training.
extension Workbench {
  /// A run that recovers the current iteration, measured on the data for that where `measures` is set; `adopt` takes
  /// what comes of it.
  ///
  /// - Throws: `noData` where none are attached, `emptySelection` where the current iteration removed nothing,
  ///   `trainedSince` where recovery would undo a training.
  public func recoveryRun(
    _ settings: RecoverySettings, measures: Bool = true, options: ComputeOptions? = nil
  ) throws(SessionError) -> RecoveryRun {
    let now = history.now
    guard let parent = now.parent.flatMap({ history[$0] }), let selection = selections[now.id] else {
      throw .emptySelection
    }
    guard let dataset else { throw .noData }
    guard now.trainings.isEmpty else { throw .trainedSince(iteration: now.id) }
    // A second recovery begins where the first one did.
    return try RecoveryRun(
      now.asPruned ?? now.network, original: parent.network, selection: selection, dataset: dataset,
      evaluation: measures ? evaluationDataset : nil, settings: settings, options: options ?? self.options)
  }

  /// Puts what a recovery of an iteration made in its place; where others were made from the iteration, in a copy
  /// beside it.
  public func adopt(_ run: RecoveryRun, for iteration: Int) {
    change(iteration) { iteration in
      iteration.asPruned = iteration.asPruned ?? iteration.network
      iteration.network = run.network
      iteration.changeLastStep { $0.recovery = run.settings }
      iteration.recovery = run.recovery
      iteration.evaluation = run.recovery.steps.last?.evaluation ?? iteration.evaluation
    }
  }

  /// A run that trains the current iteration on the attached data; `adopt` takes what comes of it.
  ///
  /// - Throws: `noData` where none are attached, and for data and settings that no run can have.
  public func trainingRun(
    _ settings: TrainingSettings, teacher: TrainingTeacher? = nil, options: ComputeOptions? = nil
  ) throws(SessionError) -> TrainingRun {
    guard let attachedConfiguration else { throw .noData }
    let parts = try TrainingData(self, configuration: attachedConfiguration)
    return try TrainingRun(
      current, settings: settings, training: parts.training, validation: parts.validation,
      teacher: teacher == .original ? history.original.network : nil, options: options ?? self.options)
  }

  /// Puts what a training of an iteration made in its place; of the original, and where others were made from the
  /// iteration, in one of its own. Nothing happens where nothing was learned.
  public func adopt(
    _ run: TrainingRun, teacher: TrainingTeacher? = nil, for iteration: Int
  ) throws(SessionError) {
    guard run.hasLearned, let trained = history[iteration] else { return }
    let record = TrainingRecord(
      settings: run.settings, teacher: teacher, state: run.state, seconds: run.progress.seconds)
    let network = try OpenNetwork(run.trained(), inputShapes: trained.network.inputShapes)
    if iteration == 0 {
      history.go(to: 0)
      history.append(origin: "original", network: trained.network, step: PruningPlan.Step())
    }
    change(iteration == 0 ? history.current : iteration) { iteration in
      iteration.asPruned = iteration.asPruned ?? iteration.network
      iteration.network = network
      iteration.changeLastStep { $0.training.append(record.plannedTraining) }
      iteration.trainings.append(record)
      iteration.evaluation = nil
    }
  }

  /// Changes an iteration, or a copy of it where others were made from it, and forgets its scores.
  private func change(_ id: Int, _ change: (inout Iteration) -> Void) {
    guard let iteration = history[id] else { return }
    var target = id
    if !history.children(of: id).isEmpty {
      target = history.copy(iteration)
      selections[target] = selections[id]
    }
    history.update(target, change)
    scoresByIteration[target] = nil
    if weightScores?.iteration == target { weightScores = nil }
  }
}
