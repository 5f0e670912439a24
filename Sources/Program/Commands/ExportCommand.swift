import ArgumentParser
import Foundation
import Graph
import Session
import TerminalUI

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Writes an iteration of a session: the model, its plan, a report, the indices that stay.",
    discussion: """
      The session is the model's own, or the one in --session. Without --iteration the one that was current last is \
      written; `--list` shows what there is.

      EXAMPLES
        secateur export resnet18.onnx --list
        secateur export resnet18.onnx --iteration 3 -o small.onnx --plan-out plan.yaml --report report.html
        secateur export resnet18.onnx --iteration fast -o small.onnx --pytorch-out cut.py
        secateur export resnet18.onnx --iteration 3 --weights-out small.safetensors
        secateur export resnet18.pt2 --pytorch-project further
      """)

  @OptionGroup var options: ModelOptions
  @Option(help: "The iteration, by its number or its name.") var iteration: String?
  @Option(name: .shortAndLong, help: "Where the model goes.", completion: ModelOptions.completion)
  var output: ModelOutputPath?
  @OptionGroup var files: ExportOptions
  @Option(
    help: ArgumentHelp("The session's folder, where it is not the model's own.", valueName: "folder"),
    completion: .directory)
  var session: SessionPath?
  @Flag(help: "List the iterations and write nothing.") var list = false
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    if !list, output == nil, files.paths.isEmpty {
      throw ValidationError(
        "Say what to write: -o, --plan-out, --report, --kept-out, --pytorch-out, --pytorch-project, --weights-out; or --list."
      )
    }
  }

  func run() throws {
    try reporting {
      let output = output?.path
      let workbench = try options.open()
      try files.check(workbench)
      let folder =
        session.map { SessionFolder($0.path) }
        ?? .standard(model: workbench.path, fingerprint: workbench.fingerprint)
      // Looking at an iteration does not make it current.
      for loss in try workbench.look(at: folder) { Console.note("secateur: \(loss)") }
      let last = workbench.history.current
      let history = workbench.history
      if list {
        let entries = history.iterations.map { Entry($0, isCurrent: $0.id == last) }
        return json ? Console.json(entries) : Console.result(Entry.text(entries))
      }
      try workbench.go(to: try iteration.map(history.id(called:)) ?? last)
      if let output { try workbench.export(to: output, overwriting: true) }
      try files.write(workbench, session: session?.path ?? workbench.path)
      for path in [output].compactMap({ $0 }) + files.paths { Console.result("wrote \(path)") }
    }
  }

  /// An iteration as it is listed.
  struct Entry: Encodable {
    let id: Int
    let parent: Int?
    let name: String?
    let title: String
    let isCurrent: Bool
    let parameters: Int
    let macs: Int
    let evaluation: Evaluation?
    let outputDeviation: OutputDeviation?
    let latencyMilliseconds: Double?
    /// What the time was measured under, its spread as a share, and seconds since 1970.
    let latencyConditions: LatencyConditions?
    let latencySpread: Double?
    let latencyDate: Double?

    init(_ iteration: Iteration, isCurrent: Bool) {
      (id, parent, name, title) = (iteration.id, iteration.parent, iteration.name, iteration.title)
      self.isCurrent = isCurrent
      parameters = iteration.network.summary.parameters
      macs = iteration.network.summary.multiplyAccumulates
      evaluation = iteration.evaluation
      outputDeviation = iteration.outputDeviation
      latencyMilliseconds = iteration.latency.map { 1000 * $0.seconds }
      latencyConditions = iteration.latency?.conditions
      latencySpread = iteration.latency?.spread
      latencyDate = iteration.latency?.date?.timeIntervalSince1970
    }

    static func text(_ entries: [Entry]) -> TerminalText {
      let deviations = entries.compactMap(\.outputDeviation)
      var columns: [(String, TextTable.Alignment)] = [
        ("ITERATION", .left), ("FROM", .right), ("NAME", .left), ("PARAMS", .right), ("MACS", .right),
        ("ACCURACY", .right), ("LOSS", .right),
      ]
      if !deviations.isEmpty { columns.append(("DEVIATION", .right)) }
      var table = TextTable(columns + [("TIME", .right), ("", .left)])
      for entry in entries {
        var row = [
          "\(entry.id) \(entry.title)", entry.parent.map(String.init) ?? "", entry.name ?? "",
          Quantity.count(entry.parameters), Quantity.count(entry.macs),
          entry.evaluation?.accuracy.map { Quantity.percent($0, digits: 2) } ?? "",
          entry.evaluation.map { Quantity.significant($0.loss, digits: 4) } ?? "",
        ]
        if !deviations.isEmpty { row.append(entry.outputDeviation?.text ?? "") }
        row += [
          entry.latencyMilliseconds.map { Quantity.significant($0, digits: 3) + " ms" } ?? "",
          entry.isCurrent ? "current" : "",
        ]
        table.add(row)
      }
      guard let measure = deviations.last?.measure else { return table.text }
      return table.text + "\nthe deviation is \(measure.deviationMeaning)"
    }
  }
}
