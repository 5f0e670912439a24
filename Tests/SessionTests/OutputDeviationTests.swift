import Compute
import Datasets
import Formats
import Foundation
import Graph
import Pruning
import Session
import TestSupport
import Testing

/// How far outputs are from the original's: what needs no labels.
@Suite struct OutputDeviationTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private var index: SessionFolder { SessionFolder(folder.path("session")) }

  private func open(_ path: String, _ data: DatasetConfiguration) throws -> Workbench {
    var options = ComputeOptions()
    options.threads = 1
    let workbench = try Workbench(opening: path, options: options)
    try workbench.keep(in: index)
    try workbench.attach(data)
    return workbench
  }

  private func prune(_ workbench: Workbench, _ layer: String, percent: Double) throws {
    let groups = workbench.current.groups
    let settings = try PruningSettings().settingAmount(.percent(percent), for: layer, in: groups)
    try workbench.prune(
      try Selection(settings, scores: workbench.scores, groups: groups), settings: settings)
  }

  /// Measures the current iteration and keeps that.
  private func measure(_ workbench: Workbench) throws -> OutputDeviation {
    let run = try #require(try workbench.deviationRun(of: workbench.history.now))
    while try run.step() {}
    let found = try #require(run.deviation)
    workbench.record(found, for: workbench.history.current)
    return found
  }

  /// The choice of boxes cannot be compared, what stands before it can.
  @Test func aDetectorWithoutLabelsIsMeasured() throws {
    let (path, data) = try DetectionTests.detector(in: folder)
    let workbench = try open(path, data)
    #expect(
      try workbench.deviationRun(of: workbench.history.original) == nil, "the original differs by nothing")
    try prune(workbench, "backbone", percent: 25)
    let little = try measure(workbench)
    #expect(little.measure == .outputError && little.examples == 6 && little.value > 0)
    #expect(workbench.history.now.evaluation == nil)
    try prune(workbench, "backbone", percent: 60)
    #expect(try measure(workbench).value > little.value, "what goes later is compared with the original, too")
  }

  @Test func aSessionKeepsItAndOneWithoutIsNotMeasured() throws {
    let (path, data) = try DetectionTests.detector(in: folder)
    let found: OutputDeviation
    do {
      let workbench = try open(path, data)
      try prune(workbench, "backbone", percent: 50)
      found = try measure(workbench)
      workbench.stopKeeping()
    }
    let again = try Workbench(opening: path)
    _ = try again.look(at: index)
    #expect(again.history[1]?.outputDeviation == found && again.history[0]?.outputDeviation == nil)
    // As an older program wrote it.
    let journal = try String(contentsOfFile: index.journalPath, encoding: .utf8)
    let older = journal.replacing(#/"deviation":\{[^}]*\},/#, with: "")
    #expect(older != journal)
    try older.write(toFile: index.journalPath, atomically: false, encoding: .utf8)
    let old = try Workbench(opening: path)
    #expect(try old.look(at: index).isEmpty)
    #expect(old.history[1] != nil && old.history[1]?.outputDeviation == nil)
  }

  /// What recovery and training change is not what was measured.
  @Test func itIsForgottenWhenTheNetworkChanges() throws {
    var data = DatasetConfiguration()
    data.data = [try TaylorFixture.path("data.npz")]
    let workbench = try open(try TaylorFixture.path("model.onnx"), data)
    try prune(workbench, "conv4", percent: 60)
    let before = try measure(workbench)
    #expect(before.measure == .divergence && before.examples > 0)
    let run = try workbench.recoveryRun(RecoverySettings(methods: [.refit], examples: 21))
    while try run.step() {}
    #expect(run.recovery.measure == .divergence, "recovery speaks of the same measure")
    workbench.adopt(run, for: 1)
    #expect(workbench.history.now.outputDeviation == nil)
    #expect(try measure(workbench).value < before.value)
  }

  @Test func aLargeOneIsWarnedOf() {
    func deviation(_ measure: LossCurves.Measure, _ value: Double) -> OutputDeviation {
      OutputDeviation(measure: measure, value: value, examples: 256)
    }
    #expect(deviation(.outputError, 0.5).warning() == nil && deviation(.divergence, 1).warning() == nil)
    #expect(
      deviation(.outputError, 0.63).warning()
        == "Outputs differ from the original's by 63%: recover or fine-tune before use."
    )
    #expect(
      deviation(.divergence, 1.4).warning(isRecovered: true)
        == "Outputs are 1.40 nats from the original's: fine-tune or remove less."
    )
    #expect(deviation(.outputError, .infinity).isLarge && deviation(.divergence, .nan).isLarge)
    #expect(deviation(.outputError, 0.0123).text == "1.2%" && deviation(.divergence, 0.0012).text == "1.2e-3")
  }

  /// A network that takes long is compared on fewer examples, and never on all of many.
  @Test func itIsBoundedByOperations() throws {
    var data = DatasetConfiguration()
    data.data = [try TaylorFixture.path("data.npz")]
    let workbench = try Workbench(opening: try TaylorFixture.path("model.onnx"))
    let (network, dataset) = (workbench.current, try workbench.open(data))
    let cost = 2 * network.bound.workload
    func examples(_ passes: Double?) throws -> Int {
      try LossCheck(
        network, original: network, dataset: dataset, examples: 20, operations: passes.map { $0 * cost }
      ).progress.total
    }
    #expect(try examples(nil) == 20 && examples(100) == 20)
    #expect(try examples(11) == 11 && examples(1) == 8)
    let same = try LossCheck(network, original: network, dataset: dataset)
    while try same.step() {}
    #expect(same.deviation?.value == 0)
  }

  /// A loop measures each of its steps, and tells of what goes on meanwhile.
  @Test func everyStepOfALoopIsMeasured() throws {
    let (path, data) = try DetectionTests.detector(in: folder)
    let workbench = try open(path, data)
    var goal = IterationGoal(start: 0, keep: 50, of: .multiplyAccumulates, steps: 2)
    goal.criterion = .l2
    let loop = try IterationLoop(workbench, goal: goal)
    while try loop.step() {}
    let made = workbench.history.iterations.dropFirst()
    #expect(!made.isEmpty && made.allSatisfy { $0.outputDeviation?.examples == 6 })
  }
}
