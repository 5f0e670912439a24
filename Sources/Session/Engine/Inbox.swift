import Dispatch
import Synchronization

/// Commands on their way to the engine.
final class Inbox: Sendable {
  private struct State {
    var commands: [EngineCommand] = []
    var isClosed = false
  }

  private let state = Mutex(State())
  private let arrival = DispatchSemaphore(value: 0)
  private let end = DispatchSemaphore(value: 0)

  func put(_ command: EngineCommand) {
    state.withLock { $0.commands.append(command) }
    arrival.signal()
  }

  /// The next command; waits for one unless told otherwise.
  func take(waiting: Bool) -> EngineCommand? {
    // A wait that may last no time still takes a tenth of a millisecond, far longer than a short pass.
    if !waiting, count == 0 { return nil }
    arrival.wait()
    return state.withLock { $0.commands.removeFirst() }
  }

  var count: Int { state.withLock { $0.commands.count } }

  func close() { end.signal() }

  func waitUntilClosed(seconds: Double) { _ = end.wait(timeout: .now() + seconds) }
}
