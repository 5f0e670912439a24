import ArgumentParser
import Foundation
import Session
import TerminalUI

struct BenchKeysCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys",
    abstract: "Measures how long a key takes to the screen while the engine scores on every core.",
    discussion: """
      The terminal program runs in tmux, on the model's own data. A key's time runs from the moment it is handed \
      to tmux until the program has sent the screen that shows its effect.

      EXAMPLES
        secateur bench keys SampleModels/residual.onnx
        secateur bench keys SampleModels/residual.onnx --first B --size 200x60   # with distributions in the rows
      """)

  @Argument(help: "A model with data beside it.", completion: ModelOptions.completion) var model: ModelPath
  @Option(help: "Keys to press, at least.", transform: WholeNumber.count) var keys = 500
  @Option(help: "Columns and rows of the terminal.") var size = "140x40"
  @Option(
    help: ArgumentHelp(
      "A key that is pressed before any is timed, as tmux names it; may be repeated: B draws distributions.",
      valueName: "key"))
  var first: [String] = []
  @Flag(help: "Print JSON.") var json = false

  private struct Report: Encodable {
    let keys: Int
    let medianMilliseconds: Double
    let percentile99Milliseconds: Double
    let highestMilliseconds: Double
    /// The key that took longest.
    let slowestKey: String
  }

  func run() throws {
    try reporting {
      let pressed = try measure().sorted { $0.milliseconds < $1.milliseconds }
      let times = pressed.map(\.milliseconds)
      func share(_ fraction: Double) -> Double {
        times[min(times.count - 1, Int(fraction * Double(times.count)))]
      }
      let report = Report(
        keys: times.count, medianMilliseconds: share(0.5), percentile99Milliseconds: share(0.99),
        highestMilliseconds: times[times.count - 1], slowestKey: pressed[pressed.count - 1].key)
      if json {
        Console.json(report)
      } else {
        func text(_ value: Double) -> String { Quantity.fixed(value, digits: 1) }
        Console.result(
          "\(times.count) keys: median \(text(report.medianMilliseconds)) ms, "
            + "99 % within \(text(report.percentile99Milliseconds)) ms, "
            + "highest \(text(report.highestMilliseconds)) ms (\(report.slowestKey))")
      }
    }
  }

  /// What was pressed, and how long each key took.
  private func measure() throws -> [(key: String, milliseconds: Double)] {
    do {
      let terminal = try ControlledTerminal(size: size)
      defer { terminal.end() }
      let log = terminal.folder + "/keys"
      let program = [CommandLine.arguments[0], "open", model.path, "--no-session", "--key-times", log]
      try terminal.start(program.map { "'\($0)'" }.joined(separator: " "))
      // The first seconds are the engine's planning; then it scores for as long as there are examples.
      Thread.sleep(forTimeInterval: 3)
      for key in first {
        terminal.press(key)
        Thread.sleep(forTimeInterval: 0.1)
      }
      var pressed: [(key: String, at: UInt64)] = []
      while pressed.count < keys {
        // Scores are discarded and begun again, so that the engine never runs out of examples.
        let round = ["R", "y", "r"] + (0..<100).map { ["Down", "+", "Up", "-"][$0 % 4] }
        for key in round {
          pressed.append((key, DispatchTime.now().uptimeNanoseconds))
          terminal.press(key)
          Thread.sleep(forTimeInterval: 0.025)
        }
      }
      terminal.press("q")
      Thread.sleep(forTimeInterval: 0.5)
      terminal.press("y")
      try terminal.waitForEnd(of: log)
      let text = String(decoding: FileManager.default.contents(atPath: log) ?? Data(), as: UTF8.self)
      let shown = text.split(separator: "\n").compactMap { UInt64($0) }
      guard shown.count >= first.count + pressed.count else { throw ControlledTerminal.Failure.lostKeys }
      return zip(pressed, shown.dropFirst(first.count)).map { ($0.key, Double($1 - $0.at) / 1e6) }
    } catch {
      throw SessionError.unfit(
        sentence: "The terminal program could not be measured: \(error).",
        remedy: "Install tmux, and give a model with a YAML file beside it that names its data.")
    }
  }
}

/// tmux in control mode: keys go over one pipe, without a process each.
private final class ControlledTerminal {
  enum Failure: Error, CustomStringConvertible {
    case noTmux, lostKeys, neverEnded

    var description: String {
      switch self {
      case .noTmux: "there is no tmux"
      case .lostKeys: "some keys never reached the screen"
      case .neverEnded: "it did not end"
      }
    }
  }

  let folder: String
  private let tmux: String
  private let extents: (columns: String, rows: String)
  private let socket = "secateur-bench-\(getpid())"
  private let control = Process()
  private let input = Pipe()

  init(size: String) throws {
    let paths = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/tmux" }
    guard let tmux = paths.first(where: FileManager.default.isExecutableFile(atPath:)) else {
      throw Failure.noTmux
    }
    self.tmux = tmux
    folder = FileManager.default.temporaryDirectory.appendingPathComponent(socket).path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let words = size.split(separator: "x").map(String.init)
    extents = (words.first ?? "140", words.last ?? "40")
    control.executableURL = URL(fileURLWithPath: tmux)
    control.arguments =
      [
        "-L", socket, "-f", "/dev/null", "-C", "new-session", "-x", extents.columns, "-y", extents.rows,
      ]
      + ["env", "LC_ALL=C.UTF-8", "sh"]
    control.standardInput = input
    control.standardOutput = FileHandle.nullDevice
    control.standardError = FileHandle.nullDevice
    try control.runUnblocked()
  }

  func start(_ command: String) throws {
    // The program under the keys ends with this one, also where this one is killed.
    send("set-option -g destroy-unattached on")
    send("set-option -g status off")
    send("refresh-client -C \(extents.columns),\(extents.rows)")
    send("send-keys -l \"\(command)\"")
    send("send-keys Enter")
  }

  func press(_ key: String) { send("send-keys \(key)") }

  /// Waits until the program has written its record.
  func waitForEnd(of log: String) throws {
    for _ in 0..<200 {
      if FileManager.default.fileExists(atPath: log) { return }
      Thread.sleep(forTimeInterval: 0.05)
    }
    throw Failure.neverEnded
  }

  func end() {
    send("kill-server")
    control.waitUntilExit()
    try? FileManager.default.removeItem(atPath: folder)
  }

  private func send(_ command: String) {
    try? input.fileHandleForWriting.write(contentsOf: Data((command + "\n").utf8))
  }
}
