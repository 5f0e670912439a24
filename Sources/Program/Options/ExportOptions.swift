import ArgumentParser
import Datasets
import Foundation
import Reports
import Session
import TerminalUI

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
      "Write Python that narrows the PyTorch module which the model was exported from, and its optimiser.",
      valueName: "file"), completion: .file(extensions: ["py"]))
  var pytorchOut: OutputPath?
  @Option(
    help: ArgumentHelp(
      "Write the weights as safetensors, by the names that the model's author has for them.",
      valueName: "file"),
    completion: .file(extensions: ["safetensors"]))
  var weightsOut: OutputPath?
  @Option(
    help: ArgumentHelp(
      "Write a folder that trains the pruned .pt2 further in PyTorch, on one device or several.",
      valueName: "folder"), completion: .directory)
  var pytorchProject: ProjectPath?
  @OptionGroup var replacing: ReplacingOptions

  func validate() throws {
    for report in report where ReportFormat(path: report.path) == nil {
      throw ValidationError("--report \(report.path) ends in neither .md nor .html.")
    }
    for path in keptOut.map(\.path) where !path.hasSuffix(".json") && !path.hasSuffix(".npz") {
      throw ValidationError("--kept-out \(path) ends in neither .json nor .npz.")
    }
    if let weightsOut, !weightsOut.path.hasSuffix(".safetensors") {
      throw ValidationError("--weights-out \(weightsOut.path) does not end in .safetensors.")
    }
  }

  /// Throws where something was asked for that cannot be written of this model; called before long work.
  func check(_ workbench: Workbench) throws {
    if pytorchProject != nil { try TrainingProject.check(workbench) }
  }

  var paths: [String] {
    ([planOut, pytorchOut, weightsOut].compactMap { $0 } + report + keptOut).map(\.path)
      + (pytorchProject.map { [$0.path] } ?? [])
  }

  /// Writes everything that was asked for about the current iteration.
  ///
  /// - Parameters:
  ///   - session: what `adopt` finds the iteration's session by, the model or a folder; `nil` where none is kept.
  ///   - script: what repeats the iteration, where this command does not.
  func write(_ workbench: Workbench, session: String? = nil, script: String? = Self.invocation) throws {
    if let planOut { try workbench.writePlan(to: planOut.path, overwriting: true) }
    if let weightsOut { try workbench.writeWeights(to: weightsOut.path) }
    if let pytorchOut {
      for note in try workbench.writePyTorch(to: pytorchOut.path) { Console.note("secateur: \(note)") }
    }
    if let pytorchProject {
      try workbench.writeTrainingProject(to: pytorchProject.path, session: session)
    }
    if !keptOut.isEmpty { try workbench.writeKeptIndices(to: keptOut.map(\.path)) }
    for path in report.map(\.path) {
      guard let format = ReportFormat(path: path) else { continue }
      let ending = (workbench.path as NSString).pathExtension
      let plan = planOut.map {
        "secateur apply \(ShellWord($0.path)) \(ShellWord(workbench.path)) -o again"
          + (ending.isEmpty ? "" : ".") + ending
      }
      let report = Report(
        on: workbench.history, model: (workbench.path as NSString).lastPathComponent,
        evidence: workbench.evidence(for: workbench.history.current),
        commands: [script, plan].compactMap { $0 }, data: workbench.dataset?.summary)
      try Destination.write(format.text(of: report), to: path)
    }
  }

  /// The command that runs, as a shell reads it.
  static var invocation: String {
    (["secateur"] + CommandLine.arguments.dropFirst().map { ShellWord($0).description })
      .joined(separator: " ")
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
