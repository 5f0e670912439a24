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
    if waiting {
      arrival.wait()
    } else if arrival.wait(timeout: .now()) == .timedOut {
      return nil
    }
    return state.withLock { $0.commands.removeFirst() }
  }

  var count: Int { state.withLock { $0.commands.count } }

  func close() { end.signal() }

  func waitUntilClosed(seconds: Double) { _ = end.wait(timeout: .now() + seconds) }
}
