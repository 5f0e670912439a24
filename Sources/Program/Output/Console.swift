import Compute
import Errors
import Foundation
import Session
import Synchronization
import TerminalUI

/// Results on standard output, everything else on standard error. All that is printed comes through here.
enum Console {
  /// The number of the first error of standard output; 0 while there is none.
  private static let failure = Atomic<Int32>(0)

  private static let isSilent = Atomic<Bool>(false)

  /// From now on nothing is printed: another process speaks for this one.
  static func silence() { isSilent.store(true, ordering: .relaxed) }

  static func note(_ text: TerminalText) { write(text.string + "\n", to: STDERR_FILENO) }

  static func result(_ text: TerminalText) { result(printed: text.string) }

  /// Prints a value as JSON: keys sorted, in snake case, the same bytes for the same value.
  static func json(_ value: some Encodable) { result(printed: encoded(value)) }

  /// JSON in which everything that a terminal would not just show is written as `\u001b`.
  static func encoded(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard let data = try? encoder.encode(value) else { preconditionFailure("these values always encode") }
    return escaped(String(decoding: data, as: UTF8.self))
  }

  /// Writes a line for the program that started this one.
  static func tell(_ line: [UInt8]) { write(String(decoding: line, as: UTF8.self), to: STDOUT_FILENO) }

  /// Takes the line that stands on standard error away, and puts another one there.
  static func line(_ text: TerminalText) { write("\r\u{1B}[K" + text.string, to: STDERR_FILENO) }

  /// Sees to it that a file which is opened never takes the place of a stream that is closed, and that a reader who goes
  /// away does not end the program in the middle of its work.
  static func prepare() {
    signal(SIGPIPE, SIG_IGN)
    for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(stream, F_GETFD) < 0 {
      // Opened the other way round, so that using it fails as it would have.
      _ = open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }

  /// Ends the program with a code, or with that of output which could not be written.
  static func exit(_ code: Int32) -> Never {
    SharedRun.end(code, code == 0 ? nil : ErrorReport.lastSentence ?? "It ended with the code \(code).")
    let failure = failure.load(ordering: .sequentiallyConsistent)
    guard failure != 0, code == 0 else { end(code) }
    let report = ErrorReport(unwritableOutput: String(cString: strerror(failure)).lowercased())
    // Whoever closed the pipe knows.
    if failure != EPIPE { report.show() }
    end(report.exitCode)
  }

  /// Ends the program as it stands. `exit` would take down what libraries hold, such as oneDNN's kernels, while a thread may still
  /// use it.
  private static func end(_ code: Int32) -> Never {
    fflush(nil)
    _exit(code)
  }

  private static func result(printed text: String) {
    let number = write(text + "\n", to: STDOUT_FILENO)
    if number != 0 {
      _ = failure.compareExchange(expected: 0, desired: number, ordering: .sequentiallyConsistent)
    }
  }

  /// Writes everything; gives the number of the error, or 0.
  @discardableResult
  private static func write(_ text: String, to stream: Int32) -> Int32 {
    if isSilent.load(ordering: .relaxed) { return 0 }
    var text = text
    return text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)[...]
      while !rest.isEmpty {
        let count = Foundation.write(stream, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count < 0, errno == EINTR { continue }
        if count < 0, errno == EAGAIN {
          var ready = pollfd(fd: stream, events: Int16(POLLOUT), revents: 0)
          poll(&ready, 1, -1)
          continue
        }
        guard count > 0 else { return count < 0 ? errno : EIO }
        rest = rest.dropFirst(count)
      }
      return 0
    }
  }

  private static func escaped(_ json: String) -> String {
    guard json.unicodeScalars.contains(where: { !$0.isShown && $0 != "\n" }) else { return json }
    return json.unicodeScalars.reduce(into: "") { text, scalar in
      if scalar.isShown || scalar == "\n" { return text.unicodeScalars.append(scalar) }
      for unit in String(scalar).utf16 {
        let digits = String(unit, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    }
  }
}

/// A line on standard error that says how far a run is; silent where that is not a terminal.
struct ProgressLine {
  private var phase: String
  private let isVisible = isatty(STDERR_FILENO) == 1
  private var lastDrawn = ContinuousClock.now - .seconds(1)

  init(_ phase: String) { self.phase = phase }

  mutating func update(_ progress: RunProgress, phase: String? = nil) {
    self.phase = phase ?? self.phase
    let rate = Quantity.grouped(Int(progress.examplesPerSecond))
    let left = progress.secondsLeft.map { ", ETA \(Quantity.duration(seconds: $0))" } ?? ""
    let counts = "\(Quantity.grouped(progress.done))/\(Quantity.grouped(progress.total))"
    update("\(counts) \(progress.unit), \(rate) a second\(left)")
  }

  /// Says something else behind the phase.
  mutating func update(_ text: @autoclosure () -> String) {
    guard isVisible, ContinuousClock.now - lastDrawn > .milliseconds(100) else { return }
    lastDrawn = .now
    Console.line("\(phase) \(text())")
  }

  /// Takes the line away.
  func end() {
    if isVisible { Console.line("") }
  }
}

extension DataRun {
  /// Walks to the end, with progress; names what could not be read.
  ///
  /// - Parameters:
  ///   - phase: what is being done, asked anew with each step.
  ///   - isEnough: whether what there is after a step is enough.
  func finish(
    _ phase: @autoclosure () -> String, stoppedBy interruption: Interruption,
    when isEnough: () throws -> Bool = { false }
  ) throws {
    var line = ProgressLine(phase())
    defer { line.end() }
    while try step() {
      try interruption.check()
      line.update(progress, phase: phase())
      if try isEnough() { break }
    }
    line.end()
    SkippedReport.note(skipped)
  }

  /// Walks to the end, or to ^C, after which `settle` makes the most of what there is. Ranks have to end together, so that what is
  /// shared with others ends there.
  ///
  /// - Returns: whether it went to its end.
  func finishOrSettle(
    _ phase: @autoclosure () -> String, stoppedBy interruption: Interruption, settle: () throws -> Void
  ) throws -> Bool {
    do {
      try finish(phase(), stoppedBy: interruption)
      return true
    } catch is Stopped where !SharedRun.isShared {
      interruption.flag.clear()
      try settle()
      return false
    }
  }
}
