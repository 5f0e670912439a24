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
    try comparison([before, after], in: snapshot)
  }

  /// The same of several, of which each has a narrower layer than the one before: half, two thirds, three quarters.
  static func comparison(_ iterations: [Int], in snapshot: SessionSnapshot) throws -> IterationComparison {
    let structure = try #require(snapshot.structure.value)
    let scores = ScoreTable(.l2, of: structure.groups, in: structure.bound)
    let networks = try (1..<iterations.count).map { number in
      var settings = PruningSettings()
      settings.amounts["layer1.0.conv1"] = .percent(100 * Double(number) / Double(number + 1))
      let selection = try Selection(settings, scores: scores, groups: structure.groups)
      let network = try structure.bound.network.removing(
        selection, groups: structure.groups, bound: structure.bound)
      return NetworkComparison(structure.bound, try BoundNetwork(network))
    }
    return IterationComparison(iterations, networks)
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
    #expect(store.frame().lines.contains { $0.contains(#/4    small net .*now/#) })
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
    #expect(store.state.iterations.marked == [4])
    #expect(!store.state.overlays.isEmpty)
    var snapshot = store.state.engine
    snapshot.iterations.removeLast()
    snapshot.currentIteration = 3
    store.send(.engineReported(snapshot))
    #expect(store.state.iterations.marked.isEmpty)
    #expect(store.state.overlays.isEmpty)
    _ = store.frame()
  }

  // MARK: Comparing

  @Test func anyTwoAreCompared() throws {
    var store = try store()
    // The current one with what it was made from, with the selected one, and the marked one with another.
    #expect(try store.press("g4&") == [.engine(.compare([3, 4]))])
    #expect(try store.press("<escape>ggj&") == [.engine(.compare([1, 4]))])
    #expect(try store.press("<escape>xj&") == [.engine(.compare([1, 2]))])
    try store.press("<escape>")
    #expect(store.send(.command(id: "compare", argument: "wide 1")) == [.engine(.compare([1, 3]))])
    try store.press("<escape>")
    store.send(.command(id: "compare", argument: "1 9"))
    #expect(store.state.overlays.isEmpty)
  }

  @Test func anyNumberUpToSixIsCompared() throws {
    var store = try store()
    // Marks stay where the order changes; so does the cursor.
    try store.press("g4ggxjxjjx:sort-iterations macs<enter>")
    #expect(store.state.iterations.marked == [0, 1, 3])
    #expect(store.state.selectedIteration?.id == 3)
    #expect(try store.press("&") == [.engine(.compare([0, 1, 3]))])
    store.send(.compared(try Self.comparison([0, 1, 3], in: store.state.engine)))
    let text = store.frame().snapshot
    #expect(text.contains("Iterations 0, 1 and 3") && text.contains("KERN 0"))
    let row = try #require(store.frame().lines.first { $0.contains("layer1.0.conv1") })
    #expect(row.contains(#/8 +4 +[23] changed/#), "\(row)")
    // Enter takes the one under the cursor.
    #expect(try store.press("hhh<enter>").first == .engine(.go(to: 0)))
    #expect(store.state.overlays.isEmpty)
    try store.press("<escape>")
    #expect(store.state.iterations.marked.isEmpty && store.state.focus == .iterations)
    try store.press("a")
    #expect(store.state.iterations.marked.count == 5)
    // The cheapest stands first.
    try store.press("ggx*")
    #expect(store.state.iterations.marked == [2])
    var snapshot = store.state.engine
    for id in 5..<9 {
      snapshot.iterations.append(
        IterationSummary(id: id, parent: 4, origin: "more", parameters: 9, multiplyAccumulates: 9))
    }
    store.send(.engineReported(snapshot))
    #expect(try store.press("a*a&").isEmpty)
    #expect(store.state.status?.text.contains("6 iterations at most") == true)
  }

  // MARK: The sheet

  private func order(_ store: TestStore) -> [Int] {
    var store = store
    return store.frame().lines.compactMap { line in
      line.firstMatch(of: #/^│[ ▸][ *] ?(\d) /#).flatMap { Int($0.1) }
    }
  }

  @Test func theSheetIsSortedByAnyFigure() throws {
    var store = try store(width: 140, height: 40)
    try store.press("g4m")
    #expect(order(store) == [0, 1, 2, 3, 4])
    // The best come first; what is not known last, either way.
    try store.press("sa")
    #expect(order(store) == [0, 1, 4, 3, 2])
    #expect(store.frame().snapshot.contains("by accuracy ▾") && store.frame().snapshot.contains("ACCURACY ▾"))
    try store.press("I")
    #expect(order(store) == [2, 3, 4, 1, 0])
    try store.press("sm")
    #expect(order(store) == [2, 4, 3, 1, 0])
    try store.press(":sort-iterations latency<enter>")
    #expect(order(store) == [2, 3, 1, 0, 4], "the time of 4 is not known")
    try store.press("I")
    #expect(order(store) == [0, 1, 3, 2, 4])
    try store.press("st")
    #expect(order(store) == [0, 1, 2, 3, 4])
    store.send(.command(id: "sort-iterations", argument: "beauty"))
    #expect(store.state.status?.text.contains("tree, number, title, accuracy") == true)
  }

  @Test func aPressOnAHeadSorts() throws {
    var store = try store(width: 140, height: 40)
    try store.press("g4m")
    let head = store.frame().lines[4]
    let column = try #require(head.firstRange(of: "PARAMS")).lowerBound
    let x = head.distance(from: head.startIndex, to: column)
    for expected in [[2, 4, 3, 1, 0], [0, 1, 3, 4, 2]] {
      store.send(.terminal(.mouse(.init(.press, x: x, y: 4))))
      #expect(order(store) == expected)
    }
  }

  /// When an iteration was made, and by which commands, is told of the selected one.
  @Test func theCommandsThatMadeAnIterationAreTold() throws {
    var store = try store(width: 140, height: 40)
    var snapshot = store.state.engine
    snapshot.iterations[4].made = 1_000_000_000.5
    store.send(.engineReported(snapshot))
    let words = ["target MACs 80%", "prune yes", "target MACs 50%", "set scope layer", "prune yes"]
    for (index, words) in words.enumerated() {
      store.state.record.append(
        RecordEntry(
          time: 999_999_000 + Double(250 * index), iteration: 3, words: words, figures: ""))
    }
    try store.press("g4mG")
    let text = store.frame().snapshot
    #expect(text.contains(#/Made from 3, [89] Sep/#))
    #expect(text.contains(":target MACs 50%  :set scope layer  :prune yes") && !text.contains("80%  :"))
    #expect(text.contains("MADE"))
  }

  @Test func theFrontIsMarked() throws {
    var store = try store(width: 140, height: 40)
    try store.press("g4m")
    let marked = store.frame().lines.filter { $0.contains(#/^│[ ▸][ *] ?\d .*▲/#) }
    // 3 costs more than 4 and is worth less.
    #expect(marked.compactMap { $0.firstMatch(of: #/\d/#).flatMap { Int($0.0) } } == [0, 1, 2, 4])
  }

  @Test func aComparisonShowsFiguresLayersAndCurves() throws {
    var store = try store()
    try store.press("g4ggj&")
    #expect(store.frame().snapshot.contains("Comparing…"))
    store.send(.compared(try Self.comparison(1, 4, in: store.state.engine)))
    var lines = store.frame().lines
    let text = lines.joined(separator: "\n")
    for figure in ["Accuracy", "90.0%", "88.0%", "fell 2.0", "Latency", "5.60 ms", "File"] {
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
    try store.press(" x")
    #expect(store.frame().snapshot.contains("file size (Space x)"))
    store.send(.command(id: "axis", argument: "macs"))
    #expect(store.state.iterations.axis == .macs)
    store.send(.command(id: "axis", argument: "luck"))
    #expect(store.state.status?.text.contains("macs, parameters, latency, size") == true)
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
