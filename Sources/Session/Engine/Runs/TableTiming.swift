import Graph
import Pruning

/// Measures the layers of the original: their table serves all that is made of it.
final class TableTiming: TimingRun {
  let run: LatencyRun
  let isAsked: Bool
  private let workbench: Workbench

  init(_ run: LatencyRun, isAsked: Bool, _ workbench: Workbench) {
    (self.run, self.isAsked, self.workbench) = (run, isAsked, workbench)
  }

  var isBackground: Bool { !isAsked }

  func finish(in engine: EngineLoop) {
    engine.snapshot.latency.value = run.table(for: workbench.history.original.network)
    if let seconds = run.seconds.first, let spread = run.spreads.first {
      workbench.record(latency: engine.measured(seconds, spread: spread), for: 0)
    }
    engine.log(.success, "Measured the latency of \(run.layerCount) layers.")
    engine.startTiming(workbench)
  }
}

extension EngineLoop {
  /// Measures the original's layers.
  ///
  /// It is begun with the model and goes on while nothing else does; large models only where it is asked for.
  func startTable(_ workbench: Workbench, isAsked: Bool) {
    guard snapshot.latency.value == nil else { return }
    let original = workbench.history.original.network
    let limit = 20_000_000_000
    guard isAsked || original.summary.multiplyAccumulates <= limit else { return }
    let begun = runs.lazy.compactMap { $0 as? TableTiming }.first
    runs.removeAll { $0 === begun }
    let run = begun?.run ?? LatencyRun(tableOf: original, options: options, cache: latencies)
    snapshot.latencyProblem = nil
    runs.insert(
      TableTiming(run, isAsked: isAsked, workbench), at: isAsked ? 0 : runs.endIndex)
  }
}
