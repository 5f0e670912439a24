internal import Dispatch
internal import Synchronization

/// How long keys took from being read until the screen that shows their effect was sent.
///
/// It starts when `poll` reports input, so it holds the handling, the drawing and the writing to the terminal,
/// and not what the terminal itself needs. Escape takes 25 ms more: so long ncurses waits for the rest of a
/// sequence. The last 65,536 keys are kept.
package final class LatencyRecord: Sendable {
  private static let capacity = 65_536
  private struct State {
    var spans: [Duration] = []
    var next = 0
    var total = 0
    var ends: [UInt64] = []
  }
  private let state = Mutex(State())

  /// An empty record.
  package init() {}

  /// How many keys were measured since the last `reset`.
  package var count: Int { state.withLock { $0.total } }

  /// The span that this share (0–1) of the keys did not exceed, by nearest rank; nil without keys.
  package func percentile(_ share: Double) -> Duration? {
    let spans = state.withLock { $0.spans }.sorted()
    guard !spans.isEmpty, share.isFinite else { return nil }
    let rank = (min(1, max(0, share)) * Double(spans.count)).rounded(.up)
    return spans[min(spans.count - 1, max(0, Int(rank) - 1))]
  }

  /// When the last keys were on the screen, in nanoseconds of the machine's uptime, so that another process
  /// that pressed them can tell how long each took in all.
  package var ends: [UInt64] { state.withLock { $0.ends } }

  /// Forgets everything.
  package func reset() { state.withLock { $0 = State() } }

  func add(_ span: Duration) {
    state.withLock { state in
      if state.spans.count < Self.capacity {
        state.spans.append(span)
      } else {
        state.spans[state.next] = span
      }
      state.next = (state.next + 1) % Self.capacity
      state.total += 1
      if state.ends.count == Self.capacity { state.ends.removeFirst(Self.capacity / 2) }
      state.ends.append(DispatchTime.now().uptimeNanoseconds)
    }
  }
}
