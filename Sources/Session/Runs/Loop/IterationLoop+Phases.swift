import Datasets
import Errors
import Graph
import Pruning
import Training

/// What comes next, as the tree has it.
extension IterationLoop {
  /// The iterations from behind the beginning to the current one; `nil` where that was not made from there.
  var chain: [Iteration]? {
    var (chain, now) = ([Iteration](), workbench.history.now)
    while now.id != goal.start {
      guard let parent = now.parent.flatMap({ workbench.history[$0] }) else { return nil }
      chain.append(now)
      now = parent
    }
    return chain.reversed()
  }

  /// The iteration that it begins with; `nil` where somebody deleted it.
  package var start: Iteration? { workbench.history[goal.start] }

  /// What is going on between a removal and the next.
  package enum Stage: Sendable {
    /// The beginning is measured.
    case beginning
    /// The network is trained before a removal.
    case preparing
    /// What a removal left is measured.
    case validating
    /// It is trained.
    case training
    /// Anything else, or nothing.
    case other
  }

  /// What is going on.
  package var stage: Stage {
    let isBeginning = workbench.history.current == goal.start
    switch phase {
    case .validating: return isBeginning && candidate == nil ? .beginning : .validating
    case .training: return workbench.history.now.isPreparation ? .preparing : .training
    default: return .other
    }
  }

  /// Whether one thing is done and the next is not begun.
  package var isBetweenPhases: Bool { phase == nil && outcome == nil }

  /// The iterations of steps behind which nothing is left to be done.
  package var finishedSteps: [Iteration] {
    (chain ?? []).filter { iteration in
      !iteration.isPreparation && iteration.records.last?.validation != nil
        && (goal.training == nil || !iteration.trainings.isEmpty)
    }
  }

  /// The steps that are done.
  package var stepsDone: Int {
    let removals = (chain ?? []).filter { !$0.isPreparation }
    guard goal.strategy.recording == .whole else { return removals.count }
    return removals.last?.records.count ?? 0
  }

  /// Whether what it does now leads to the next step.
  var isPreparing: Bool {
    switch phase {
    case .scoring: true
    case .training: workbench.history.now.isPreparation && workbench.history.current != goal.start
    default: candidate != nil
    }
  }

  func beginPhase() throws {
    let now = workbench.history.now
    let isPreparation = now.id != goal.start && now.isPreparation
    if now.id != goal.start, goal.strategy.recording == .everyStep {
      if isPreparation {
        if let settings = goal.strategy.preparation, now.trainings.isEmpty {
          return try train(settings, step: stepsDone + 1, validates: false)
        }
      } else if try finishStep(now) {
        return
      }
    }
    if !isPreparation {
      if case .lossFactor? = goal.strategy.limit, goal.beginning == nil, now.id == goal.start {
        return try validate(now.network)
      }
      if try measure(now) { return }
      if try compare(now) { return }
      if try endsHere(now) { return }
    }
    try beginScoring(now, isPrepared: isPreparation)
  }

  /// Does what is still to be done behind a removal; `false` where nothing is.
  private func finishStep(_ now: Iteration) throws -> Bool {
    if let settings = goal.recovery, now.recovery == nil, now.trainings.isEmpty {
      phase = .recovering(try workbench.recoveryRun(settings, measures: false, options: options))
      return true
    }
    if data.validation != nil, let record = now.records.last, record.validation == nil,
      now.trainings.isEmpty
    {
      try validate(now.network)
      return true
    }
    if let settings = goal.training, now.trainings.isEmpty {
      try train(settings, step: stepsDone, validates: true)
      return true
    }
    return false
  }

  /// Measures an iteration where that is wanted and not done; `false` where it is not.
  private func measure(_ now: Iteration) throws -> Bool {
    guard goal.strategy.limit == nil, goal.strategy.recording == .everyStep, now.evaluation == nil,
      let data = data.evaluation, data.loss != .outputEnergy
    else { return false }
    phase = .measuring(
      try EvaluationRun(now.network, dataset: data, limit: goal.measuredExamples, options: options))
    return true
  }

  /// Compares an iteration's outputs with the original's where that is not done; `false` where it cannot be.
  private func compare(_ now: Iteration) throws -> Bool {
    guard goal.strategy.limit == nil, goal.strategy.recording == .everyStep, now.outputDeviation == nil,
      !uncomparable.contains(now.id)
    else { return false }
    do {
      guard let run = try workbench.deviationRun(of: now, options: options) else { return false }
      phase = .comparing(run)
      return true
    } catch {
      if error is Stopped { throw error }
      uncomparable.insert(now.id)
      return false
    }
  }

  /// Whether the loop ends with an iteration: it is not good enough, or nothing is left to be done.
  private func endsHere(_ now: Iteration) throws -> Bool {
    if let loss = lostAccuracy, let allowed = goal.allowedDrop, loss > allowed, let parent = now.parent {
      try goBack(to: parent)
      end(.dropped(iteration: now.id, loss: loss))
    } else if now.id != goal.start, goal.strategy.recording == .everyStep, !isGoodEnough(now) {
      try goBack(to: lastRemoval(before: now))
      end(.limited)
    } else {
      let isReached = keptPercent <= goal.keepPercent + 1e-9
      guard isReached || stepsDone >= goal.steps else { return false }
      end(.completed(isReached: isReached))
    }
    return true
  }

  func goBack(to iteration: Int) throws {
    try workbench.go(to: iteration)
    changes += 1
  }

  /// The iteration that a step began with: trainings before the removal are the step's own.
  func lastRemoval(before now: Iteration) -> Int {
    var parent = now.parent.flatMap { workbench.history[$0] }
    while let found = parent, found.id != goal.start, found.isPreparation {
      parent = found.parent.flatMap { workbench.history[$0] }
    }
    return parent?.id ?? goal.start
  }

  private func train(
    _ settings: TrainingSettings, step: Int, validates: Bool
  ) throws {
    let now = workbench.history.now
    var settings = settings
    if goal.strategy.variesSeed { settings.seed &+= UInt64(step) }
    let checkpoint = workbench.brokenOffTraining.flatMap { $0.iteration == now.id ? $0.checkpoint : nil }
    let run: TrainingRun
    if let training = data.training {
      run = try TrainingRun(
        now.network, settings: settings, training: training, validation: validates ? data.validation : nil,
        teacher: goal.teacher == .original ? workbench.history.original.network : nil,
        continuing: checkpoint, options: options)
    } else {
      run = try workbench.trainingRun(
        settings, teacher: goal.teacher, continuing: checkpoint, options: options)
    }
    workbench.keepBeginning(ofTraining: run.settings, iteration: now.id, teacher: goal.teacher)
    phase = .training(run)
  }

  private func beginScoring(_ now: Iteration, isPrepared: Bool) throws {
    if goal.strategy.preparation != nil, !isPrepared {
      workbench.appendPreparation(named: goal.strategy.name ?? "sparsity")
      changes += 1
      return
    }
    if goal.strategy.recording == .whole { return try scoreWhole() }
    guard goal.criterion.needsData else {
      let table = try workbench.scoresWithoutRun(goal.criterion)
      workbench.adopt(table)
      return try prune(by: table)
    }
    phase = .scoring(
      try workbench.scoringRun(goal.criterion, limit: goal.scoredExamples, options: options))
  }

  // MARK: Limits

  func validate(_ network: OpenNetwork) throws {
    guard let validation = data.validation else { throw SessionError.noData }
    phase = .validating(try EvaluationRun(network, dataset: validation, options: options))
  }

  /// Takes what the network that was validated is worth: the beginning, a candidate, or the current iteration.
  func take(validation: Evaluation) throws {
    if candidate != nil { return try takeCandidate(validation) }
    if workbench.history.current == goal.start {
      goal.beginning = validation
      workbench.keep(goal: goal)
    } else {
      workbench.record(validation: validation, for: workbench.history.current)
    }
  }

  /// Whether an iteration is as good as the strategy's limit has it.
  func isGoodEnough(_ now: Iteration) -> Bool {
    guard let found = now.records.last?.validation else { return true }
    let trained = now.trainings.last?.state.best?.loss
    return isGoodEnough(found, loss: min(found.loss, trained ?? found.loss))
  }

  /// - Parameter loss: the smallest of what was measured and what training came to.
  func isGoodEnough(_ found: Evaluation, loss: Double) -> Bool {
    switch goal.strategy.limit {
    case .threshold(let limit)?: found.accuracy.map { $0 >= limit } ?? (loss <= limit)
    case .lossFactor(let factor)?: goal.beginning.map { loss <= $0.loss * factor } ?? true
    case nil: true
    }
  }

  /// The share of right answers that was lost since the beginning; `nil` where that was not measured.
  private var lostAccuracy: Double? {
    guard let before = workbench.history[goal.start]?.evaluation?.accuracy,
      let now = workbench.history.now.evaluation?.accuracy
    else { return nil }
    return before - now
  }
}

extension Iteration {
  /// Whether nothing was removed to make it: it is trained before a removal.
  var isPreparation: Bool { steps.last?.kept.isEmpty ?? true }
}
