import Foundation
import Graph

/// Tries a numbered range of mutants, each made from its number alone.
///
///     Attack PART --from N --count M --state FILE [--keep FOLDER] [--wanted OUTCOME]
///
/// The number of the mutant that is being tried stands in the state file, so that whoever started this knows which one
/// ended it; a process that held more than its budget says so and ends. How far mutants came is printed every thousand, as
/// a line of JSON. A mutant whose outcome is wrong, such as a file that was written and cannot be read again, is printed at
/// once, as are the numbers of those with the wanted outcome.
@main
struct Attack {
  static func main() throws {
    // A pipe that nobody reads is nothing to end for.
    signal(SIGPIPE, SIG_IGN)
    let arguments = try Arguments(CommandLine.arguments.dropFirst())
    let folder = arguments.keep ?? (arguments.state + ".files")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { if arguments.keep == nil { try? FileManager.default.removeItem(atPath: folder) } }
    let target = try arguments.part.target(folder: folder)
    let state = FileHandle(forWritingAtPath: arguments.state) ?? .nullDevice
    Limits.bound(memory: arguments.memory)
    // What the program foretells and refuses beyond; several such things may be there at once.
    MemoryBudget.ask(for: MemoryBudget(bytes: arguments.budget / 2))
    var outcomes: [String: Int] = [:]
    var slowest = (number: arguments.from, seconds: 0.0)
    for number in arguments.from..<arguments.from + arguments.count {
      try state.seek(toOffset: 0)
      try state.write(contentsOf: Data("\(number)\n".utf8))
      Limits.allow(seconds: arguments.seconds)
      let began = Limits.processorSeconds
      var mutator = Mutator(seed: number)
      let outcome = target.outcome(&mutator)
      let seconds = Limits.processorSeconds - began
      if seconds > slowest.seconds { slowest = (number, seconds) }
      outcomes[outcome.stage, default: 0] += 1
      if let fault = outcome.fault { report(["number": number, "fault": fault]) }
      if outcome.stage == arguments.wanted { report(["number": number, "stage": outcome.stage]) }
      if Limits.peakBytes > arguments.budget {
        // What was held once is not told from what is held now: another process goes on.
        report([
          "number": number, "fault": "it held \(Limits.peakBytes / 1_000_000) MB", "upTo": number,
          "outcomes": outcomes,
        ])
        exit(75)
      }
      if number % 1000 == 999 || number == arguments.from + arguments.count - 1 {
        report([
          "upTo": number, "outcomes": outcomes, "slowest": slowest.number, "seconds": slowest.seconds,
          "peakBytes": Limits.peakBytes,
        ])
        outcomes = [:]
        slowest = (number, 0)
      }
    }
  }

  private static func report(_ line: [String: Any]) {
    guard var data = try? JSONSerialization.data(withJSONObject: line, options: .sortedKeys) else { return }
    data.append(UInt8(ascii: "\n"))
    try? FileHandle.standardOutput.write(contentsOf: data)
  }
}

/// How far the program went with a mutant.
struct Outcome {
  /// The step that refused it, or `done`.
  var stage: String
  /// What was wrong although nothing ended the program.
  var fault: String?

  static let done = Outcome(stage: "done")
}

/// One kind of input.
protocol Target {
  /// Makes a mutant and does with it what the program does.
  func outcome(_ mutator: inout Mutator) -> Outcome
}

/// The kinds of input, as they are asked for.
enum Part: String, CaseIterable {
  case onnx, mxnet, pt2, data, tensors, text, session, screens

  func target(folder: String) throws -> any Target {
    switch self {
    case .onnx: try ONNXTarget(folder: folder)
    case .mxnet: try MXNetTarget(folder: folder)
    case .pt2: try PT2Target(folder: folder)
    case .data: DataTarget(folder: folder)
    case .tensors: try TensorsTarget(folder: folder)
    case .text: try TextTarget(folder: folder)
    case .session: try SessionTarget(folder: folder)
    case .screens: try ScreensTarget()
    }
  }
}

/// What was asked for.
struct Arguments {
  var part = Part.onnx
  var from: UInt64 = 0
  var count: UInt64 = 1
  var state = "/dev/null"
  var keep: String?
  var wanted: String?
  var seconds = 10
  var memory = 4_000_000_000
  var budget = 1_000_000_000

  struct Wrong: Error, CustomStringConvertible {
    let description: String
  }

  init(_ words: some Sequence<String>) throws {
    var words = Array(words)[...]
    guard let first = words.popFirst(), let part = Part(rawValue: first) else {
      throw Wrong(description: "The first argument is one of \(Part.allCases.map(\.rawValue)).")
    }
    self.part = part
    while let option = words.popFirst() {
      guard let value = words.popFirst() else { throw Wrong(description: "\(option) has no value.") }
      switch option {
      case "--from": from = UInt64(value) ?? 0
      case "--count": count = UInt64(value) ?? 1
      case "--state": state = value
      case "--keep": keep = value
      case "--wanted": wanted = value
      case "--seconds": seconds = Int(value) ?? 10
      case "--memory": memory = Int(value) ?? 4_000_000_000
      case "--budget": budget = Int(value) ?? 1_000_000_000
      default: throw Wrong(description: "There is no option \(option).")
      }
    }
  }
}
