public import Compute
public import Datasets
import Foundation
import Graph
public import Pruning
import Quantities
import Training

/// Prunes again and again towards a goal: scores, prunes a step, recovers, trains, measures; each step an iteration of the
/// tree. Used on one thread; between any two steps it can be stopped.
///
/// What comes next follows from the tree alone, so that a loop that was broken off goes on where it was.
public final class IterationLoop: DataRun {
  /// Why a loop ended.
  public enum Outcome: Sendable, Hashable {
    /// All steps are done; `isReached` where the target is met, else floors and pins stood in its way.
    case completed(isReached: Bool)
    /// A step lost more right answers than allowed; the one before it is current.
    case dropped(iteration: Int, loss: Double)
    /// Nothing more can be removed.
    case nothingLeft
    /// Training went where loss or gradients are no numbers.
    case diverged(iteration: Int)
    /// Somebody stopped it.
    case stopped
  }

  private enum Phase {
    case measuring(EvaluationRun)
    case scoring(ScoringRun)
    case recovering(RecoveryRun)
    case training(TrainingRun)
  }

  /// What is to come of it.
  public let goal: IterationGoal
  /// Why it ended; `nil` while it goes on.
  public private(set) var outcome: Outcome?
  /// Examples that could not be read.
  public private(set) var skipped: [Batch.Skipped] = []
  /// Grows whenever the current iteration is another one or is changed.
  public private(set) var changes = 0

  /// Why the goal asks for nothing; `nil` where it does ask.
  public let metAlready: TargetMetAlready?

  private let workbench: Workbench
  private let options: ComputeOptions
  /// The times of layers, where widths or latencies are measured.
  private let latencies: LatencyCache
  private var phase: Phase?

  /// A loop on a workbench, beginning with the goal's iteration, or going on where one with the same goal was.
  ///
  /// - Parameter latencies: where times that were measured are kept, for goals that ask for them.
  /// - Throws: `noData` where the goal needs some and none are attached, `noSuchIteration`.
  public init(
    _ workbench: Workbench, goal: IterationGoal, options: ComputeOptions? = nil,
    latencies: LatencyCache = LatencyCache()
  ) throws(SessionError) {
    self.workbench = workbench
    let options = options ?? workbench.options
    (self.goal, metAlready) = try goal.asShare(
      in: workbench, meter: LatencyMeter(options: options, cache: latencies))
    self.options = options
    self.latencies = latencies
    let needsData = goal.criterion.needsData || goal.recovery != nil || goal.training != nil
    if needsData, workbench.dataset == nil { throw .noData }
    try goal.training.map { settings throws(SessionError) in
      try SessionError.training { () throws(TrainingError) in try settings.validated() }
    }
    if depth == nil { try workbench.go(to: goal.start) }
    workbench.keep(goal: self.goal)
  }

  /// The step that is being made, from 1; 0 while the beginning is measured.
  public var stepNumber: Int { (depth ?? 0) + (isPreparing ? 1 : 0) }

  /// How far what it does now is.
  public var progress: RunProgress {
    switch phase {
    case .measuring(let run): run.progress
    case .scoring(let run): run.progress
    case .recovering(let run): run.progress
    case .training(let run): run.progress
    case nil: RunProgress(done: 0, total: 0, seconds: 0)
    }
  }

  /// What it does now, for a header.
  public var activity: Activity {
    let kind: Activity.Kind =
      switch phase {
      case .measuring, nil: .evaluating
      case .scoring: .scoring
      case .recovering: .recovering
      case .training: .training
      }
    return .init(kind: kind, progress: progress)
  }

  /// The training that goes on now, if one does.
  public var training: RunningTraining? {
    guard case .training(let run) = phase else { return nil }
    return .init(iteration: workbench.history.current, record: run.record(teacher: goal.teacher))
  }

  /// Does one more batch of what comes next; `false` when the loop is over.
  public func step() throws(SessionError) -> Bool {
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
    case .scoring(let run):
      if try workbench.step(run) { return true }
      skipped += run.skipped
      try prune()
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
  public func stop() throws(SessionError) {
    guard outcome == nil else { return }
    if case .training(let run) = phase {
      run.stop()
      try adopt(run)
    }
    end(.stopped)
  }

  // MARK: Phases

  /// Iterations from the beginning to the current one; `nil` where it was not made from there.
  private var depth: Int? {
    var (count, id) = (0, workbench.history.current)
    while id != goal.start {
      guard let parent = workbench.history[id]?.parent else { return nil }
      (count, id) = (count + 1, parent)
    }
    return count
  }

  /// Whether what it does now leads to the next iteration.
  private var isPreparing: Bool { if case .scoring = phase { true } else { false } }

  private func beginPhase() throws(SessionError) {
    let now = workbench.history.now
    if now.id != goal.start {
      if let settings = goal.recovery, now.recovery == nil, now.trainings.isEmpty {
        phase = .recovering(try workbench.recoveryRun(settings, measures: false, options: options))
        return
      }
      if let settings = goal.training, now.trainings.isEmpty {
        let broken = workbench.brokenOffTraining.flatMap { $0.iteration == now.id ? $0.checkpoint : nil }
        let run = try workbench.trainingRun(
          settings, teacher: goal.teacher, continuing: broken, options: options)
        workbench.keepBeginning(of: run, iteration: now.id, teacher: goal.teacher)
        phase = .training(run)
        return
      }
    }
    if now.evaluation == nil, let data = workbench.evaluationDataset, data.loss != .outputEnergy {
      phase = .measuring(
        try EvaluationRun(now.network, dataset: data, limit: goal.measuredExamples, options: options))
      return
    }
    if let loss = lostAccuracy, let allowed = goal.allowedDrop, loss > allowed, let parent = now.parent {
      try workbench.go(to: parent)
      changes += 1
      return end(.dropped(iteration: now.id, loss: loss))
    }
    let isReached = keptPercent <= goal.keepPercent + 1e-9
    if isReached || (depth ?? 0) >= goal.steps { return end(.completed(isReached: isReached)) }
    guard goal.criterion.needsData else {
      workbench.adopt(ScoreTable(goal.criterion, of: now.network.groups, in: now.network.bound))
      return try prune()
    }
    phase = .scoring(
      try workbench.scoringRun(goal.criterion, limit: goal.scoredExamples, options: options))
  }

  private func adopt(_ run: TrainingRun) throws(SessionError) {
    let iteration = workbench.history.current
    try workbench.adopt(run, teacher: goal.teacher, for: iteration)
    workbench.keepEndOfTraining()
    changes += 1
    if run.state.stopReason == .notFinite { end(.diverged(iteration: iteration)) }
  }

  private func end(_ outcome: Outcome) {
    self.outcome = outcome
    phase = nil
    workbench.keep(goal: nil)
  }

  /// The share of right answers that was lost since the beginning; `nil` where that was not measured.
  private var lostAccuracy: Double? {
    guard let before = workbench.history[goal.start]?.evaluation?.accuracy,
      let now = workbench.history.now.evaluation?.accuracy
    else { return nil }
    return before - now
  }

  // MARK: Pruning

  private func prune() throws(SessionError) {
    let step = (depth ?? 0) + 1
    let chooser = MeasuredChooser(
      workbench.current, scores: workbench.scores, meter: LatencyMeter(options: options, cache: latencies))
    // A step may be smaller than a kernel: then it is made with the next.
    for step in step...max(step, goal.steps) {
      // Of what there is now, so that what the last step took too much of is not taken again.
      let share = min(100, 100 * goal.keepPercent(afterStep: step) / max(keptPercent, 1e-9))
      let choice = try chooser.choice(goal.request(keeping: share))
      guard !choice.selection.isEmpty else { continue }
      try workbench.prune(choice.selection, settings: choice.settings)
      try workbench.verify()
      changes += 1
      return
    }
    end(.nothingLeft)
  }

  /// What may remain of the current network, in per cent: as it is to be counted.
  private var keptPercent: Double {
    guard let start = workbench.history[goal.start] else { return 100 }
    let now = workbench.history.now
    switch goal.measure {
    case .parameters: return Self.percent(now.network.summary.parameters, start.network.summary.parameters)
    case .multiplyAccumulates:
      return Self.percent(
        now.network.summary.multiplyAccumulates, start.network.summary.multiplyAccumulates)
    case .memory: return Self.percent(now.network.peakMemory, start.network.peakMemory)
    case .latency:
      if now.id == start.id { return 100 }
      if let before = start.latency, let after = now.latency, before.seconds > 0, after.compares(with: before)
      {
        return 100 * after.seconds / before.seconds
      }
      // Each step was measured to keep its share.
      return goal.keepPercent(afterStep: depth ?? 0)
    }
  }

  private static func percent(_ now: Int, _ start: Int) -> Double {
    100 * Double(now) / Double(max(1, start))
  }
}

extension IterationLoop {
  /// How it ended, in a sentence, and how much attention that deserves.
  public var ending: (weight: LogEntry.Weight, sentence: String) {
    switch outcome {
    case .completed(true): (.success, "Reached the target in \(stepNumber) steps.")
    case .completed(false), .nothingLeft:
      (.warning, Shortfall.obstacles.sentence())
    case .dropped(let iteration, let loss):
      (
        .warning,
        "Iteration \(iteration) lost \(Quantity.fixed(100 * loss, digits: 1)) points of accuracy, more than allowed; "
          + "the one before it is current."
      )
    case .diverged(let iteration):
      (.error, "Training iteration \(iteration) went where the loss is not a number.")
    case .stopped, nil: (.note, "Stopped after \(stepNumber) steps.")
    }
  }
}

extension IterationGoal {
  /// The goal with the share that an absolute amount is of the beginning, and whether that asks for nothing. A goal that is
  /// gone on with knows its share already.
  fileprivate func asShare(
    in workbench: Workbench, meter: LatencyMeter
  ) throws(SessionError) -> (IterationGoal, TargetMetAlready?) {
    guard absolute != nil, keepPercent == 100, let groups = workbench.history[start]?.network.groups else {
      return (self, nil)
    }
    var times = MeasuredTimes()
    if measure == .latency, let network = workbench.history[start]?.network {
      times.seconds = try meter.seconds(of: [network])[0]
    }
    let (known, target) = (times, PruningTarget.keeping(remaining, of: measure))
    let (share, met) = try SessionError.pruning { () throws(PruningError) in
      (
        try target.relative(to: groups, times: known),
        try TargetMetAlready(target, groups: groups, times: known)
      )
    }
    var goal = self
    if case .percent(let percent)? = share.remaining?.amount { goal.keepPercent = percent }
    return (goal, met)
  }
}

extension OpenNetwork {
  /// The most bytes of activations that live at once for one example.
  package var peakMemory: Int {
    Preview(Selection(removingNothingOf: groups), groups: groups, bound: bound).peakMemory.before
  }
}
