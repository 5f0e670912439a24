/// Measures the whole of an iteration beside the original.
final class IterationTiming: TimingRun {
  let run: LatencyRun
  private let workbench: Workbench
  private let iteration: Int

  init(_ run: LatencyRun, _ workbench: Workbench) {
    (self.run, self.workbench) = (run, workbench)
    iteration = workbench.history.current
  }

  var isBackground: Bool { true }

  func finish(in engine: EngineLoop) {
    // What else the machine does now meets both networks: their ratio is what can be compared with earlier ones.
    guard let known = workbench.history.original.latency, known.compares(under: engine.latencyConditions),
      run.seconds[0] > 0
    else { return }
    let seconds = known.seconds * run.seconds[1] / run.seconds[0]
    workbench.record(latency: engine.measured(seconds, spread: run.spreads[1]), for: iteration)
  }
}

extension EngineLoop {
  /// Measures the current iteration beside the original, where that was measured; anew where its time is one under other
  /// conditions.
  func startTiming(_ workbench: Workbench) {
    runs.removeAll { $0 is IterationTiming }
    let isKnown = workbench.history.now.latency?.compares(under: latencyConditions) ?? false
    guard snapshot.latency.value != nil, !isKnown else { return }
    let run = LatencyRun(
      [workbench.history.original.network, workbench.current], options: options, cache: latencies)
    runs.append(IterationTiming(run, workbench))
  }
}
