public import Compute
import Graph
public import Pruning
import Ranks
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
  ) throws -> RecoveryRun {
    let now = history.now
    guard let parent = now.parent.flatMap({ history[$0] }), let selection = selections[now.id] else {
      throw SessionError.emptySelection
    }
    guard let dataset else { throw SessionError.noData }
    guard now.trainings.isEmpty else { throw SessionError.trainedSince(iteration: now.id) }
    let reference = reference(of: now) ?? (parent.network, selection)
    // A second recovery begins where the first one did.
    return try RecoveryRun(
      now.asPruned ?? now.network, original: reference.network, selection: reference.selection,
      dataset: dataset, evaluation: measures ? evaluationDataset : nil, settings: settings,
      options: options ?? self.options)
  }

  /// What an iteration is recovered against: the nearest one before it that was trained, or the original, and what of that is
  /// gone. What prunes and recoveries between left is worse.
  private func reference(of iteration: Iteration) -> (network: OpenNetwork, selection: Selection)? {
    var reference = iteration
    repeat {
      guard selections[reference.id] != nil, let parent = reference.parent.flatMap({ history[$0] }) else {
        break
      }
      reference = parent
    } while reference.trainings.isEmpty
    let steps = iteration.steps.dropFirst(reference.steps.count)
    guard let selection = try? reference.network.selection(keeping: steps.keptOfFirst()) else { return nil }
    return (reference.network, selection)
  }

  /// Puts what a recovery of an iteration made in its place; where others were made from the iteration, in a copy
  /// beside it.
  public func adopt(_ run: RecoveryRun, for iteration: Int) {
    change(iteration, .recovered) { iteration in
      iteration.asPruned = iteration.asPruned ?? iteration.network
      iteration.network = run.network
      iteration.changes.append(.recovery(run.recovery.steps.map(\.method)))
      iteration.changeLastStep { $0.recovery = run.settings }
      iteration.recovery = run.recovery
      iteration.evaluation = run.recovery.steps.last?.evaluation ?? iteration.evaluation
      iteration.outputDeviation = nil
    }
  }

  /// A run that trains the current iteration on the attached data; `adopt` takes what comes of it.
  ///
  /// - Throws: `noData` where none are attached, and for data and settings that no run can have.
  public func trainingRun(
    _ settings: TrainingSettings, teacher: TrainingTeacher? = nil,
    continuing checkpoint: TrainingCheckpoint? = nil, options: ComputeOptions? = nil
  ) throws -> TrainingRun {
    guard let attachedConfiguration else { throw SessionError.noData }
    let parts = try TrainingData(self, configuration: attachedConfiguration)
    return try TrainingRun(
      current, settings: settings, training: parts.training, validation: parts.validation,
      teacher: teacher == .original ? history.original.network : nil, continuing: checkpoint,
      options: options ?? self.options)
  }

  /// Puts what a training of an iteration made in its place; of the original, and where others were made from the
  /// iteration, in one of its own. Where nothing was learned, that is noted.
  public func adopt(
    _ run: TrainingRun, teacher: TrainingTeacher? = nil, for iteration: Int
  ) throws {
    guard let trained = history[iteration], run.hasLearned || !run.state.history.isEmpty else { return }
    let record = run.record(teacher: teacher)
    guard run.hasLearned else {
      // Nobody should try it again without knowing.
      guard iteration != 0 else { return }
      history.update(iteration) { $0.trainings.append(record) }
      return keep(.trained, iteration: iteration)
    }
    let network = try OpenNetwork(run.trained(), inputShapes: trained.network.inputShapes)
    if iteration == 0 {
      history.go(to: 0)
      history.append(origin: "original", network: trained.network, step: PruningPlan.Step())
    }
    change(iteration == 0 ? history.current : iteration, .trained) { iteration in
      iteration.asPruned = iteration.asPruned ?? iteration.network
      iteration.network = network
      iteration.changes.append(.training)
      iteration.changeLastStep { $0.training.append(record.plannedTraining) }
      iteration.trainings.append(record)
      iteration.evaluation = nil
      iteration.outputDeviation = nil
    }
  }

  /// A run that scores the current iteration on the attached data, or goes on where one was broken off.
  ///
  /// - Parameter limit: examples at most; as many as the criterion usually takes where `nil`.
  public func scoringRun(
    _ criterion: Criterion, limit: Int? = nil, options: ComputeOptions? = nil
  ) throws -> ScoringRun {
    guard let dataset else { throw SessionError.noData }
    let options = options ?? self.options
    return try ScoringRun(
      current, original: history.now.parent == nil ? nil : history.original.network, dataset: dataset,
      criterion: criterion, continuing: shared(scoresToContinue(by: criterion), over: options.ranks),
      limit: limit, options: options)
  }

  /// What rank 0 goes on from, on every rank: it alone has the session's files, where earlier scores are.
  private func shared(
    _ earlier: (table: ScoreTable, visited: Int)?, over ranks: any Communicator
  ) throws -> (table: ScoreTable, visited: Int)? {
    struct Scored: Codable {
      let table: ScoreTable
      let visited: Int
    }
    guard ranks.count > 1 else { return earlier }
    return try ranks.broadcast(earlier.map { Scored(table: $0.table, visited: $0.visited) })
      .map { ($0.table, $0.visited) }
  }

  /// Scores of the current iteration that a run by the criterion goes on from.
  func scoresToContinue(by criterion: Criterion) -> (table: ScoreTable, visited: Int)? {
    guard let table = scoresByIteration[history.current], table.criterion == criterion,
      let visited = scoresVisited[history.current]
    else { return nil }
    return (table, visited)
  }

  /// Has the next run go on from scores of the current iteration that were taken elsewhere.
  func goOn(from table: ScoreTable, visited: Int) {
    adopt(table)
    scoresVisited[history.current] = visited
  }

  /// Changes an iteration, or a copy of it where others were made from it, and forgets its scores.
  func change(_ id: Int, _ event: JournalLine.Event, _ change: (inout Iteration) -> Void) {
    guard let iteration = history[id] else { return }
    var target = id
    if !history.children(of: id).isEmpty {
      target = history.copy(iteration)
      selections[target] = selections[id]
    }
    history.update(target, change)
    scoresByIteration[target] = nil
    scoresVisited[target] = nil
    sensitivityByIteration[target] = nil
    if weightScores?.iteration == target { weightScores = nil }
    store?.forgetScores(of: target)
    if let changed = history[target] { store?.keepWeights(event, changed, current: history.current) }
  }
}
