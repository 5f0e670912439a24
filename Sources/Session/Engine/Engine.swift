package import Compute
import Foundation

/// The engine: one thread of its own that owns a `Workbench`, takes commands in and sends reports out.
///
/// oneDNN keeps a team of workers a calling thread, and a screen must not wait for a batch: so whatever
/// computes runs here, and only values cross.
package final class Engine: Sendable {
  private let inbox = Inbox()
  private let cancellation = CancellationFlag()

  /// Starts the thread.
  ///
  /// - Parameters:
  ///   - options: how plans compute.
  ///   - latencyCachePath: where times of layers are kept; `nil` keeps them for this engine only.
  ///   - sessions: where what happens is kept.
  ///   - measuresLatency: whether the layers of a model are measured without being asked for.
  ///   - report: called on the engine's thread, or on one that works for it; it should hand over and return.
  package convenience init(
    options: ComputeOptions = ComputeOptions(), latencyCachePath: String? = LatencyCache.standardPath,
    sessions: SessionLocation = .nowhere, measuresLatency: Bool = true,
    report: @escaping @Sendable (EngineReport) -> Void
  ) {
    self.init(
      options: options, latencyCachePath: latencyCachePath, sessions: sessions,
      measuresLatency: measuresLatency, opensSchedule: nil, workers: nil, report: report)
  }

  /// The same with schedules, and with workers.
  package init(
    options: ComputeOptions = ComputeOptions(), latencyCachePath: String? = LatencyCache.standardPath,
    sessions: SessionLocation = .nowhere, measuresLatency: Bool = true, opensSchedule: ScheduleOpener?,
    workers: Workers?, report: @escaping @Sendable (EngineReport) -> Void
  ) {
    let inbox = inbox
    let cancellation = cancellation
    let thread = Thread {
      Self.giveWay()
      EngineLoop(
        inbox: inbox, cancellation: cancellation, options: options,
        latencies: LatencyCache(path: latencyCachePath), sessions: sessions, measuresLatency: measuresLatency,
        opensSchedule: opensSchedule, workers: workers, report: report
      ).run()
    }
    thread.name = "engine"
    thread.stackSize = 16 << 20
    thread.start()
  }

  /// Lets the thread, and what it starts, go behind the screen's: a key is not to wait for a turn while every core computes.
  private static func giveWay() {
    #if os(Linux)
      // There, 0 is the thread that calls and not the whole program.
      _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
    #else
      Thread.current.qualityOfService = .utility
    #endif
  }

  /// Hands a command over; never blocks for long.
  package func send(_ command: EngineCommand) {
    switch command {
    case .cancel, .quit: cancellation.set()
    default: break
    }
    inbox.put(command)
  }

  /// Waits until the thread has ended after `quit`, at most `seconds`.
  package func waitUntilEnded(seconds: Double) { inbox.waitUntilClosed(seconds: seconds) }
}
