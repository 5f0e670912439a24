/// Measures widths near those that a choice would leave.
final class WidthTiming: TimingRun {
  let run: LatencyRun

  init(_ run: LatencyRun) { self.run = run }

  func finish(in engine: EngineLoop) { engine.snapshot.widths.update(to: run.widths) }
}

extension EngineLoop {
  /// Measures widths near the multiples that layers would be left with; only the newest choice counts.
  func measureWidths(near kept: [String: Int], _ workbench: Workbench) {
    runs.removeAll { $0 is WidthTiming }
    let timing = WidthTiming(
      LatencyRun(widthsNear: kept, in: workbench.current, options: options, cache: latencies))
    if timing.run.progress.total == 0 {
      timing.finish(in: self)
    } else {
      runs.insert(timing, at: 0)
    }
  }
}
