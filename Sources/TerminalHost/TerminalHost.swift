internal import CTerminal
package import TerminalUI

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Runs a `TerminalApplication` on the controlling terminal.
package enum TerminalHost {
  /// How the host behaves.
  package struct Options: Sendable {
    /// The drawing characters; nil chooses by the locale's codeset.
    package var glyphs: Glyphs?
    /// Whether colours are used; nil follows NO_COLOR (https://no-color.org).
    package var useColors: Bool?
    /// A file that what is printed meanwhile is appended to; nil keeps it only until the end. In both cases
    /// it is shown on stderr at the end.
    package var logPath: String?
    /// The shortest time between two `.wake` events: 15 a second.
    package var wakeInterval: Duration = .milliseconds(66)

    /// The defaults.
    package init() {}
  }

  /// Shows the application until it quits; the terminal is as it was afterwards.
  ///
  /// Keys are drawn at once; wake-ups at most at the rate of the options. Control-Z suspends and Control-L
  /// draws anew, whatever the application does with keys; both reach it as `.signal(.continue)` or not at all.
  /// Control-\ ends the program at once.
  ///
  /// - Parameters:
  ///   - application: What is shown; its last state can be read when this returns.
  ///   - options: How to behave.
  ///   - wakeUp: How other threads wake the application.
  ///   - latency: Takes the time from key to screen.
  /// - Throws: Why there is no screen; nothing was drawn then.
  package static func run<Application: TerminalApplication>(
    _ application: inout Application, options: Options = Options(), wakeUp: WakeUp? = nil,
    latency: LatencyRecord? = nil
  ) throws(TerminalHostError) {
    let log = term_log_open(options.logPath)
    if log < 0, let path = options.logPath { throw .unwritableLog(path) }
    defer { term_log_close(log) }
    let start = term_log_end(log)
    switch Int(term_open(log)) {
    case TERM_OPENED: break
    case TERM_NO_TTY: throw .noTerminal
    case TERM_UNKNOWN_TYPE: throw .unknownTerminal(String(cString: term_type()))
    case TERM_TOO_DUMB: throw .cannotPlaceCursor(String(cString: term_type()))
    default: throw .unusable
    }
    defer {
      term_close()
      term_log_replay(log, start)
    }
    let noColor = getenv("NO_COLOR").map { $0.pointee != 0 } ?? false
    var loop = EventLoop(
      screen: Screen(glyphs: options.glyphs, useColors: options.useColors ?? !noColor),
      wakeInterval: options.wakeInterval, wakeUp: wakeUp, latency: latency)
    loop.run(&application)
  }
}
