import Compute
import Datasets
import Errors
import Foundation
import Graph
import Pruning
import Session
import Synchronization
import TestSupport
import Testing
import Training

/// What an engine says, to be waited for.
final class Reports: Sendable {
  private let reports = Mutex<[EngineReport]>([])

  func take(_ report: EngineReport) { reports.withLock { $0.append(report) } }

  var newest: SessionSnapshot? {
    reports.withLock { reports in
      for case .snapshot(let snapshot) in reports.reversed() { return snapshot }
      return nil
    }
  }

  var snapshots: [SessionSnapshot] {
    reports.withLock { $0.compactMap { if case .snapshot(let snapshot) = $0 { snapshot } else { nil } } }
  }

  var exports: [Result<EngineReport.Export, CaughtError>] {
    reports.withLock { $0.compactMap { if case .exported(let result) = $0 { result } else { nil } } }
  }

  /// Waits until the newest snapshot satisfies a condition.
  func wait(_ what: String, _ condition: (SessionSnapshot) -> Bool) throws -> SessionSnapshot {
    let end = ContinuousClock.now + .seconds(300)
    while ContinuousClock.now < end {
      if let newest, condition(newest) { return newest }
      Thread.sleep(forTimeInterval: 0.005)
    }
    Issue.record("the engine never reported \(what)")
    throw CancellationError()
  }
}

@Suite(.serialized) struct EngineTests {
  private func open(_ path: String? = nil, measuresLatency: Bool = false) throws -> (Engine, Reports) {
    let reports = Reports()
    // One thread waits for no other, whatever else the machine does.
    var options = ComputeOptions()
    options.threads = 1
    let engine = Engine(options: options, latencyCachePath: nil, measuresLatency: measuresLatency) {
      reports.take($0)
    }
    engine.send(.open(path: try path ?? TaylorFixture.path("model.onnx")))
    _ = try reports.wait("the opened model") { $0.model != nil }
    return (engine, reports)
  }

  private func data() throws -> DatasetConfiguration {
    var configuration = DatasetConfiguration()
    configuration.data = [try TaylorFixture.path("data.npz")]
    return configuration
  }

  @Test func scoresAccumulateAndTheOriginalIsMeasured() throws {
    let (engine, reports) = try open()
    defer { engine.send(.quit) }
    engine.send(.attach(try data()))
    let done = try reports.wait("all scores") { $0.busyCount == 0 && $0.scores.value?.examples == 21 }
    #expect(done.scores.value?.criterion == .taylor)
    #expect(done.now?.evaluation?.examples == 21)
    #expect(done.activity == nil)
  }

  @Test func pruneUndoAndExport() throws {
    let (engine, reports) = try open()
    defer { engine.send(.quit) }
    let folder = try TemporaryFolder()
    let opened = try reports.wait("groups") { $0.model != nil }.structure.value!
    let settings = try PruningSettings().settingAmount(.percent(40), for: "conv4", in: opened.groups)
    let scores = ScoreTable(.l2, of: opened.groups, in: opened.bound)
    engine.send(.prune(settings, try Selection(settings, scores: scores, groups: opened.groups)))
    let pruned = try reports.wait("an iteration") { $0.currentIteration == 1 }
    #expect(pruned.structure.value!.groups.summary.parameters < opened.groups.summary.parameters)
    engine.send(
      .export(.init(modelPath: folder.path("a.onnx"), planPath: folder.path("a.yaml"), overwrites: false)))
    let saved = try reports.wait("the export") { $0.iteration(1)?.isWritten == true }
    #expect(saved.failure == nil)
    let written = try #require(try reports.exports.first?.get())
    #expect(written.result.files.allSatisfy { $0.bytes > 0 })
    #expect(try #require(written.result.largestDifference) < 1e-4)
    engine.send(.go(to: 0))
    let back = try reports.wait("the original") { $0.currentIteration == 0 }
    #expect(back.structure.value!.groups.summary == opened.groups.summary)
  }

  /// A program of PyTorch is written with the folder that trains it further; another model has none.
  @Test func aTrainingProjectIsWritten() throws {
    let folder = try TemporaryFolder()
    func exported(_ model: String, to name: String) throws -> Result<EngineReport.Export, CaughtError> {
      let (engine, reports) = try open(model)
      defer { engine.send(.quit) }
      engine.send(
        .export(
          .init(modelPath: folder.path(name), planPath: nil, projectFolder: folder.path("\(name)-further"))))
      _ = try reports.wait("an answer") { _ in !reports.exports.isEmpty }
      return try #require(reports.exports.first)
    }
    let written = try exported(CaseFile.model("pictures.pt2").path, to: "small.pt2").get().result.files
    #expect(written.count == 5 && written.allSatisfy { $0.bytes > 0 }, "\(written)")
    #expect(written.contains { $0.path == folder.path("small.pt2-further") + "/train.py" })
    let other = try exported(try TaylorFixture.path("model.onnx"), to: "small.onnx")
    guard case .failure(let refusal) = other else {
      Issue.record("an ONNX model has a training project")
      return
    }
    #expect(refusal.sentence.contains("torch.export"), "\(refusal.sentence)")
    #expect(!FileManager.default.fileExists(atPath: folder.path("small.onnx")), "nothing is half-written")
  }

  @Test func aPruneIsRecoveredOverAndOver() throws {
    let (engine, reports) = try open()
    defer { engine.send(.quit) }
    let folder = try TemporaryFolder()
    engine.send(.recover(.init(methods: [.refit])))
    _ = try reports.wait("that nothing was pruned") { $0.failure?.number == 1 }
    engine.send(.attach(try data()))
    let opened = try reports.wait("data") { $0.data != nil }.structure.value!
    let settings = try PruningSettings().settingAmount(.percent(60), for: "conv4", in: opened.groups)
    let scores = ScoreTable(.l2, of: opened.groups, in: opened.bound)
    engine.send(.prune(settings, try Selection(settings, scores: scores, groups: opened.groups)))
    engine.send(.recover(.init(methods: [.bias], examples: 21)))
    let first = try reports.wait("a recovery") { $0.now?.recovery != nil && $0.busyCount == 0 }
    engine.send(.recover(.init(methods: [.refit], examples: 21)))
    let second = try reports.wait("another one") { $0.now?.recovery?.steps.first?.method == .refit }
    let (one, other) = (try #require(first.now), try #require(second.now))
    #expect(one.id == other.id)
    #expect(one.title.hasSuffix(", bias") && other.title.hasSuffix(", refit"))
    #expect(!other.title.contains("bias"), "it begins where the prune ended")
    #expect(one.recovery?.deviationBefore == other.recovery?.deviationBefore)
    let left = try #require(other.recovery?.steps.last?.deviation)
    #expect(left < (try #require(other.recovery?.deviationBefore)))
    engine.send(
      .export(.init(modelPath: folder.path("a.onnx"), planPath: folder.path("a.yaml"), overwrites: false)))
    _ = try reports.wait("the export") { $0.iteration(1)?.isWritten == true }
    let workbench = try Workbench(opening: try TaylorFixture.path("model.onnx"))
    workbench.options.threads = 1
    try workbench.attach(try data())
    let plan = try PruningPlan(
      yaml: String(contentsOfFile: folder.path("a.yaml"), encoding: .utf8), path: "a")
    try workbench.apply(plan)
    try workbench.export(to: folder.path("b.onnx"), overwriting: false)
    #expect(FileManager.default.contentsEqual(atPath: folder.path("a.onnx"), andPath: folder.path("b.onnx")))
  }

  /// A network whose data have no labels is measured by its outputs: after the prune, and again behind a recovery.
  @Test func outputsAreComparedWithoutLabels() throws {
    let (engine, reports) = try open()
    defer { engine.send(.quit) }
    var unlabelled = try data()
    unlabelled.loss = .outputEnergy
    engine.send(.attach(unlabelled))
    let opened = try reports.wait("data") { $0.data != nil }.structure.value!
    let settings = try PruningSettings().settingAmount(.percent(90), for: "conv4", in: opened.groups)
    let scores = ScoreTable(.l2, of: opened.groups, in: opened.bound)
    engine.send(.prune(settings, try Selection(settings, scores: scores, groups: opened.groups)))
    let pruned = try reports.wait("outputs") { $0.now?.outputDeviation != nil && $0.busyCount == 0 }
    #expect(pruned.now?.evaluation == nil && pruned.iteration(0)?.outputDeviation == nil)
    let before = try #require(pruned.now?.outputDeviation)
    #expect(before.value > 0)
    #expect(before.isLarge == pruned.log.contains { $0.weight == .warning && $0.text.contains("before use") })
    engine.send(.recover(.init(methods: [.refit], examples: 21)))
    let recovered = try reports.wait("outputs again") {
      $0.now?.recovery != nil && $0.now?.outputDeviation != nil && $0.busyCount == 0
    }
    #expect(try #require(recovered.now?.outputDeviation).value < before.value)
  }

  /// Nothing blocks, whatever runs: commands are taken between two batches.
  @Test func commandsInterruptScoring() throws {
    let (engine, reports) = try open()
    defer { engine.send(.quit) }
    engine.send(.attach(try data()))
    engine.send(.pauseScoring)
    let paused = try reports.wait("the pause") { $0.data != nil && !$0.isScoring && $0.busyCount == 0 }
    #expect((paused.scores.value?.examples ?? 0) <= 21)
    engine.send(.score(.taylor))
    _ = try reports.wait("the rest") { $0.scores.value?.examples == 21 }
  }

  @Test func aCommandThatFailsLeavesWhatRunsAlone() throws {
    let (engine, reports) = try open()
    defer { engine.send(.quit) }
    engine.send(.attach(try data()))
    var nowhere = DatasetConfiguration()
    nowhere.data = ["/nowhere/at/all"]
    engine.send(.attach(nowhere))
    engine.send(.open(path: "/nowhere/model.onnx"))
    let failed = try reports.wait("both failures") { $0.failure?.number == 2 }
    #expect(failed.data != nil)
    let done = try reports.wait("all scores") { $0.busyCount == 0 && $0.scores.value?.examples == 21 }
    #expect(done.now?.evaluation?.examples == 21)
  }

  @Test func scoresChangeTheirVersionOnlyWhenTheyChange() throws {
    let (engine, reports) = try open()
    defer { engine.send(.quit) }
    let idle = try reports.wait("nothing to do") { $0.busyCount == 0 }
    for layer in ["conv1", "conv2", "conv3"] { engine.send(.readWeights(layer: layer)) }
    engine.send(.score(.l1))
    let scored = try reports.wait("other scores") { $0.scores.value?.criterion == .l1 }
    #expect(scored.scores.version == idle.scores.version + 1)
    #expect(scored.latency.version == idle.latency.version)
  }

  /// What goes on by itself gives way to a prune, and is taken up again behind it.
  @Test func aPruneDoesNotEndTheMeasuringOfItsParent() throws {
    let (engine, reports) = try open()
    defer { engine.send(.quit) }
    let opened = try reports.wait("groups") { $0.model != nil }.structure.value!
    let settings = try PruningSettings().settingAmount(.percent(40), for: "conv4", in: opened.groups)
    let scores = ScoreTable(.l2, of: opened.groups, in: opened.bound)
    engine.send(.attach(try data()))
    engine.send(.prune(settings, try Selection(settings, scores: scores, groups: opened.groups)))
    engine.send(.go(to: 0))
    engine.send(.go(to: 1))
    let done = try reports.wait("both measured") {
      $0.busyCount == 0 && $0.iterations.count == 2
        && $0.iterations.allSatisfy { $0.evaluation != nil } == true
    }
    #expect(done.failure == nil)
  }

  // MARK: Writing while something runs

  /// What is written while a training runs is what was asked for: nothing, the network from before, or the trained one.
  @Test func writingDuringATrainingIsAskedAbout() throws {
    let (engine, reports) = try open()
    defer { engine.send(.quit) }
    let folder = try TemporaryFolder()
    engine.send(.attach(try trainingData()))
    engine.send(.train(TrainingSettings(epochs: 100_000, batchSize: 4), teacher: nil))
    let running = try reports.wait("some steps") { ($0.training?.state.losses.count ?? 0) > 3 }
    let before = try #require(running.structure.value?.bound.network.fingerprint)
    func export(_ name: String, _ choice: ExportRequest.DuringChange) {
      engine.send(
        .export(
          .init(modelPath: folder.path(name), planPath: nil, overwrites: false, duringChange: choice)))
    }
    export("asked.onnx", .refuse)
    export("before.onnx", .writeEarlier)
    export("after.onnx", .wait)
    let waiting = try reports.wait("what waits") { $0.awaitedExport != nil }
    #expect(waiting.training != nil, "the training goes on")
    guard case .failure(let caught) = reports.exports.first,
      case .changing(.training(iteration: 0))? = caught.error as? SessionError
    else {
      Issue.record("\(reports.exports)")
      return
    }
    #expect(!FileManager.default.fileExists(atPath: folder.path("asked.onnx")))
    #expect(!FileManager.default.fileExists(atPath: folder.path("after.onnx")))
    #expect(
      try Workbench(opening: folder.path("before.onnx")).current.network.fingerprint == before)
    engine.send(.stopTraining)
    let ended = try reports.wait("the trained network's file") {
      $0.training == nil && $0.now?.isWritten == true && $0.currentIteration == 1
    }
    #expect(ended.awaitedExport == nil)
    let trained = try #require(ended.structure.value?.bound.network.fingerprint)
    #expect(trained != before)
    #expect(try Workbench(opening: folder.path("after.onnx")).current.network.fingerprint == trained)
  }

  /// A recovery that is stopped brings no other network: what waited for it is not written.
  @Test func whatNeverCameIsNotWritten() throws {
    let (engine, reports) = try open()
    defer { engine.send(.quit) }
    let folder = try TemporaryFolder()
    let opened = try reports.wait("groups") { $0.model != nil }.structure.value!
    engine.send(.attach(try data()))
    let settings = try PruningSettings().settingAmount(.percent(60), for: "conv4", in: opened.groups)
    let scores = ScoreTable(.l2, of: opened.groups, in: opened.bound)
    engine.send(.prune(settings, try Selection(settings, scores: scores, groups: opened.groups)))
    engine.send(.recover(.init(methods: [.refit], examples: 21)))
    engine.send(
      .export(
        .init(modelPath: folder.path("a.onnx"), planPath: nil, overwrites: false, duringChange: .wait)))
    engine.send(.go(to: 0))
    _ = try reports.wait("the original") { $0.log.contains { $0.text == "Went to iteration 0." } }
    guard case .failure(let caught) = reports.exports.last,
      case .noChange(.recovery(iteration: 1))? = caught.error as? SessionError
    else {
      // Where the machine was fast the recovery came first.
      #expect(FileManager.default.fileExists(atPath: folder.path("a.onnx")))
      return
    }
    #expect(!FileManager.default.fileExists(atPath: folder.path("a.onnx")))
  }

  // MARK: Latency

  @Test func latenciesAreMeasuredInTheBackground() throws {
    let (engine, reports) = try open(measuresLatency: true)
    defer { engine.send(.quit) }
    let measured = try reports.wait("a table") { $0.latency.value != nil }
    let network = measured.structure.value!
    let names = network.groups.layers.map(\.layer.name)
    #expect(Set(measured.latency.value!.layers.keys).isSubset(of: names))
    #expect(!measured.latency.value!.layers.isEmpty)
    #expect(try #require(measured.iterations[0].latency?.seconds) > 0)
    // What is made of it is measured too.
    let settings = try PruningSettings().settingAmount(.percent(40), for: "conv4", in: network.groups)
    let scores = ScoreTable(.l2, of: network.groups, in: network.bound)
    engine.send(.prune(settings, try Selection(settings, scores: scores, groups: network.groups)))
    let pruned = try reports.wait("the time of the iteration") {
      $0.now?.latency != nil && $0.currentIteration == 1
    }
    #expect(try #require(pruned.now?.latency?.seconds) > 0)
    #expect(pruned.latency.version == measured.latency.version, "one table serves all iterations")
  }

  /// A time that was taken with other threads or in another precision is no measure of anything now: it is taken anew.
  @Test func timesTakenOtherwiseAreTakenAnew() throws {
    let folder = try TemporaryFolder()
    let index = SessionFolder(folder.path("session"))
    var (here, elsewhere, coarse) = (ComputeOptions(), ComputeOptions(), ComputeOptions())
    (here.threads, elsewhere.threads, coarse.threads) = (1, 7, 1)
    coarse.precision = .bfloat16
    let conditions = [here, elsewhere, coarse].map { LatencyConditions($0) }
    #expect(Set(conditions).count == 3)
    let workbench = try Workbench(opening: try TaylorFixture.path("model.onnx"), options: here)
    try workbench.keep(in: index)
    let groups = workbench.current.groups
    let settings = try PruningSettings().settingAmount(.percent(40), for: "conv4", in: groups)
    try workbench.prune(
      try Selection(settings, scores: workbench.scores, groups: groups), settings: settings)
    for (id, under) in [(0, conditions[1]), (1, conditions[2])] {
      workbench.record(latency: MeasuredLatency(seconds: 1000, conditions: under), for: id)
    }
    workbench.stopKeeping()
    let reports = Reports()
    let engine = Engine(
      options: here, latencyCachePath: nil, sessions: .folder(index, startsAnew: false), measuresLatency: true
    ) { reports.take($0) }
    defer { engine.send(.quit) }
    engine.send(.open(path: try TaylorFixture.path("model.onnx")))
    let done = try reports.wait("times of now") { snapshot in
      snapshot.busyCount == 0
        && !snapshot.iterations.isEmpty
        && snapshot.iterations.allSatisfy { $0.latency?.compares(under: conditions[0]) == true }
    }
    #expect(done.latencyConditions == conditions[0])
    let times = done.iterations.compactMap(\.latency)
    #expect(times.count == 2 && times[0].compares(with: times[1]))
    #expect(times.allSatisfy { $0.seconds < 1000 && $0.spread != nil && $0.date != nil })
  }

  @Test func measuringGivesWayAndIsStopped() throws {
    let (engine, reports) = try open(measuresLatency: true)
    defer { engine.send(.quit) }
    engine.send(.cancel)
    engine.send(.attach(try data()))
    let scored = try reports.wait("all scores") { $0.busyCount == 0 && $0.scores.value?.examples == 21 }
    if scored.latency.value == nil {
      // It was stopped; asking begins it anew.
      engine.send(.measureLatency)
      _ = try reports.wait("a table") { $0.latency.value != nil }
    }
    #expect(reports.newest?.failure == nil)
  }

  @Test func widthsNearAChoiceAreMeasured() throws {
    let samples = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../SampleModels")
    let (engine, reports) = try open(samples.appending(path: "residual.onnx").path)
    defer { engine.send(.quit) }
    engine.send(.cancel)
    engine.send(.measureWidths(near: ["stem.conv": 16]))
    let measured = try reports.wait("widths") { !$0.widths.value.layers.isEmpty }
    let times = try #require(measured.widths.value.layers["stem.conv"])
    #expect(Set(times.keys) == [8, 12, 16, 20])
    #expect(times.values.allSatisfy { $0 > 0 && $0.isFinite })
    // What is known is told at once.
    engine.send(.measureWidths(near: ["stem.conv": 16]))
    engine.send(.go(to: 0))
    #expect(
      try reports.wait("no widths of another network") { $0.widths.value.layers.isEmpty }.failure == nil)
    engine.send(.measureWidths(near: ["stem.conv": 16]))
    #expect(
      try reports.wait("the same widths") { !$0.widths.value.layers.isEmpty }.widths.value
        == measured.widths.value)
  }

  // MARK: Sensitivity

  @Test func sensitivityIsMeasuredAndKeptForEachIteration() throws {
    let (engine, reports) = try open()
    defer { engine.send(.quit) }
    engine.send(.measureSensitivity(SensitivitySettings()))
    let without = try reports.wait("that data are missing") { $0.failure?.number == 1 }
    #expect(without.sensitivity.value == nil)
    engine.send(.attach(try data()))
    var settings = SensitivitySettings()
    settings.levels = [25, 50]
    engine.send(.measureSensitivity(settings))
    func isWhole(_ snapshot: SessionSnapshot) -> Bool {
      snapshot.sensitivity.value.map { $0.completeCount == $0.curves.count } ?? false
    }
    let measured = try reports.wait("curves") { isWhole($0) && $0.busyCount == 0 }
    let table = try #require(measured.sensitivity.value)
    #expect(table.curves.allSatisfy { $0.points.count == 3 })
    let opened = measured.structure.value!
    let chosen = try PruningSettings().settingAmount(.percent(40), for: "conv4", in: opened.groups)
    let scores = ScoreTable(.l2, of: opened.groups, in: opened.bound)
    engine.send(.prune(chosen, try Selection(chosen, scores: scores, groups: opened.groups)))
    let pruned = try reports.wait("an iteration") { $0.currentIteration == 1 }
    #expect(pruned.sensitivity.value == nil && pruned.sensitivity.version > measured.sensitivity.version)
    engine.send(.go(to: 0))
    #expect(try reports.wait("the original") { $0.currentIteration == 0 }.sensitivity.value == table)
    engine.send(.attach(try data()))
    let attached = try reports.wait("other data") { $0.sensitivity.value == nil }
    #expect(attached.failure?.number == 1)
  }

  @Test func sensitivityGoesOnWhereItWasStopped() throws {
    let samples = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../SampleModels")
    let (engine, reports) = try open(samples.appending(path: "reference.onnx").path)
    defer { engine.send(.quit) }
    engine.send(.pauseScoring)
    var settings = SensitivitySettings()
    settings.levels = [50]
    settings.examples = 128
    engine.send(.measureSensitivity(settings))
    _ = try reports.wait("a curve") { ($0.sensitivity.value?.completeCount ?? 0) > 0 }
    engine.send(.cancel)
    let stopped = try reports.wait("the stop") { $0.busyCount == 0 }
    let before = try #require(stopped.sensitivity.value)
    #expect(before.completeCount > 0)
    engine.send(.measureSensitivity(settings))
    let done = try reports.wait("the rest") {
      $0.busyCount == 0 && $0.sensitivity.value?.completeCount == before.curves.count
    }
    let after = try #require(done.sensitivity.value)
    for (old, new) in zip(before.curves, after.curves) where old.isComplete { #expect(old == new) }
    #expect(done.failure == nil)
  }

  // MARK: Training and the tree

  /// The data without a validation part: every training then keeps its last weights.
  private func trainingData() throws -> DatasetConfiguration {
    var configuration = try data()
    configuration.validation = 0
    return configuration
  }

  @Test func aTrainingIsFollowedAndKept() throws {
    let (engine, reports) = try open()
    defer { engine.send(.quit) }
    engine.send(.train(TrainingSettings(epochs: 2), teacher: nil))
    _ = try reports.wait("that there are no data") { $0.failure?.number == 1 }
    engine.send(.attach(try trainingData()))
    engine.send(.train(TrainingSettings(epochs: 2, batchSize: 4), teacher: nil))
    let done = try reports.wait("a trained iteration") {
      $0.now?.trainings.count == 1 && $0.busyCount == 0
    }
    let now = try #require(done.now)
    #expect(now.id == 1 && now.parent == 0, "the original stays")
    #expect(now.title == "original, 2 epochs")
    #expect(now.trainings[0].state.losses.count == 10, "four examples a step, two epochs")
    #expect(now.evaluation != nil, "what it is worth now is measured")
    let running = reports.snapshots.compactMap(\.training)
    #expect(running.contains { $0.state.epoch == 1 && $0.iteration == 0 })
    #expect(reports.snapshots.contains { $0.activity?.kind == .training })
    // Another training goes on from there, in the same place.
    engine.send(.train(TrainingSettings(epochs: 1), teacher: .original))
    let twice = try reports.wait("another training") {
      $0.now?.trainings.count == 2 && $0.busyCount == 0
    }
    #expect(twice.currentIteration == 1)
    #expect(twice.now?.trainings.last?.teacher == .original)
  }

  @Test func aStoppedTrainingKeepsWhatItLearned() throws {
    let (engine, reports) = try open()
    defer { engine.send(.quit) }
    engine.send(.attach(try trainingData()))
    for ending in [EngineCommand.stopTraining, .cancel, .go(to: 0)] {
      let count = reports.newest?.iterations.count ?? 1
      engine.send(.go(to: 0))
      engine.send(.train(TrainingSettings(epochs: 100_000, batchSize: 4), teacher: nil))
      _ = try reports.wait("some steps") { ($0.training?.state.losses.count ?? 0) > 3 }
      engine.send(ending)
      let ended = try reports.wait("the end of \(ending)") {
        $0.training == nil && $0.iterations.count == count + 1
      }
      let trained = try #require(ended.iterations.last)
      #expect(trained.trainings.last?.state.stopReason == .stopped)
      #expect((trained.trainings.last?.state.losses.count ?? 0) > 3)
      #expect(ended.failure == nil)
    }
    #expect(try reports.wait("the original") { $0.currentIteration == 0 }.failure == nil)
  }

  @Test func iterationsAreNamedAndDeleted() throws {
    let (engine, reports) = try open()
    defer { engine.send(.quit) }
    engine.send(.attach(try trainingData()))
    for count in 2...3 {
      engine.send(.go(to: 0))
      engine.send(.train(TrainingSettings(epochs: 1, batchSize: 4), teacher: nil))
      _ = try reports.wait("a trained iteration") {
        $0.iterations.count == count && $0.busyCount == 0
      }
    }
    engine.send(.name(2, " second "))
    let two = try reports.wait("two branches and a name") { $0.iteration(2)?.name == "second" }
    #expect(two.iterations.count { $0.parent == 0 } == 2)
    engine.send(.go(to: 2))
    engine.send(.deleteBranch(from: 2))
    let one = try reports.wait("one branch") { $0.iterations.count == 2 }
    #expect(one.currentIteration == 0)
    engine.send(.deleteBranch(from: 0))
    let failed = try reports.wait("that the original stays") { $0.failure != nil }
    guard case .originalStays? = failed.failure?.error.error as? SessionError else {
      Issue.record("\(String(describing: failed.failure))")
      return
    }
  }

  @Test func failuresAreReportedOnce() throws {
    let (engine, reports) = try open()
    defer { engine.send(.quit) }
    var configuration = DatasetConfiguration()
    configuration.data = ["/nowhere/at/all"]
    engine.send(.attach(configuration))
    let failed = try reports.wait("the failure") { $0.failure != nil }
    #expect(failed.failure?.number == 1)
    #expect(failed.failure?.error.sentence.contains("/nowhere/at/all") == true)
    #expect(failed.model != nil, "the model stays open")
  }
}
