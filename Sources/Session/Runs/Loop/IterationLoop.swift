public import Compute
public import Datasets
import Errors
import Graph
public import Pruning
import Training

/// Prunes again and again towards a goal: scores, chooses, prunes, recovers, trains, measures, and ends where it is to; the
/// goal's strategy says how much goes with each step, what is trained, when a network is not good enough and what is
/// recorded. Used on one thread; between any two steps it can be stopped.
///
/// What comes next follows from the tree alone, so that a loop that was broken off goes on where it was.
public final class IterationLoop: DataRun {
  /// Why a loop ended.
  public enum Outcome: Sendable, Hashable {
    /// All steps are done; `isReached` where the target is met, else floors and pins stood in its way.
    case completed(isReached: Bool)
    /// A step lost more right answers than allowed; the one before it is current.
    case dropped(iteration: Int, loss: Double)
    /// A step left a network that is worse than the strategy allows; the one before it is current.
    case limited
    /// Nothing more can be removed.
    case nothingLeft
    /// Training went where loss or gradients are no numbers.
    case diverged(iteration: Int)
    /// Somebody stopped it.
    case stopped
  }

  enum Phase {
    /// An iteration, as it is measured everywhere.
    case measuring(EvaluationRun)
    /// An iteration's outputs with the original's.
    case comparing(LossCheck)
    /// What the limit is held against: the beginning, or what a removal left.
    case validating(EvaluationRun)
    case scoring(ScoringRun)
    case recovering(RecoveryRun)
    case training(TrainingRun)
  }

  /// What is to come of it.
  public internal(set) var goal: IterationGoal
  /// Why it ended; `nil` while it goes on.
  public internal(set) var outcome: Outcome?
  /// Examples that could not be read.
  public private(set) var skipped: [Batch.Skipped] = []
  /// Grows whenever the current iteration is another one or is changed.
  package internal(set) var changes = 0

  /// Why the goal asks for nothing; `nil` where it does ask.
  public let metAlready: TargetMetAlready?

  /// The bench whose iterations it makes.
  package let workbench: Workbench
  let options: ComputeOptions
  let data: LoopData
  /// The times of layers, where widths or latencies are measured.
  let latencies: LatencyCache
  var phase: Phase?
  /// Iterations whose outputs cannot be compared with the original's.
  var uncomparable: Set<Int> = []
  /// What the next step of one that is recorded as a whole would leave, until it is measured.
  var candidate: Candidate?
  /// What the step left that was not good enough, of those that are recorded as a whole.
  var rejected: StepRecord?

  /// A loop on a workbench, beginning with the goal's iteration, or going on where one with the same goal was.
  ///
  /// - Parameter latencies: where times that were measured are kept, for goals that ask for them.
  /// - Throws: `noData` where the goal needs some and none are attached, `noSuchIteration`.
  public convenience init(
    _ workbench: Workbench, goal: IterationGoal, options: ComputeOptions? = nil,
    latencies: LatencyCache = LatencyCache()
  ) throws {
    try self.init(workbench, goal: goal, data: nil, options: options, latencies: latencies)
  }

  /// The same with data that need not be the attached ones.
  package init(
    _ workbench: Workbench, goal: IterationGoal, data: LoopData?, options: ComputeOptions? = nil,
    latencies: LatencyCache = LatencyCache()
  ) throws {
    self.workbench = workbench
    let options = options ?? workbench.options
    (self.goal, metAlready) = try goal.asShare(
      in: workbench, meter: LatencyMeter(options: options, cache: latencies))
    self.options = options
    self.latencies = latencies
    if let data { self.data = data } else { self.data = try LoopData(of: workbench, for: goal) }
    if goal.needsData, self.data.scoring == nil { throw SessionError.noData }
    if goal.strategy.limit != nil, self.data.validation == nil { throw SessionError.noData }
    for settings in [goal.training, goal.strategy.preparation] {
      try settings?.validated()
    }
    if chain == nil { try workbench.go(to: goal.start) }
    workbench.keep(goal: self.goal)
  }

  /// The step that is being made, from 1; 0 while the beginning is measured.
  package var stepNumber: Int { stepsDone + (isPreparing ? 1 : 0) }

  /// How far what it does now is.
  public var progress: RunProgress {
    switch phase {
    case .measuring(let run), .validating(let run): run.progress
    case .comparing(let run): run.progress
    case .scoring(let run): run.progress
    case .recovering(let run): run.progress
    case .training(let run): run.progress
    case nil: RunProgress(done: 0, total: 0, seconds: 0)
    }
  }

  /// What it does now, for a header.
  package var activity: Activity {
    let kind: Activity.Kind =
      switch phase {
      case .measuring, .comparing, .validating, nil: .evaluating
      case .scoring: .scoring
      case .recovering: .recovering
      case .training: .training
      }
    return .init(kind: kind, progress: progress)
  }

  /// The training that goes on now, if one does.
  package var training: RunningTraining? {
    guard case .training(let run) = phase else { return nil }
    return .init(iteration: workbench.history.current, record: run.record(teacher: goal.teacher))
  }

  /// Does one more batch of what comes next; `false` when the loop is over.
  public func step() throws -> Bool {
    guard outcome == nil else { return false }
    guard let now = phase else {
      try beginPhase()
      return outcome == nil
    }
    switch now {
    case .measuring(let run):
      if try run.step() { return true }
      workbench.record(run.result, for: workbench.history.current)
      skipped += run.skipped
    case .comparing(let run):
      if try compare(run) { return true }
    case .validating(let run):
      if try run.step() { return true }
      skipped += run.skipped
      try take(validation: run.result)
    case .scoring(let run):
      if try step(run) { return true }
      skipped += run.skipped
      try prune(by: run.table)
      // What a candidate is worth is measured before it is recorded.
      if outcome == nil, candidate != nil { return true }
    case .recovering(let run):
      if try run.step() { return true }
      workbench.adopt(run, for: workbench.history.current)
      skipped += run.skipped
      changes += 1
    case .training(let run):
      if try workbench.step(run) { return true }
      skipped += run.skipped
      try adopt(run)
    }
    phase = nil
    return outcome == nil
  }

  /// Ends the loop; of a training the best weights so far are kept.
  public func stop() throws {
    guard outcome == nil else { return }
    if case .training(let run) = phase {
      run.stop()
      try adopt(run)
    }
    guard outcome == nil else { return }
    let now = workbench.history.now
    if now.id != goal.start, now.isPreparation { try goBack(to: lastRemoval(before: now)) }
    end(.stopped)
  }

  func end(_ outcome: Outcome) {
    self.outcome = outcome
    phase = nil
    candidate = nil
    workbench.keep(goal: nil)
  }

  /// Scores whose kernels are the current iteration's are kept with it.
  private func step(_ run: ScoringRun) throws -> Bool {
    goal.strategy.recording == .whole ? try run.step() : try workbench.step(run)
  }

  /// Goes a step on with comparing outputs; `false` when it is through. What it says decides nothing, so that a network
  /// which cannot be computed does not end the loop.
  private func compare(_ run: LossCheck) throws -> Bool {
    let id = workbench.history.current
    do {
      if try run.step() { return true }
    } catch {
      if error is Stopped { throw error }
      uncomparable.insert(id)
      return false
    }
    skipped += run.skipped
    if let deviation = run.deviation {
      workbench.record(deviation, for: id)
    } else {
      uncomparable.insert(id)
    }
    return false
  }

  private func adopt(_ run: TrainingRun) throws {
    let iteration = workbench.history.current
    try workbench.adopt(run, teacher: goal.teacher, for: iteration)
    workbench.keepEndOfTraining()
    changes += 1
    if run.state.stopReason == .notFinite { end(.diverged(iteration: iteration)) }
  }
}

extension IterationGoal {
  /// Whether there must be data.
  fileprivate var needsData: Bool {
    criterion.needsData || recovery != nil || training != nil || strategy.preparation != nil
  }
}
