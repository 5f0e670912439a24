import Graph
import Pruning

/// What a step removes.
extension IterationLoop {
  /// What the next step would leave.
  struct Candidate {
    let removal: GrowingRemoval
    let network: OpenNetwork
    /// The scores that it was chosen by.
    let scores: ScoreTable
    var record: StepRecord
  }

  /// Removes what is to go with this step.
  func prune(by scores: ScoreTable) throws {
    if goal.strategy.recording == .whole { return try chooseCandidate(by: scores) }
    let before = workbench.history.now
    let chooser = MeasuredChooser(
      workbench.current, scores: workbench.scores, meter: LatencyMeter(options: options, cache: latencies))
    // A step may be smaller than a kernel: then it is made with the next.
    let first = stepsDone + 1
    let last = goal.strategy.stepSize == .share ? max(first, goal.steps) : first
    for step in first...last {
      let choice = try chooser.choice(request(ofStep: step))
      guard !choice.selection.isEmpty else { continue }
      try workbench.prune(
        choice.selection, settings: choice.settings, by: goal.strategy.name, record: record(of:))
      try workbench.verify()
      changes += 1
      return
    }
    if before.id != goal.start, before.isPreparation { try goBack(to: lastRemoval(before: before)) }
    end(.nothingLeft)
  }

  /// What is asked of the current network at a step.
  private func request(ofStep step: Int) -> RemovalRequest {
    if case .kernels(let count) = goal.strategy.stepSize {
      return RemovalRequest(.kernels(count), scope: goal.scope, settings: goal.settings, keepsWidths: true)
    }
    // Of what there is now, so that what the last step took too much of is not taken again.
    let share = 100 * goal.keepPercent(afterStep: step) / max(keptPercent, 1e-9)
    return goal.request(keeping: min(100, max(0, share)))
  }

  /// What is noted of a network behind a removal; nothing where nothing depends on it.
  private func record(of network: OpenNetwork) -> StepRecord? {
    guard data.validation != nil else { return nil }
    return StepRecord(
      removableKernels: network.groups.prunableKernelCount(minimumKept: goal.settings.minimumKept),
      parameters: network.summary.parameters)
  }

  /// What may remain of the current network, in per cent: as it is to be counted.
  var keptPercent: Double {
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
      return goal.keepPercent(afterStep: stepsDone)
    }
  }

  private static func percent(_ now: Int, _ start: Int) -> Double {
    100 * Double(now) / Double(max(1, start))
  }

  // MARK: Steps that are recorded as a whole

  /// What is gone of the beginning so far.
  package func growingRemoval() throws -> GrowingRemoval {
    guard let start = workbench.history[goal.start] else { return GrowingRemoval(of: workbench.current) }
    guard let kept = chain?.last?.steps.last?.kept else { return GrowingRemoval(of: start.network) }
    return try GrowingRemoval(try start.network.selection(keeping: kept), of: start.network)
  }

  /// Scores the beginning's kernels with those silenced that are gone.
  func scoreWhole() throws {
    let removal = try growingRemoval()
    guard removal.removableKernelCount(minimumKept: goal.settings.minimumKept) > 0 else {
      return end(.nothingLeft)
    }
    guard let scoring = data.scoring else { throw SessionError.noData }
    phase = .scoring(
      try ScoringRun(
        removal.masked, dataset: scoring, criterion: goal.criterion,
        batchSize: goal.strategy.scoredBatch ?? 32, limit: goal.scoredExamples,
        options: options))
  }

  private func chooseCandidate(by scores: ScoreTable) throws {
    guard case .kernels(let count) = goal.strategy.stepSize else { return end(.nothingLeft) }
    let removal = try growingRemoval()
    let next = try removal.growing(by: count, scores: scores, settings: goal.settings)
    guard next.removedKernelCount > removal.removedKernelCount else { return end(.nothingLeft) }
    let network = try next.original.removing(next.selection)
    let record = StepRecord(
      removableKernels: next.removableKernelCount(minimumKept: goal.settings.minimumKept),
      parameters: network.summary.parameters)
    candidate = Candidate(removal: next, network: network, scores: scores, record: record)
    if data.validation == nil { try recordCandidate() } else { try validate(network) }
  }

  func takeCandidate(_ validation: Evaluation) throws {
    candidate?.record.validation = validation
    guard isGoodEnough(validation, loss: validation.loss) else {
      rejected = candidate?.record
      return end(.limited)
    }
    try recordCandidate()
  }

  /// Puts the candidate into the place of the steps before it.
  private func recordCandidate() throws {
    guard let candidate else { return }
    try workbench.record(
      candidate.removal, network: candidate.network, scores: candidate.scores,
      records: records + [candidate.record], of: goal)
    changes += 1
    self.candidate = nil
  }

  /// What each step left so far, of those that are recorded as a whole.
  package var records: [StepRecord] { chain?.last?.records ?? [] }

  /// What each step left, with the one that was not good enough.
  package var allRecords: [StepRecord] { records + [rejected].compactMap { $0 } }
}
