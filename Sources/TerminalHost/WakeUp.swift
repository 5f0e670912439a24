internal import CTerminal
internal import Synchronization

/// Lets another thread tell the terminal's thread that there is news.
///
/// The terminal's thread blocks in `poll`, where no task of its own can run, so news goes into a `Mutex` and a
/// byte into a pipe. Many calls before the host looks are one `.wake`.
package final class WakeUp: Sendable {
  private let reading: Int32
  private let writing: Int32
  private let pending = Atomic<Bool>(false)

  /// A new wake-up; if the system has no pipes left, it works but only with the next key or tick.
  package init() {
    var ends: [Int32] = [-1, -1]
    if term_wake_open(&ends) != 0 { ends = [-1, -1] }
    (reading, writing) = (ends[0], ends[1])
  }

  deinit {
    if reading >= 0 { term_wake_close([reading, writing]) }
  }

  /// Makes the host send `.wake` soon: at once, or when the last one is a fifteenth of a second ago.
  package func wake() {
    if !pending.exchange(true, ordering: .acquiringAndReleasing), writing >= 0 { term_wake_send(writing) }
  }

  /// What the host polls; −1 if there is none.
  var descriptor: Int32 { reading }

  /// Whether somebody called `wake` since the last `take`.
  var isPending: Bool { pending.load(ordering: .acquiring) }

  /// Forgets the calls so far. Emptied first, then cleared: a call in between is seen by the next look.
  func take() {
    if reading >= 0 { term_wake_drain(reading) }
    pending.store(false, ordering: .sequentiallyConsistent)
  }
}
