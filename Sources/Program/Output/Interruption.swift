import Compute
import Dispatch
import Errors
import Foundation
import Synchronization

/// Turns ^C and SIGTERM into a flag that long work looks at, so that nothing is left half-written.
///
/// The signals are watched once, for all parts of the work. A source of its own for each part may be made while that of the part
/// before is not taken down yet: then both signals are ignored for good.
final class Interruption {
  private struct Asked {
    var sources: [any DispatchSourceSignal] = []
    var flags: [CancellationFlag] = []
    /// Whether a signal came while nothing looked at a flag: what begins next ends at once.
    var isPending = false
  }

  private static let asked = Mutex(Asked())

  private static func source(_ number: Int32) -> any DispatchSourceSignal {
    signal(number, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
    source.setEventHandler {
      asked.withLock { asked in
        asked.isPending = asked.flags.isEmpty
        for flag in asked.flags { flag.set() }
      }
      SharedRun.interrupt()
    }
    source.resume()
    return source
  }

  let flag = CancellationFlag()

  init() {
    Self.asked.withLock { [flag] asked in
      if asked.sources.isEmpty { asked.sources = [SIGINT, SIGTERM].map(Self.source) }
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
