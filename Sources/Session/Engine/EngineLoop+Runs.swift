import Compute
import Datasets
import Foundation
import Graph
import Pruning

/// The runs: how they begin, what a step does, what they leave.
extension EngineLoop {
  func startScoring(_ criterion: Criterion, _ workbench: Workbench) throws(SessionError) {
    guard criterion.needsData else {
      pauseScoring()
      let table = ScoreTable(criterion, of: workbench.current.groups, in: workbench.current.bound)
      guard !table.layers.isEmpty else { throw .notScored(criterion) }
      workbench.adopt(table)
      return
    }
    let isRunning = runs.contains { run in
      if case .scoring(let scoring) = run { scoring.table.criterion == criterion } else { false }
    }
    guard !isRunning else { return }
    pauseScoring()
    if let resumed = paused, resumed.table.criterion == criterion {
      begin(.scoring(resumed))
      paused = nil
      return
    }
    paused = nil
    begin(.scoring(try workbench.scoringRun(criterion, options: options)))
  }

  func pauseScoring() {
    runs.removeAll { run in
      guard case .scoring(let scoring) = run else { return false }
      paused = scoring
      return true
    }
  }

  func startEvaluating(_ workbench: Workbench) throws(SessionError) {
    guard let dataset = workbench.evaluationDataset else { throw .noData }
    guard dataset.loss != .outputEnergy else { return }
    let now = workbench.history.now
    runs.removeAll { $0.evaluated?.iteration == now.id }
    let run = try EvaluationRun(now.network, dataset: dataset, limit: 2000, options: options)
    // The measure of a fresh network is what one waits for; scoring goes on behind it.
    runs.insert(.evaluating(run, iteration: now.id, revision: now.revision), at: 0)
  }

  /// Stops measuring what is no more: networks that became others, and iterations that are gone.
  func forgetStaleEvaluations() {
    runs.removeAll { run in
      run.evaluated.map { workbench?.history[$0.iteration]?.revision != $0.revision } ?? false
    }
  }

  /// Measures sensitivity next; what was stopped under the same settings goes on in the middle of a curve.
  func startSensitivity(_ settings: SensitivitySettings, _ workbench: Workbench) throws(SessionError) {
    // The scores that decide what goes must not change on the way.
    pauseScoring()
    holdSensitivity()
    let iteration = workbench.history.current
    let run: SensitivityRun
    if let held = heldSensitivity, held.iteration == iteration, held.run.settings == settings,
      held.run.criterion == workbench.scores.criterion
    {
      run = held.run
    } else {
      run = try workbench.sensitivityRun(settings, times: snapshot.widths.value, options: options)
    }
    heldSensitivity = nil
    workbench.adopt(run.table, for: iteration)
    runs.insert(.sensitivity(run, iteration: iteration), at: 0)
  }

  /// Takes a measurement of sensitivity off the runs; it can go on.
  func holdSensitivity() {
    runs.removeAll { run in
      guard case .sensitivity(let measuring, let iteration) = run else { return false }
      heldSensitivity = (measuring, iteration)
      return true
    }
  }

  /// Stops what goes over the data: they are others now.
  func stopUsingData() {
    leaveNetwork()
    runs.removeAll { $0.evaluated != nil }
  }

  /// Stops what is about the current network: another one comes in its place, or changes it. Iterations that are being
  /// measured give way, and are measured on behind it.
  func leaveNetwork() {
    if runs.contains(where: \.isHosted) { hosted?.pause() }
    runs.removeAll { $0.usesData && $0.evaluated == nil }
    paused = nil
    heldSensitivity = nil
  }

  /// Puts a run before the times that nobody waits for.
  func begin(_ run: EngineRun) {
    let index = runs.firstIndex { $0.timing == .table(isAsked: false) || $0.timing?.isOfIteration == true }
    runs.insert(run, at: index ?? runs.endIndex)
  }

  // MARK: Latency

  /// Measures the original's layers: the table serves all that is made of it.
  ///
  /// It is begun with the model and goes on while nothing else does; large models only where it is asked for.
  func startTable(_ workbench: Workbench, isAsked: Bool) {
    guard snapshot.latency.value == nil else { return }
    let original = workbench.history.original.network
    let limit = 20_000_000_000
    guard isAsked || original.summary.multiplyAccumulates <= limit else { return }
    var run = LatencyRun(tableOf: original, options: options, cache: latencies)
    if let index = runs.firstIndex(where: { $0.timing?.isTable == true }),
      case .timing(let begun, _) = runs.remove(at: index)
    {
      run = begun
    }
    snapshot.latencyProblem = nil
    runs.insert(.timing(run, .table(isAsked: isAsked)), at: isAsked ? 0 : runs.endIndex)
  }

  /// What times are measured under here and now.
  var latencyConditions: LatencyConditions { LatencyConditions(options) }

  /// Measures the current iteration beside the original, where that was measured; anew where its time is one under other
  /// conditions.
  func startTiming(_ workbench: Workbench) {
    runs.removeAll { $0.timing?.isOfIteration == true }
    let isKnown = workbench.history.now.latency?.compares(under: latencyConditions) ?? false
    guard snapshot.latency.value != nil, !isKnown else { return }
    let run = LatencyRun(
      [workbench.history.original.network, workbench.current], options: options, cache: latencies)
    runs.append(.timing(run, .iteration(workbench.history.current)))
  }

  /// Measures widths near the multiples that layers would be left with; only the newest choice counts.
  func measureWidths(near kept: [String: Int], _ workbench: Workbench) {
    runs.removeAll { $0.timing == .widths }
    let run = LatencyRun(widthsNear: kept, in: workbench.current, options: options, cache: latencies)
    if run.progress.total == 0 {
      finish(run, .widths, workbench)
    } else {
      runs.insert(.timing(run, .widths), at: 0)
    }
  }

  private func finish(_ run: LatencyRun, _ timing: EngineRun.Timing, _ workbench: Workbench) {
    switch timing {
    case .table:
      snapshot.latency.value = run.table(for: workbench.history.original.network)
      if let seconds = run.seconds.first, let spread = run.spreads.first {
        workbench.record(latency: measured(seconds, spread: spread), for: 0)
      }
      log(.success, "Measured the latency of \(run.layerCount) layers.")
      startTiming(workbench)
    case .iteration(let iteration):
      // What else the machine does now meets both networks: their ratio is what can be compared with earlier ones.
      guard let known = workbench.history.original.latency, known.compares(under: latencyConditions),
        run.seconds[0] > 0
      else { return }
      let seconds = known.seconds * run.seconds[1] / run.seconds[0]
      workbench.record(latency: measured(seconds, spread: run.spreads[1]), for: iteration)
    case .widths: snapshot.widths.update(to: run.widths)
    }
  }

  private func measured(_ seconds: Double, spread: Double) -> MeasuredLatency {
    MeasuredLatency(seconds: seconds, conditions: latencyConditions, spread: spread, date: Date())
  }

  // MARK: Steps

  /// Goes on with the first run; one that fails is over, the others are not.
  func step() throws(SessionError) {
    guard let first = runs.first, let workbench else { return }
    do throws(SessionError) {
      guard try !step(first, workbench) else { return }
      runs.removeFirst()
    } catch {
      if first.isTraining || first.isIterating, !error.isNoStop {
        // Stopped in the middle of a batch: the command that did it settles what was learned.
        return
      }
      runs.removeFirst()
      if case .sensitivity(let run, let iteration) = first, !error.isNoStop {
        heldSensitivity = (run, iteration)
      }
      guard let timing = first.timing, error.isNoStop else { throw error }
      snapshot.latencyProblem = error.sentence
      log(.warning, "Latency cannot be measured: \(error.sentence)")
      if timing == .table(isAsked: true) { throw error }
      return
    }
    switch first {
    case .scoring(let run):
      log(.success, "Scored \(run.table.examples) examples.")
      logSkipped(run.skipped)
    case .evaluating(let run, let iteration, _):
      workbench.record(run.result, for: iteration)
      logSkipped(run.skipped)
    case .recovering(let run, let iteration): try finish(run, of: iteration, workbench)
    case .sensitivity(let run, _):
      log(.success, "Measured the sensitivity of \(run.table.completeCount) sets of layers.")
      logSkipped(run.skipped)
    case .iterating(let loop): try finish(loop, workbench)
    case .training(let run, let iteration, let teacher):
      try finish(run, of: iteration, teacher, workbench)
    case .timing(let run, let timing): finish(run, timing, workbench)
    case .hosted(let run): try finish(run, workbench)
    }
  }

  private func finish(
    _ run: RecoveryRun, of iteration: Int, _ workbench: Workbench
  ) throws(SessionError) {
    workbench.adopt(run, for: iteration)
    changeNetwork()
    for line in run.recovery.lines { log(.success, line) }
    logSkipped(run.skipped)
    if run.recovery.steps.last?.evaluation == nil { try startEvaluating(workbench) }
    try startScoring(criterion, workbench)
  }

  private func step(_ run: EngineRun, _ workbench: Workbench) throws(SessionError) -> Bool {
    switch run {
    case .scoring(let run): return try workbench.step(run)
    case .evaluating(let run, _, _): return try run.step()
    case .recovering(let run, _): return try run.step()
    case .sensitivity(let run, let iteration):
      let goesOn = try run.step()
      workbench.adopt(run.table, for: iteration)
      return goesOn
    case .training(let run, _, _): return try workbench.step(run)
    case .iterating(let loop):
      let changes = loop.changes
      let goesOn = try loop.step()
      if loop.changes > changes { changeNetwork() }
      return goesOn
    case .timing(let run, _): return try run.step()
    case .hosted(let run): return try run.step()
    }
  }

  func logSkipped(_ skipped: [Batch.Skipped]) {
    guard let first = skipped.first else { return }
    log(.warning, "\(skipped.count) examples could not be read; the first is \(first.name): \(first.reason)")
  }
}

extension EngineRun.Timing {
  fileprivate var isTable: Bool { if case .table = self { true } else { false } }
  fileprivate var isOfIteration: Bool { if case .iteration = self { true } else { false } }
}

extension SessionError {
  /// Whether something went wrong rather than being stopped.
  var isNoStop: Bool { if case .cancelled = self { false } else { true } }
}
