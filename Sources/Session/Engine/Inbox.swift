import Dispatch
import Synchronization

/// What the engine is told.
enum EngineMessage: Sendable {
  case command(EngineCommand)
  /// A run of another module is to be taken in.
  case host(HostedRunMaker)
  /// The hosted run is to be told something.
  case order(any Sendable)
}

/// Messages on their way to the engine.
final class Inbox: Sendable {
  private struct State {
    var messages: [EngineMessage] = []
    var isClosed = false
  }

  private let state = Mutex(State())
  private let arrival = DispatchSemaphore(value: 0)
  private let end = DispatchSemaphore(value: 0)

  func put(_ message: EngineMessage) {
    state.withLock { $0.messages.append(message) }
    arrival.signal()
  }

  /// The next message; waits for one unless told otherwise.
  func take(waiting: Bool) -> EngineMessage? {
    // A wait that may last no time still takes a tenth of a millisecond, far longer than a short pass.
    if !waiting, count == 0 { return nil }
    arrival.wait()
    return state.withLock { $0.messages.removeFirst() }
  }

  var count: Int { state.withLock { $0.messages.count } }

  func close() { end.signal() }

  func waitUntilClosed(seconds: Double) { _ = end.wait(timeout: .now() + seconds) }
}
