import Compute
import Errors
import Synchronization

/// Turns ^C and SIGTERM into a flag that long work looks at, so that nothing is left half-written.
///
/// The signals are watched once, for all parts of the work.
final class Interruption {
  private struct Asked {
    /// Whether any part of the work looked at a flag so far.
    var isWatched = false
    var flags: [CancellationFlag] = []
    /// Whether a signal came while nothing looked at a flag: what begins next ends at once.
    var isPending = false
  }

  private static let asked = Mutex(Asked())

  /// Asks the work to end. `false` where nothing was begun that could be asked: the signal does what it does to any program.
  static func take() -> Bool {
    let isWatched = asked.withLock { asked in
      guard asked.isWatched else { return false }
      asked.isPending = asked.flags.isEmpty
      for flag in asked.flags { flag.set() }
      return true
    }
    if isWatched { SharedRun.interrupt() }
    return isWatched
  }

  let flag = CancellationFlag()

  init() {
    Self.asked.withLock { [flag] asked in
      asked.isWatched = true
      if asked.isPending { flag.set() }
      asked.isPending = false
      asked.flags.append(flag)
    }
  }

  deinit {
    Self.asked.withLock { [flag] asked in asked.flags.removeAll { $0 === flag } }
  }

  func check() throws { if flag.isSet { throw Stopped() } }

  /// The options with which kernels look at the flag too.
  func stopping(_ options: ComputeOptions) -> ComputeOptions {
    var options = options
    options.cancellation = flag
    return options
  }
}
