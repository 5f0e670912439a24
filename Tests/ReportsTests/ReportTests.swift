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
  /// A session on data, its original measured.
  private func measured() throws -> (Workbench, folder: TemporaryFolder) {
    let folder = try TemporaryFolder()
    let network = SampleNetwork.reference.untrained()
    let path = folder.path("a<b>&|c.onnx")
    try ONNXModel(network).write(network, to: path)
    var generator = SeededGenerator(seed: 1)
    var archive = NumPyArchive()
    let count = 40
    archive["x"] = try NumPyArray(
      shape: [count, 1, 28, 28], floats: (0..<count * 784).map { _ in Float(generator.normal()) })
    archive["y"] = try NumPyArray(shape: [count], integers: (0..<count).map { Int64($0 % 10) })
    let data = folder.path("data.npz")
    try archive.write(to: data)
    let workbench = try Workbench(opening: path)
    workbench.options.threads = 1
    var configuration = DatasetConfiguration()
    configuration.data = [data]
    configuration.validation = 0.2
    try workbench.attach(configuration)
    workbench.record(Evaluation(examples: 40, loss: 0.3, accuracy: 0.9), for: 0)
    return (workbench, folder)
  }

  /// A session with two branches, one of them trained, all measured.
  private func history() throws -> History {
    let (workbench, folder) = try measured()
    defer { withExtendedLifetime(folder) {} }
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
    return workbench.history
  }

  /// Without labels the outputs say what an iteration is worth: in the tables, as a warning, and as the plot.
  @Test func withoutAccuracyItTellsOfTheOutputs() throws {
    let network = SampleNetwork.reference.untrained()
    let folder = try TemporaryFolder()
    let path = folder.path("a.onnx")
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
    // Nothing is known of accuracy, loss and time: no empty column says so.
    #expect(!report.markdown.contains("| accuracy") && !report.html.contains("scope=\"col\">loss"))
  }

  @Test func itHoldsWhatAReaderAsksFor() throws {
    let history = try history()
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
    let history = try history()
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

  /// What kernels were chosen by stands beside what is left of the layers: of the prune that led there.
  @Test func theScoresAndTheCutAreThoseOfThePrune() throws {
    let workbench = Workbench(try OpenNetwork(SampleNetwork.reference.untrained()))
    let proposal = try PruningSettings().proposal(
      .percent(40), scope: .global, scores: workbench.scores, groups: workbench.current.groups,
      bound: workbench.current.bound)
    let removable = UnitScores(
      workbench.scores, groups: workbench.current.groups, settings: proposal.settings
    ).order.count
    try workbench.prune(proposal.selection, settings: proposal.settings)
    let evidence = workbench.evidence(for: 1)
    #expect(evidence[1]?.ranked.count == removable)
    #expect(evidence[1]?.ranked.count { $0.isGone } == proposal.selection.removedUnits.count)
    let report = Report(on: workbench.history, model: "m.onnx", evidence: evidence)
    let gone = proposal.selection.removedUnits.count
    #expect(report.markdown.contains("\(gone) of \(removable) that could go went"))
    #expect(report.markdown.contains("## How kernels were chosen") && report.html.contains("class=\"cut\""))
    // Each layer's row has as many kernels gone as the layer lost.
    for (layer, kept) in zip(workbench.history.original.network.groups.layers, proposal.selection.keptKernels)
    where kept.count < layer.layer.kernels {
      #expect(report.markdown.contains("\(layer.layer.kernels - kept.count) of \(layer.layer.kernels) went"))
      #expect(report.markdown.contains("\(layer.layer.kernels) → \(kept.count)"))
    }
    // Nothing is claimed of a prune whose scores are not known.
    #expect(!Report(on: workbench.history, model: "m.onnx").markdown.contains("How kernels were chosen"))
  }

  /// What curves of sensitivity expected stands beside what was measured.
  @Test func whatWasExpectedStandsBesideWhatCame() throws {
    let (workbench, folder) = try measured()
    defer { withExtendedLifetime(folder) {} }
    var settings = SensitivitySettings()
    settings.levels = [25, 50]
    let run = try workbench.sensitivityRun(settings)
    while try run.step() {}
    workbench.adopt(run.table, for: 0)
    let proposal = try PruningSettings().proposal(
      .percent(25), scope: .layer, scores: workbench.scores, groups: workbench.current.groups,
      bound: workbench.current.bound)
    try workbench.prune(proposal.selection, settings: proposal.settings)
    workbench.record(Evaluation(examples: 40, loss: 0.5, accuracy: 0.8), for: 1)
    let evidence = workbench.evidence(for: 1)
    let expected = try #require(evidence[1]?.expectedRise)
    // The rises at a quarter of each set of layers, added up.
    let rises = run.table.curves.compactMap { curve in
      curve.measurement(at: 25).flatMap { then in curve.baseline.map { then.loss - $0.loss } }
    }
    #expect(abs(expected.loss - rises.reduce(0, +)) < 1e-9)
    let markdown = Report(on: workbench.history, model: "m", evidence: evidence).markdown
    #expect(markdown.contains("## What was expected, and what came of it"))
    #expect(markdown.contains("| 1 | accuracy | 90.00% |") && markdown.contains("| 80.00% |"))
    #expect(markdown.contains("## How much each layer can lose"))
  }

  /// Of many layers the page shows modules, each with its layers inside, and every layer once.
  @Test func manyLayersFoldByModule() throws {
    var builder = NetworkBuilder()
    var value = builder.input("x", [nil, 3, 8, 8])
    var names: [String] = []
    for stage in 1...8 {
      for layer in 0..<40 {
        names.append("stage\(stage).\(layer).conv")
        value = builder.node(
          "Relu", builder.conv(value, names.count == 1 ? 3 : 4, 4, names.last ?? "", kernel: 1))
      }
    }
    builder.head(value, 4)
    let workbench = Workbench(try OpenNetwork(builder.network))
    let proposal = try PruningSettings().proposal(
      .percent(50), scope: .layer, scores: workbench.scores, groups: workbench.current.groups,
      bound: workbench.current.bound)
    try workbench.prune(proposal.selection, settings: proposal.settings)
    let report = Report(on: workbench.history, model: "m.onnx", evidence: workbench.evidence(for: 1))
    #expect(report.html.matches(of: /<details>\n<summary><b>stage\d<\/b>/).count == 8)
    #expect(report.markdown.contains("| stage3 | 40 |") && report.markdown.contains("160 → 80"))
    let headings = Dictionary(
      report.html.split(separator: "<th scope=\"row\">").dropFirst().map { ($0.prefix { $0 != "<" }, 1) },
      uniquingKeysWith: +)
    #expect(names.allSatisfy { headings[$0[...]] == 1 })
  }

  /// The original alone has no front, and nothing that was done.
  @Test func theOriginalAlone() throws {
    let workbench = Workbench(try OpenNetwork(SampleNetwork.reference.untrained()))
    let report = Report(on: workbench.history, model: "m.onnx")
    #expect(report.markdown.contains("123,090") && !report.markdown.contains("##"))
    #expect(!report.html.contains("<svg") && !report.html.contains("was 123,090"))
  }
}
