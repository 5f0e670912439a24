import Compute
import Dispatch
import Foundation
import Session
import TerminalUI

/// Results on standard output, everything else on standard error.
enum Console {
  static func note(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

  static func result(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }

  /// Prints a value as JSON: keys sorted, in snake case, the same bytes for the same value.
  static func json(_ value: some Encodable) { result(encoded(value)) }

  static func encoded(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard let data = try? encoder.encode(value) else { preconditionFailure("these values always encode") }
    return String(decoding: data, as: UTF8.self)
  }
}

/// A line on standard error that says how far a run is; silent where that is not a terminal.
struct ProgressLine {
  private var phase: String
  private let isVisible = isatty(2) == 1
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
    FileHandle.standardError.write(Data("\r\u{1B}[K\(phase) \(text())".utf8))
  }

  /// Takes the line away.
  func end() {
    if isVisible { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
  }
}

/// Turns ^C and SIGTERM into a flag that long work looks at, so that nothing is left half-written.
final class Interruption {
  let flag = CancellationFlag()
  private var sources: [any DispatchSourceSignal] = []

  init() {
    for number in [SIGINT, SIGTERM] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      let flag = flag
      source.setEventHandler { flag.set() }
      source.resume()
      sources.append(source)
    }
  }

  func check() throws(SessionError) { if flag.isSet { throw .cancelled } }
}

extension DataRun {
  /// Walks to the end, with progress; names what could not be read.
  func finish(_ phase: String, stoppedBy interruption: Interruption) throws(SessionError) {
    var line = ProgressLine(phase)
    defer { line.end() }
    while try step() {
      try interruption.check()
      line.update(progress)
    }
    line.end()
    SkippedReport.note(skipped)
  }
}
