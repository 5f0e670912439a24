import ArgumentParser
import Datasets
import Foundation
import Reports
import Session

/// What is written beside the model.
struct ExportOptions: ParsableArguments {
  @Option(help: "Write the choices as a plan that `apply` replays.", completion: .file(extensions: ["yaml"]))
  var planOut: String?
  @Option(
    help: ArgumentHelp(
      "Write a report: .md for Markdown, .html for a page with plots; may be repeated.", valueName: "file"),
    completion: .file(extensions: ["md", "html"]))
  var report: [String] = []
  @Option(
    help: ArgumentHelp(
      "Write the indices of the original's parameters that stay: .json or .npz; may be repeated.",
      valueName: "file"),
    completion: .file(extensions: ["json", "npz"]))
  var keptOut: [String] = []
  @Option(
    help: ArgumentHelp(
      "Write a few lines of Python that cut a PyTorch state_dict by the first --kept-out file in JSON.",
      valueName: "file"), completion: .file(extensions: ["py"]))
  var snippet: String?

  func validate() throws {
    for path in report where ReportFormat(path: path) == nil {
      throw ValidationError("--report \(path) ends in neither .md nor .html.")
    }
    for path in keptOut where !path.hasSuffix(".json") && !path.hasSuffix(".npz") {
      throw ValidationError("--kept-out \(path) ends in neither .json nor .npz.")
    }
    if snippet != nil, json == nil {
      throw ValidationError("--snippet reads what --kept-out writes in JSON: give --kept-out FILE.json too.")
    }
  }

  private var json: String? { keptOut.first { $0.hasSuffix(".json") } }

  var paths: [String] { [planOut, snippet].compactMap { $0 } + report + keptOut }

  /// Throws where a file cannot be made: before long work.
  func check() throws(SessionError) {
    for path in paths { try Destination.check(path) }
  }

  /// Writes everything that was asked for about the current iteration.
  func write(_ workbench: Workbench) throws(SessionError) {
    if let planOut { try workbench.writePlan(to: planOut, overwriting: true) }
    if !keptOut.isEmpty { try workbench.writeKeptIndices(to: keptOut, snippet: snippet) }
    for path in report {
      guard let format = ReportFormat(path: path) else { continue }
      let command = planOut.map { ["secateur apply \($0) \(workbench.path) -o OUT.onnx"] } ?? []
      let report = Report(
        on: workbench.history, model: (workbench.path as NSString).lastPathComponent, commands: command,
        data: workbench.dataset?.summary)
      try Destination.write(format.text(of: report), to: path)
    }
  }
}

/// How a report is written.
enum ReportFormat {
  case markdown, html

  /// By the file's extension; `nil` for another one.
  init?(path: String) {
    switch (path as NSString).pathExtension.lowercased() {
    case "md", "markdown": self = .markdown
    case "html", "htm": self = .html
    default: return nil
    }
  }

  func text(of report: Report) -> String {
    switch self {
    case .markdown: report.markdown
    case .html: report.html
    }
  }
}
