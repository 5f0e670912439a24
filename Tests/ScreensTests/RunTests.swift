import Errors
import Graph
import Pruning
import ScreenSamples
import Screens
import TerminalUI
import Testing

@Suite struct RunTests {
  @Test func pruningTakesAnAndNeverEnter() throws {
    var store = try TestStore(Sample.small())
    try store.press("j]]]P")
    #expect(try store.press("<enter>").isEmpty)
    #expect(store.state.overlays.isEmpty)
    try store.press("P")
    let effects = try store.press("y")
    guard case .engine(.prune(let settings, let selection)) = effects.first else {
      Issue.record("no prune: \(effects)")
      return
    }
    #expect(settings == store.state.settings)
    #expect(selection == store.state.decision?.selection)
    #expect(!selection.isEmpty)
  }

  @Test func nothingChosenIsSaidInsteadOfPruned() throws {
    var store = try TestStore(Sample.small())
    #expect(try store.press("P").isEmpty)
    #expect(store.state.overlays.isEmpty)
    #expect(store.state.status?.text.contains("Nothing is chosen") == true)
  }

  @Test func aNewIterationBeginsWithItsOwnHistoryAndUndoGoesBackToTheOld() throws {
    let snapshot = try Sample.small()
    var store = TestStore(snapshot)
    try store.press("j]]]Gp")
    try store.press("Py")
    let chosen = store.state.settings
    var pruned = snapshot
    pruned.iterations.append(
      IterationSummary(id: 1, parent: 0, origin: "pruned by l2", parameters: 10, multiplyAccumulates: 10))
    pruned.currentIteration = 1
    pruned.structure = Versioned(snapshot.structure.value, version: 2)
    store.send(.engineReported(pruned))
    #expect(store.state.settings.amounts.isEmpty)
    #expect(try store.press("z") == [.engine(.go(to: 0))])
    var back = pruned
    back.currentIteration = 0
    back.structure = Versioned(snapshot.structure.value, version: 3)
    store.send(.engineReported(back))
    #expect(store.state.settings == chosen)
    #expect(try store.press("Z") == [.engine(.go(to: 1))])
  }

  @Test func aChoiceAfterGoingBackForgetsTheWayForward() throws {
    let snapshot = try Sample.small()
    var store = TestStore(snapshot)
    var pruned = snapshot
    pruned.iterations.append(
      IterationSummary(id: 1, parent: 0, origin: "pruned by l2", parameters: 10, multiplyAccumulates: 10))
    pruned.currentIteration = 1
    store.send(.engineReported(pruned))
    try store.press("z")
    store.send(
      .engineReported(
        {
          var back = pruned; back.currentIteration = 0; return back
        }()))
    #expect(store.state.canRedo)
    try store.press("j+")
    #expect(!store.state.canRedo)
  }

  @Test func scoringNeedsDataAndPauses() throws {
    let snapshot = try Sample.small()
    var store = TestStore(snapshot)
    #expect(try store.press("r").isEmpty)
    #expect(store.state.status?.text.contains("Choose data") == true)
    var attached = snapshot
    attached.data = DataSummary(title: "data", examples: 10)
    store.send(.engineReported(attached))
    #expect(try store.press("r") == [.engine(.score(.taylor))])
    store.send(.engineReported(SampleSnapshots.scoring(snapshot, examples: 5, version: 2)))
    #expect(try store.press("r") == [.engine(.pauseScoring)])
  }

  /// Scores of a file are called by it, not by weights that they are not of.
  @Test func scoresOfAFileAreCalledByIt() throws {
    var snapshot = try Sample.small()
    var table = ScoreTable(criterion: .external)
    table.layers = try #require(snapshot.scores.value).layers
    snapshot.scores = Versioned(table, version: 2)
    snapshot.scoresPath = "somewhere/prune.handle"
    var store = TestStore(snapshot, width: 140, height: 40)
    #expect(store.frame().snapshot.contains("scores of prune.handle"))
  }

  /// A number alone is the first option; dashes may be left out.
  @Test(arguments: [
    (":taylor-prune 15 --max-to-prune 4", "taylor-prune", ["--reduction", "15", "--max-to-prune", "4"]),
    (":upsampling-prune max-steps 3", "upsampling-prune", ["--max-steps", "3"]),
  ])
  func proceduresBeginOnTheLine(line: String, name: String, arguments: [String]) throws {
    var snapshot = try Sample.small()
    snapshot.data = DataSummary(title: "12 images", examples: 12)
    var store = TestStore(snapshot)
    let effects = try store.press("\(line)<enter>")
    guard case .iterate(let request) = effects.first else {
      Issue.record("nothing begins: \(effects)")
      return
    }
    #expect(request.procedure.rawValue == name && request.arguments == arguments)
    // Without a word nothing begins.
    #expect(try store.press(":\(name)<enter>").isEmpty)
    #expect(store.state.status?.text.contains("Say how much goes") == true)
  }

  /// How long steps take is told of any numbers that are typed.
  @Test func aStepByStepDialogTakesAnyNumbers() throws {
    var snapshot = SampleSnapshots.tree(try Sample.small())
    snapshot.data = DataSummary(title: "12 images", examples: 12)
    var store = TestStore(snapshot, width: 140, height: 40)
    try store.press(":auto<enter><tab><tab><tab><ctrl-u>\(Int.max)<tab><tab><ctrl-u>\(Int.max)")
    #expect(store.frame().snapshot.contains("\(Int.max) steps × \(Int.max) epochs, about"))
  }

  /// What goes on by itself refuses nobody.
  @Test(arguments: [Activity.Kind.evaluating, .scoring, .timing])
  func backgroundWorkGivesWay(kind: Activity.Kind) throws {
    var snapshot = try Sample.small()
    snapshot.data = DataSummary(title: "12 images", examples: 12)
    snapshot.iterations.append(
      IterationSummary(id: 1, parent: 0, origin: "pruned", parameters: 10, multiplyAccumulates: 10))
    snapshot.currentIteration = 1
    snapshot.activity = SampleSnapshots.activity(kind)
    let store = TestStore(snapshot)
    for id in ["score", "recover", "evaluate", "measure", "train", "auto"] {
      let command = try #require(Command.called(id))
      #expect(command.disabledReason(store.state) == nil, "\(id)")
    }
    var pruning = store
    let pruned = try pruning.press("j]]]Py")
    #expect(pruned.contains { if case .engine(.prune) = $0 { true } else { false } })
    // The measure of an iteration is taken up again behind it; scores are those of the current one.
    var going = store
    let asks = kind == .scoring
    #expect(try going.press("g4k<enter>") == (asks ? [] : [.engine(.go(to: 0))]))
    // What somebody asked for does not end for something else.
    snapshot.activity = SampleSnapshots.activity(.sensitivity)
    var measuring = TestStore(snapshot)
    #expect(measuring.send(.command(id: "evaluate")) == [.engine(.enqueue(.evaluate))])
    let measure = try #require(Command.called("measure"))
    #expect(measure.disabledReason(measuring.state)?.contains("is running") == true)
  }

  @Test func frozenScoresStandStillAndThenCatchUp() throws {
    let snapshot = try Sample.small()
    var store = TestStore(SampleSnapshots.scoring(snapshot, examples: 3, version: 2))
    try store.press("H")
    store.send(.engineReported(SampleSnapshots.scoring(snapshot, examples: 7, version: 3, seed: 5)))
    #expect(store.state.engine.scores.version == 2)
    #expect(store.state.engine.activity?.progress.done == 7)
    try store.press("H")
    #expect(store.state.engine.scores.version == 3)
  }

  @Test func quittingAsksOnlyIfSomethingWouldBeLost() throws {
    var store = try TestStore(Sample.small())
    #expect(try store.press("q") == [.quit])
    try store.press("j+")
    #expect(try store.press("q").isEmpty)
    #expect(try store.press("n").isEmpty)
    #expect(store.state.overlays.isEmpty)
    #expect(try store.press("qy") == [.quit])
  }

  /// What was touched and put back is no work: neither the mark nor the question.
  @Test(arguments: ["j]0", "j+-", "j]z", "jpp", "j<enter>xxg1", "je100k<enter>"])
  func whatWasPutBackIsNotLost(keys: String) throws {
    var store = try TestStore(Sample.small())
    try store.press(keys)
    #expect(!store.state.hasUnsavedWork)
    #expect(!store.frame().lines[0].contains("[+]"))
    #expect(try store.press("q") == [.quit])
  }

  /// What is nowhere on disk is asked about, whichever iteration is current: on quitting, and on opening another model.
  @Test func leavingAsksAboutWhatIsNowhereOnDisk() throws {
    var snapshot = try Sample.small()
    for id in 1...2 {
      snapshot.iterations.append(
        IterationSummary(
          id: id, parent: 0, origin: id == 1 ? "−120 kernels by taylor, refit" : "pruned", parameters: 10,
          multiplyAccumulates: 10))
    }
    snapshot.iterations[1].writtenRevision = 0
    snapshot.iterations[2].changes = [.recovery([.refit])]
    snapshot.iterations[2].writtenRevision = 0
    var store = TestStore(snapshot)
    #expect(store.state.hasUnsavedWork)
    try store.press("g4jj")
    #expect(store.frame().snapshot.contains("  written befo"))
    #expect(
      store.frame().snapshot.contains("−120 kernels by t\u{2026}  written"),
      "the state is not hidden by a long title")
    #expect(store.frame().snapshot.contains("Written before refit: as it is now, no file has it"))
    #expect(try store.press("q").isEmpty)
    #expect(store.frame().snapshot.contains("Iteration 2 was written before refit, and not as it is"))
    #expect(try store.press("<enter>:open-model b.onnx<enter>").isEmpty)
    #expect(store.frame().snapshot.contains("Open another model anyway?"))
    #expect(try store.press("y") == [.engine(.open(path: "b.onnx"))])
    snapshot.iterations[2].writtenRevision = nil
    snapshot.iterations[1].changes = [.training]
    store.send(.engineReported(snapshot))
    #expect(try store.press("q").isEmpty)
    #expect(store.frame().snapshot.contains("2 iterations were not written to a file as they are now"))
    try store.press("n")
    // What a session keeps is not lost, unless it is still to be written.
    snapshot.folder = "sessions/model"
    store.send(.engineReported(snapshot))
    #expect(try store.press("q") == [.quit])
    snapshot.awaitedExport = "a.onnx"
    store.send(.engineReported(snapshot))
    #expect(try store.press("q").isEmpty)
    #expect(store.frame().snapshot.contains("a.onnx waits for what runs"))
  }

  @Test func controlCStopsWorkAndThenLeaves() throws {
    let snapshot = try Sample.small()
    var store = TestStore(SampleSnapshots.scoring(snapshot, examples: 3, version: 2))
    #expect(try store.press("<ctrl-c>") == [.engine(.cancel)])
    store.send(.engineReported(snapshot))
    #expect(try store.press("<ctrl-c>") == [.quit])
    try store.press("j+")
    #expect(try store.press("<ctrl-c>").isEmpty)
    #expect(try store.press("<ctrl-c>") == [.quit])
  }

  @Test func goingToAnotherIterationAsksOnlyWhileSomethingRuns() throws {
    var snapshot = try Sample.small()
    snapshot.iterations.append(
      IterationSummary(id: 1, parent: 0, origin: "pruned", parameters: 10, multiplyAccumulates: 10))
    var store = TestStore(snapshot)
    #expect(try store.press("g4j<enter>") == [.engine(.go(to: 1))])
    snapshot.activity = SampleSnapshots.activity(.scoring)
    store.send(.engineReported(snapshot))
    #expect(try store.press("<enter>").isEmpty)
    #expect(try store.press("y") == [.engine(.go(to: 1))])
  }

  @Test func aFailureIsShownOnceWithItsRemedy() throws {
    var snapshot = try Sample.small()
    snapshot.failure = Failure(
      number: 4,
      error: CaughtError(SessionError.unfit(sentence: "The disk is full.", remedy: "Delete something.")))
    var store = TestStore(snapshot)
    let text = store.frame().snapshot
    #expect(text.contains("The disk is full.") && text.contains("Delete something."))
    try store.press("<escape>")
    store.send(.engineReported(snapshot))
    #expect(store.state.overlays.isEmpty)
  }

  @Test func anotherModelForgetsWhatWasChosen() throws {
    let snapshot = try Sample.small()
    var store = TestStore(snapshot)
    try store.press("j]]]d")
    var other = snapshot
    other.generation = 2
    other.structure = Versioned(snapshot.structure.value, version: 9)
    store.send(.engineReported(other))
    #expect(store.state.settings == PruningSettings())
    #expect(store.state.overlays.isEmpty)
    #expect(!store.state.hasUnsavedWork)
  }

  @Test func whatWasLostIsWonBackOnRequest() throws {
    var snapshot = try Sample.small()
    var store = TestStore(snapshot)
    try store.press("b")
    #expect(store.state.status?.text.contains("Nothing was pruned yet") == true)
    snapshot.iterations.append(
      IterationSummary(id: 1, parent: 0, origin: "pruned", parameters: 10, multiplyAccumulates: 10))
    snapshot.currentIteration = 1
    snapshot.data = nil
    store = TestStore(snapshot)
    try store.press("b")
    #expect(store.state.status?.text.contains("Choose data first") == true)
    snapshot.data = DataSummary(title: "some", examples: 100)
    store = TestStore(snapshot)
    // Refit is ticked; the statistics below it are ticked too, over fewer examples.
    try store.press("b<down><down><space><down><down><ctrl-u>0<enter>")
    #expect(store.frame().snapshot.contains("Write a number from 1"))
    #expect(
      try store.press("<ctrl-u>64<enter>") == [
        .engine(.recover(.init(methods: [.bn, .refit], examples: 64)))
      ])
    #expect(store.state.overlays.isEmpty)
    #expect(try store.press("b<space><enter>").isEmpty)
    #expect(store.frame().snapshot.contains("Choose at least one way"))
    try store.press("<escape>")
    #expect(
      try store.press(":recover bias,refit<enter>") == [.engine(.recover(.init(methods: [.bias, .refit])))])
    #expect(try store.press(":recover luck<enter>").isEmpty)
    #expect(store.state.status?.text.contains("bias, bn, refit") == true)
    // What it brings is measured against what the prune had left.
    snapshot.iterations[1].evaluation = Evaluation(examples: 2000, loss: 3, accuracy: 0.2)
    store.send(.engineReported(snapshot))
    snapshot.iterations[1].evaluation = Evaluation(examples: 2000, loss: 0.3, accuracy: 0.9)
    store.send(.engineReported(snapshot))
    #expect(store.state.status?.text.contains("rose from 20.0% to 90.0%") == true)
  }

  @Test func aFallOfAccuracyIsSaidInAWord() throws {
    var snapshot = try Sample.small()
    snapshot.iterations[0].evaluation = Evaluation(examples: 2000, loss: 0.3, accuracy: 0.912)
    snapshot.iterations.append(
      IterationSummary(id: 1, parent: 0, origin: "pruned", parameters: 10, multiplyAccumulates: 10))
    snapshot.currentIteration = 1
    var store = TestStore(snapshot)
    snapshot.iterations[1].evaluation = Evaluation(examples: 2000, loss: 1, accuracy: 0.715)
    store.send(.engineReported(snapshot))
    #expect(store.state.status?.text.contains("fell from 91.2% to 71.5%") == true)
    #expect(store.state.status?.severity == .error)
  }

  /// A target by measured losses is proposed when they are there, and what it is expected to lose stands beside it.
  @Test func aTargetWaitsForMeasuredLosses() throws {
    let scoring = try SampleSnapshots.scoring(Sample.small(), examples: 600, version: 2)
    var store = TestStore(scoring)
    let effects = try store.press("t<ctrl-u>60%<tab><tab><left><enter>")
    #expect(effects == [.engine(.score(.obs))])
    #expect(store.state.status?.text.contains("MACs 60% is proposed then") == true)

    // Half of the groups are measured: it goes on.
    let groups = try #require(scoring.structure.value?.groups)
    var curves = LossCurves(measure: .divergence, groups: groups.groups.count, examples: 256)
    func measure(_ group: Int) {
      let units = groups.groups[group].units
      curves.curves[group] = LossCurves.Curve(
        order: units.reversed(),
        points: [.init(removed: max(1, units.count - 1), loss: 0.1 * Double(group + 1))])
    }
    measure(0)
    var half = scoring
    half.scores = Versioned(curves.scores(of: groups), version: 3)
    store.send(.engineReported(half))
    #expect(store.state.settings.amounts.isEmpty)

    for group in groups.groups.indices { measure(group) }
    var whole = scoring
    whole.scores = Versioned(curves.scores(of: groups), version: 4)
    whole.isScoring = false
    whole.activity = nil
    store.send(.engineReported(whole))
    #expect(!store.state.settings.amounts.isEmpty)
    let said = try #require(store.state.status?.text)
    #expect(said.contains("Proposed for MACs 60%, by measured losses, loss 0.") && said.contains("expected"))
    let decision = try #require(store.state.decision)
    #expect(decision.expectedLoss == curves.loss(without: decision.selection, in: groups))
    #expect(
      decision.preview.multiplyAccumulates.after * 10 <= decision.preview.multiplyAccumulates.before * 6)
    // What goes is what the library says for the same request.
    let structure = try #require(scoring.structure.value)
    let chooser = Chooser(groups: groups, bound: structure.bound, scores: curves.scores(of: groups))
    let choice = try chooser.choice(RemovalRequest(.multiplyAccumulates(keepPercent: 60)))
    #expect(decision.selection == choice.selection)
    // The prune says what it is expected to cost.
    try store.press("P")
    #expect(store.frame().snapshot.contains("expected after a refit"))
    let pruned = try store.press("y")
    #expect(
      pruned.last == .engine(.recover(RecoverySettings(methods: [.refit, .distil]))) && pruned.count == 2)
  }
}
