import Foundation
import Synchronization

/// Makes elements on a thread of its own, a few ahead of who takes them, in order.
///
/// At most `capacity` elements wait. When the last reference to the queue goes, or at `stop`, the thread ends after the
/// element it is at, and what waited goes with it.
package final class Prefetch<Element: Sendable>: Sendable {
  private let line: Line<Element>

  /// Starts the thread.
  ///
  /// - Parameters:
  ///   - capacity: elements that wait at most.
  ///   - makeSource: called once, on the thread; what it gives is called for each element until that is `nil` or throws.
  package init(
    capacity: Int = 2, _ makeSource: @escaping @Sendable () -> () throws -> Element?
  ) {
    let line = Line<Element>(capacity: max(1, capacity))
    self.line = line
    let thread = Thread {
      let source = makeSource()
      while line.waitForRoom() {
        do {
          guard let element = try source() else { return line.put(.success(nil)) }
          line.put(.success(element))
        } catch { return line.put(.failure(error)) }
      }
    }
    thread.name = "prefetch"
    thread.stackSize = 4 << 20
    thread.start()
  }

  deinit { line.close() }

  /// The next element; waits until there is one. `nil` behind the last one and once stopped.
  ///
  /// - Throws: what the source threw, in its place; `nil` follows.
  package func next() throws -> Element? { try line.take() }

  /// Ends the thread; nothing comes any more.
  package func stop() { line.close() }
}

/// What passes between the two threads.
private final class Line<Element: Sendable>: Sendable {
  private struct State {
    var waiting: [Result<Element?, any Error>] = []
    var isClosed = false
    /// Whether the last element was taken.
    var isOver = false
  }

  private let state = Mutex(State())
  private let room: DispatchSemaphore
  private let filled = DispatchSemaphore(value: 0)

  init(capacity: Int) {
    // A semaphore may not go with a lower value than it was made with: it is raised to it.
    room = DispatchSemaphore(value: 0)
    for _ in 0..<capacity { room.signal() }
  }

  /// Waits until another element may be made; false once closed.
  func waitForRoom() -> Bool {
    room.wait()
    return !state.withLock(\.isClosed)
  }

  func put(_ element: Result<Element?, any Error>) {
    state.withLock { if !$0.isClosed { $0.waiting.append(element) } }
    filled.signal()
  }

  func take() throws -> Element? {
    guard !state.withLock({ $0.isOver || $0.isClosed }) else { return nil }
    filled.wait()
    let taken = state.withLock { state -> Result<Element?, any Error>? in
      guard !state.isClosed, !state.waiting.isEmpty else { return nil }
      let first = state.waiting.removeFirst()
      if case .success(.some) = first {} else { state.isOver = true }
      return first
    }
    room.signal()
    return try taken?.get()
  }

  func close() {
    state.withLock {
      $0.isClosed = true
      $0.waiting = []
    }
    // Whoever waits on either side sees that it is over.
    room.signal()
    filled.signal()
  }
}
