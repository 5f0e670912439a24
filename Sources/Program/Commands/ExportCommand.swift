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
        return IterationList(workbench, current: last).show(asJSON: json)
      }
      try workbench.go(to: try iteration.map(history.id(called:)) ?? last)
      if let output { try workbench.export(to: output, overwriting: true) }
      try files.write(
        workbench, session: session?.path ?? workbench.path,
        script: try SessionScript(of: workbench, in: folder.path)?.commented ?? Self.plan(workbench))
      for path in [output].compactMap({ $0 }) + files.paths { Console.result("wrote \(path)") }
    }
  }

  /// The commands that make an iteration again of which nothing was noted but how it became what it is.
  private static func plan(_ workbench: Workbench) -> String? {
    guard workbench.history.current != 0 else { return nil }
    let model = ShellWord(workbench.path)
    let ending = (workbench.path as NSString).pathExtension
    return """
      secateur export \(model) --iteration \(workbench.history.current) --plan-out plan.yaml
      secateur apply plan.yaml \(model) -o again\(ending.isEmpty ? "" : ".")\(ending)
      """
  }
}
