import Errors
import Foundation
import Pruning

/// A run that measures latencies. One that fails is a fact about the model, not a failure of a command.
protocol TimingRun: EngineRun {
  var run: LatencyRun { get }
  /// Whether somebody asked for it, and has to be told where it fails.
  var isAsked: Bool { get }
}

extension TimingRun {
  var activity: Activity { Activity(kind: .timing, progress: run.progress) }
  var subject: RunSubject { .times }
  var isAsked: Bool { false }

  func step() throws -> Bool { try run.step() }

  func fail(_ error: any Error, in engine: EngineLoop) throws {
    guard !(error is Stopped) else { throw error }
    engine.snapshot.latencyProblem = CaughtError(error).sentence
    engine.log(.warning, "Latency cannot be measured: \(CaughtError(error).sentence)")
    if isAsked { throw error }
  }
}

extension EngineLoop {
  /// What times are measured under here and now.
  var latencyConditions: LatencyConditions { LatencyConditions(options) }

  func measured(_ seconds: Double, spread: Double) -> MeasuredLatency {
    MeasuredLatency(seconds: seconds, conditions: latencyConditions, spread: spread, date: Date())
  }
}
