import ArgumentParser
import Datasets
import Foundation
import Reports
import Session

/// What is written beside the model.
struct ExportOptions: ParsableArguments {
  @Option(help: "Write the choices as a plan that `apply` replays.", completion: .file(extensions: ["yaml"]))
  var planOut: OutputPath?
  @Option(
    help: ArgumentHelp(
      "Write a report: .md for Markdown, .html for a page with plots; may be repeated.", valueName: "file"),
    completion: .file(extensions: ["md", "html"]))
  var report: [OutputPath] = []
  @Option(
    help: ArgumentHelp(
      "Write the indices of the original's parameters that stay: .json or .npz; may be repeated.",
      valueName: "file"),
    completion: .file(extensions: ["json", "npz"]))
  var keptOut: [OutputPath] = []
  @Option(
    help: ArgumentHelp(
      "Write a few lines of Python that cut a PyTorch state_dict by the first --kept-out file in JSON.",
      valueName: "file"), completion: .file(extensions: ["py"]))
  var snippet: OutputPath?
  @OptionGroup var replacing: ReplacingOptions

  func validate() throws {
    for report in report where ReportFormat(path: report.path) == nil {
      throw ValidationError("--report \(report.path) ends in neither .md nor .html.")
    }
    for path in keptOut.map(\.path) where !path.hasSuffix(".json") && !path.hasSuffix(".npz") {
      throw ValidationError("--kept-out \(path) ends in neither .json nor .npz.")
    }
    if snippet != nil, json == nil {
      throw ValidationError("--snippet reads what --kept-out writes in JSON: give --kept-out FILE.json too.")
    }
  }

  private var json: String? { keptOut.map(\.path).first { $0.hasSuffix(".json") } }

  var paths: [String] { ([planOut, snippet].compactMap { $0 } + report + keptOut).map(\.path) }

  /// Writes everything that was asked for about the current iteration.
  func write(_ workbench: Workbench) throws {
    if let planOut { try workbench.writePlan(to: planOut.path, overwriting: true) }
    if !keptOut.isEmpty {
      try workbench.writeKeptIndices(to: keptOut.map(\.path), snippet: snippet?.path)
    }
    for path in report.map(\.path) {
      guard let format = ReportFormat(path: path) else { continue }
      let command =
        planOut.map { ["secateur apply \(ShellWord($0.path)) \(ShellWord(workbench.path)) -o OUT.onnx"] }
        ?? []
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
