import Compute
import Datasets
import Formats
import Foundation
import Graph
import Pruning
import Reports
import Session
import TestSupport
import Testing
import Training

/// What a report says of a session.
@Suite struct ReportTests {
  /// A session with two branches, one of them trained, all measured.
  private func history() throws -> (History, folder: URL) {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "reports-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let network = SampleNetwork.reference.untrained()
    let path = folder.appending(path: "a<b>&|c.onnx").path
    try ONNXModel(network).write(network, to: path)
    var generator = SeededGenerator(seed: 1)
    var archive = NumPyArchive()
    let count = 40
    archive["x"] = try NumPyArray(
      shape: [count, 1, 28, 28], floats: (0..<count * 784).map { _ in Float(generator.normal()) })
    archive["y"] = try NumPyArray(shape: [count], integers: (0..<count).map { Int64($0 % 10) })
    let data = folder.appending(path: "data.npz").path
    try archive.write(to: data)
    let workbench = try Workbench(opening: path)
    workbench.options.threads = 1
    var configuration = DatasetConfiguration()
    configuration.data = [data]
    configuration.validation = 0.2
    try workbench.attach(configuration)
    workbench.record(Evaluation(examples: 40, loss: 0.3, accuracy: 0.9), for: 0)
    for (percent, accuracy) in [(30.0, 0.88), (50.0, 0.81)] {
      try workbench.go(to: 0)
      let proposal = try PruningSettings().proposal(
        .percent(percent), scope: .layer, scores: workbench.scores, groups: workbench.current.groups,
        bound: workbench.current.bound)
      try workbench.prune(proposal.selection, settings: proposal.settings)
      workbench.record(
        Evaluation(examples: 40, loss: 0.5, accuracy: accuracy), for: workbench.history.current)
    }
    let run = try workbench.trainingRun(TrainingSettings(epochs: 2, batchSize: 8))
    while try run.step() {}
    try workbench.adopt(run, for: 2)
    workbench.record(Evaluation(examples: 40, loss: 0.4, accuracy: 0.85), for: 2)
    workbench.name(2, "<small>")
    return (workbench.history, folder)
  }

  /// Without labels the outputs say what an iteration is worth: in the tables, as a warning, and as the plot.
  @Test func withoutAccuracyItTellsOfTheOutputs() throws {
    let network = SampleNetwork.reference.untrained()
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "reports-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "a.onnx").path
    try ONNXModel(network).write(network, to: path)
    let workbench = try Workbench(opening: path)
    let proposal = try PruningSettings().proposal(
      .percent(30), scope: .layer, scores: workbench.scores, groups: workbench.current.groups,
      bound: workbench.current.bound)
    try workbench.prune(proposal.selection, settings: proposal.settings)
    #expect(!Report(on: workbench.history, model: "a.onnx").markdown.contains("deviation"))
    workbench.record(OutputDeviation(measure: .outputError, value: 0.63, examples: 256), for: 1)
    let report = Report(on: workbench.history, model: "a.onnx")
    #expect(report.markdown.contains("| deviation of the outputs |  | 63% |  |"))
    #expect(report.markdown.contains("by 63%: recover or fine-tune before use."))
    #expect(report.html.contains("Deviation of the outputs against multiply-accumulates"))
  }

  @Test func itHoldsWhatAReaderAsksFor() throws {
    let (history, folder) = try history()
    defer { try? FileManager.default.removeItem(at: folder) }
    let report = Report(
      on: history, model: "a<b>&|c.onnx", commands: ["secateur apply plan.yaml a.onnx -o OUT.onnx"],
      data: "40 examples")
    let markdown = report.markdown
    #expect(markdown.hasPrefix("# a\\<b\\>&\\|c.onnx, iteration 2 “\\<small\\>”\n"))
    #expect(
      markdown.contains("| accuracy | 90.00% | 85.00% | -5.00 points |")
        || markdown.contains("| accuracy | 90.00% | 85.00% | −5.00 points |"))
    #expect(markdown.contains("123,090") && markdown.contains("## Training of iteration 2"))
    #expect(markdown.contains("secateur apply plan.yaml"))
    // Every row of a table has as many cells as its heading.
    var width = 0
    for line in markdown.split(separator: "\n", omittingEmptySubsequences: false) {
      let cells = line.replacing("\\|", with: "").count { $0 == "|" }
      if cells == 0 { width = 0 } else if width == 0 { width = cells } else { #expect(cells == width) }
    }
    // Another iteration's report is about that one.
    let other = Report(on: history, iteration: 1, model: "m").markdown
    #expect(other.contains("88.00%") && !other.contains("## Training"))
  }

  @Test func thePageIsWellFormedAndNeedsNothingElse() throws {
    let (history, folder) = try history()
    defer { try? FileManager.default.removeItem(at: folder) }
    let html = Report(on: history, model: "a<b>&|c.onnx", data: "\"quoted\" & <tagged>").html
    #expect(html.contains("a&lt;b&gt;&amp;|c.onnx") && !html.contains("<tagged>"))
    #expect(html.contains("<svg") && html.contains("polyline") && html.contains("circle"))
    #expect(!html.contains("http://") && !html.contains("https://") && !html.contains("src="))
    #expect(!html.contains("nan") && !html.contains("inf\""))
    // XML in all but its heading: every tag is closed in its order.
    var open: [String] = []
    for tag in html.matches(of: #/<(\/?)([a-z0-9]+)[^>]*?(\/?)>/#) {
      let name = String(tag.2)
      if ["meta", "link"].contains(name) || tag.3 == "/" { continue }
      if tag.1 == "/" { #expect(open.popLast() == name) } else { open.append(name) }
    }
    #expect(open.isEmpty)
  }
}
