import Graph
import Pruning
import ScreenSamples
import Screens
import TerminalUI
import Testing

@Suite struct IterationsTests {
  private func store(width: Int = 80, height: Int = 24) throws -> TestStore {
    TestStore(SampleSnapshots.tree(try Sample.small()), width: width, height: height)
  }

  /// A comparison of the sample with itself where a layer is narrower.
  static func comparison(_ before: Int, _ after: Int, in snapshot: SessionSnapshot) throws
    -> IterationComparison
  {
    let structure = try #require(snapshot.structure.value)
    var settings = PruningSettings()
    settings.amounts["layer1.0.conv1"] = .percent(50)
    let scores = ScoreTable(.l2, of: structure.groups, in: structure.bound)
    let selection = try Selection(settings, scores: scores, groups: structure.groups)
    let network = try structure.bound.network.removing(
      selection, groups: structure.groups, bound: structure.bound)
    return IterationComparison(
      before, after, NetworkComparison(structure.bound, try BoundNetwork(network)))
  }

  // MARK: Names

  @Test func namesAreGivenInADialogAndOnTheCommandLine() throws {
    var store = try store()
    // The cursor stands on the current iteration.
    #expect(try store.press("g4esmall  net<enter>") == [.engine(.name(4, "small net"))])
    #expect(try store.press("gge<enter>") == [.engine(.name(0, ""))])
    #expect(try store.press("g1:name best so far<enter>") == [.engine(.name(4, "best so far"))])
    var snapshot = store.state.engine
    snapshot.iterations[4].name = "small net"
    store.send(.engineReported(snapshot))
    #expect(try store.press(":go-to WIDE<enter>").first == .engine(.go(to: 3)))
    #expect(try store.press(":go-to 0<enter>").first == .engine(.go(to: 0)))
    try store.press("g4")
    #expect(store.frame().snapshot.contains("4 small net"))
  }

  /// A time that was taken otherwise is shown as one, and stands on no axis beside the others.
  @Test func timesTakenOtherwiseAreNotCompared() throws {
    var store = try store(width: 140, height: 40)
    var snapshot = store.state.engine
    for index in snapshot.iterations.indices {
      snapshot.iterations[index].latency = SampleSnapshots.latency(2e-3 * Double(index + 1))
    }
    snapshot.iterations[4].latency = MeasuredLatency(
      seconds: 7e-3, conditions: LatencyConditions(threads: 8, precision: "bfloat16", processor: ""))
    store.send(.engineReported(snapshot))
    try store.press("g4:axis latency<enter>")
    let text = store.frame().snapshot
    #expect(text.contains("(7.00 ms)"))
    #expect(text.contains("measured otherwise"))
    store.send(.command(id: "compare", argument: "3 4"))
    #expect(store.frame().snapshot.contains("Latency"))
  }

  // MARK: Without labels

  /// A tree without labels: what is known of its iterations is how far their outputs are from the original's.
  private func unlabelled() throws -> SessionSnapshot {
    SampleSnapshots.unlabelled(SampleSnapshots.tree(try Sample.small()))
  }

  @Test func deviationsStandWhereThereIsNoAccuracy() throws {
    var store = TestStore(try unlabelled())
    try store.press("g4ggj")
    let lines = store.frame().lines
    let head = try #require(lines.first { $0.contains("ITERATION") })
    #expect(head.contains("DEVIATION") && !head.contains("ACCURACY") && !head.contains("LOSS"))
    #expect(lines.contains { $0.contains("−80 kernels") && $0.contains(" 63%") })
    #expect(lines.contains { $0.contains("deviation %") }, "the plot's axis")
    #expect(lines.joined().contains("differ from the original's by 4.2%"))
    try store.press("j")
    #expect(store.frame().snapshot.contains("by 63%: recover or fine-tune before use."))
    store.send(.command(id: "compare", argument: "1 2"))
    #expect(store.frame().lines.contains { $0.contains("Deviation") && $0.contains("rose") })
  }

  /// Beside accuracies they have a column where there is room, and are plotted when asked for.
  @Test func deviationsStandBesideAccuracies() throws {
    var snapshot = try unlabelled()
    for index in snapshot.iterations.indices {
      snapshot.iterations[index].evaluation = Evaluation(examples: 100, loss: 0.1, accuracy: 0.9)
    }
    var store = TestStore(snapshot, width: 140, height: 40)
    try store.press("g4ggjm")
    #expect(store.frame().snapshot.contains("accuracy %"))
    try store.press(" v")
    #expect(store.frame().snapshot.contains("loss"))
    try store.press(":worth deviation<enter>")
    #expect(store.frame().snapshot.contains("deviation %"))
    store.send(.command(id: "worth", argument: "beauty"))
    #expect(store.state.status?.text.contains("write one of accuracy, loss, deviation") == true)
  }

  @Test func aLargeDeviationIsWarnedOfWhenItIsMeasured() throws {
    var snapshot = try unlabelled()
    let small = OutputDeviation(measure: .outputError, value: 0.04, examples: 256)
    let large = OutputDeviation(measure: .outputError, value: 0.7, examples: 256)
    snapshot.iterations[4].outputDeviation = nil
    var store = TestStore(snapshot)
    snapshot.iterations[4].outputDeviation = small
    store.send(.engineReported(snapshot))
    #expect(store.state.status?.severity == .information)
    #expect(store.state.status?.text.contains("by 4.0%, on 256 examples.") == true)
    snapshot.iterations[4].outputDeviation = large
    store.send(.engineReported(snapshot))
    #expect(store.state.status?.severity == .warning)
    #expect(store.state.status?.text.contains("before use") == true)
    // With labels the accuracy says it.
    snapshot.iterations[4].evaluation = Evaluation(examples: 100, loss: 0.1, accuracy: 0.9)
    snapshot.iterations[4].outputDeviation = small
    store.send(.engineReported(snapshot))
    #expect(store.state.status?.text.contains("Accuracy") == true)
  }

  // MARK: Deleting

  @Test func deletingSaysHowManyGoAndTakesAY() throws {
    var store = try store()
    try store.press("g4ggjD")
    var text = store.frame().snapshot
    #expect(text.contains("Delete 2 iterations") && text.contains("the one made from it: 2"))
    #expect(!text.contains("becomes the current one"))
    #expect(try store.press("<enter>").isEmpty)
    #expect(store.state.overlays.isEmpty)
    #expect(try store.press("Dy") == [.engine(.deleteBranch(from: 1))])
    store.send(.command(id: "delete", argument: "wide"))
    text = store.frame().snapshot
    #expect(text.contains("Delete 2 iterations") && text.contains("Iteration 0 becomes the current one"))
    try store.press("n")
    store.send(.command(id: "delete", argument: "0"))
    #expect(store.state.status?.text == "The original cannot be deleted.")
    store.send(.command(id: "delete", argument: "17"))
    #expect(store.state.status?.text.contains("There is no iteration") == true)
    #expect(store.state.overlays.isEmpty)
  }

  @Test func whatHangsOnDeletedIterationsIsForgotten() throws {
    var store = try store()
    try store.press("g4Gxgg&")
    #expect(store.state.iterations.marked == 4)
    #expect(!store.state.overlays.isEmpty)
    var snapshot = store.state.engine
    snapshot.iterations.removeLast()
    snapshot.currentIteration = 3
    store.send(.engineReported(snapshot))
    #expect(store.state.iterations.marked == nil)
    #expect(store.state.overlays.isEmpty)
    _ = store.frame()
  }

  // MARK: Comparing

  @Test func anyTwoAreCompared() throws {
    var store = try store()
    // The current one with what it was made from, with the selected one, and the marked one with another.
    #expect(try store.press("g4&") == [.engine(.compare(3, 4))])
    #expect(try store.press("<escape>ggj&") == [.engine(.compare(1, 4))])
    #expect(try store.press("<escape>xj&") == [.engine(.compare(1, 2))])
    try store.press("<escape>")
    #expect(store.send(.command(id: "compare", argument: "wide 1")) == [.engine(.compare(1, 3))])
    try store.press("<escape>")
    store.send(.command(id: "compare", argument: "1 9"))
    #expect(store.state.overlays.isEmpty)
  }

  @Test func aComparisonShowsFiguresLayersAndCurves() throws {
    var store = try store()
    try store.press("g4ggj&")
    #expect(store.frame().snapshot.contains("Comparing…"))
    store.send(.compared(try Self.comparison(1, 4, in: store.state.engine)))
    var lines = store.frame().lines
    let text = lines.joined(separator: "\n")
    for figure in ["Accuracy", "90.0%", "88.0%", "fell 2.0", "Latency", "5.60 ms", "Weights"] {
      #expect(text.contains(figure), "\(figure)")
    }
    // What differs stands first: the narrowed layer, then its reader.
    let head = try #require(lines.firstIndex { $0.contains("KERNELS") })
    #expect(lines[head + 1].contains("layer1.0.conv1") && lines[head + 1].contains("8→4"))
    #expect(lines[head + 2].contains("layer1.0.conv2") && lines[head + 2].contains("changed"))
    #expect(lines[head + 3].contains("same"))
    try store.press("/conv2<enter>")
    lines = store.frame().lines
    #expect(lines[head + 1].contains("layer1.0.conv2"))
    #expect(!lines.contains { $0.contains("layer1.0.conv1") })
    try store.press("<escape>")
    #expect(!store.state.overlays.isEmpty, "Escape ends the filter first")
    try store.press("<tab>")
    #expect(store.frame().snapshot.contains("epochs"))
    try store.press("<escape>")
    #expect(store.state.overlays.isEmpty)
  }

  // MARK: The plot

  @Test func theAxisTurns() throws {
    var store = try store()
    try store.press("g4")
    #expect(store.frame().snapshot.contains("MACs (Space x)"))
    try store.press(" x")
    #expect(store.frame().snapshot.contains("parameters (Space x)"))
    try store.press(" x")
    let text = store.frame().snapshot
    #expect(text.contains("latency (Space x)") && text.contains("ms"))
    store.send(.command(id: "axis", argument: "macs"))
    #expect(store.state.iterations.axis == .macs)
    store.send(.command(id: "axis", argument: "luck"))
    #expect(store.state.status?.text.contains("MACs, parameters, latency") == true)
  }

  @Test func lossesArePlottedWhereThereAreNoAccuracies() throws {
    var snapshot = SampleSnapshots.tree(try Sample.small())
    for index in snapshot.iterations.indices { snapshot.iterations[index].evaluation?.accuracy = nil }
    var store = TestStore(snapshot, width: 140, height: 40)
    try store.press("g4m")
    let text = store.frame().snapshot
    #expect(text.contains(" loss") && !text.contains("accuracy %"))
    #expect(text.contains("rose"))
  }

  @Test func theDetailsOfTheSelectedOneAreTold() throws {
    var store = try store(width: 140, height: 40)
    try store.press("g4mG")
    var text = store.frame().snapshot
    #expect(text.contains("Trained 1 epoch in 1m 05s, best epoch 1") && text.contains("on validation data."))
    #expect(text.contains("--epochs 3 --rate 0.01"))
    try store.press("ggj")
    text = store.frame().snapshot
    #expect(text.contains("least-squares refit of 7 layers: accuracy 41.0 → 90.0 %."))
  }
}
