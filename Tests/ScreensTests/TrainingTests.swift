import Datasets
import Graph
import Pruning
import ScreenSamples
import Screens
import TerminalUI
import Testing

@Suite struct TrainingTests {
  private func store(_ change: (inout SessionSnapshot) -> Void = { _ in }) throws -> TestStore {
    var snapshot = SampleSnapshots.scoring(try Sample.small(), examples: 12_000, version: 2)
    snapshot.isScoring = false
    snapshot.activity = nil
    change(&snapshot)
    return TestStore(snapshot)
  }

  private func training(_ store: inout TestStore) {
    store.send(.engineReported(SampleSnapshots.training(store.state.engine)))
  }

  // MARK: The dialog

  @Test func theDialogAsksForWhatWasChangedOnly() throws {
    var store = try store()
    try store.press("F3<down><right><down>0.01")
    let effects = try store.press("<enter>")
    let request = TrainingRequest(options: ["epochs": "3", "optimizer": "adam", "rate": "0.01"])
    #expect(effects == [.train(request)])
    store.send(.trainingAnswered(TrainingAnswer(request)))
    #expect(store.state.overlays.isEmpty)
    #expect(store.state.focus == .train)
    // It begins with what was said last.
    store.send(.command(id: "train"))
    #expect(try store.press("<enter>") == [.train(request)])
  }

  @Test func aBadValueIsSaidBesideItsField() throws {
    var store = try store()
    try store.press("F<down><down>fast<enter>")
    let request = TrainingRequest(options: ["rate": "fast"])
    store.send(
      .trainingAnswered(
        TrainingAnswer(request, problem: .init(option: "rate", sentence: "The rate is no number."))))
    #expect(store.frame().snapshot.contains("The rate is no number."))
    guard let form = (store.state.overlays.last as? TrainingDialog)?.form else {
      Issue.record("the dialog is gone")
      return
    }
    #expect(form.fields[form.focus].id == "rate")
    #expect(store.state.focus == .layers)
    try store.press("<ctrl-u>0.1")
    #expect(!store.frame().snapshot.contains("The rate is no number."))
  }

  @Test func dataWithoutAnswersTeachByTheOriginal() throws {
    var store = try store { $0.data?.loss = .outputEnergy }
    #expect(try store.press("F<enter>") == [.train(TrainingRequest(options: ["distil-from": "original"]))])
    try store.press("<down><down><down><left><enter>")
    #expect(store.frame().snapshot.contains("learn from the original"))
  }

  @Test func withoutDataItSaysWhatIsMissing() throws {
    var store = try TestStore(Sample.small())
    #expect(try store.press("F").isEmpty)
    #expect(store.state.overlays.isEmpty)
    #expect(store.state.status?.text.contains("Choose data first (d)") == true)
    try store.press("g7")
    #expect(store.frame().snapshot.contains("choose data first (d)"))
  }

  @Test func theCommandLineTakesTheSameOptions() throws {
    var store = try store()
    #expect(
      try store.press(":train 3 --rate 0.01 epochs 4 --freeze-bn --optimizer=adam<enter>") == [
        .train(
          TrainingRequest(options: [
            "epochs": "4", "rate": "0.01", "freeze-bn": "true", "optimizer": "adam",
          ]))
      ])
    #expect(try store.press(":train 3 --speed 9<enter>").isEmpty)
    #expect(store.state.status?.text.contains("There is no option \"--speed\"") == true)
    #expect(try store.press(":train --rate<enter>").isEmpty)
    #expect(store.state.status?.text.contains("Write a value") == true)
    #expect(
      try store.press(":train --opt<tab> ada<tab><enter>") == [
        .train(TrainingRequest(options: ["optimizer": "adam"]))
      ])
    let request = TrainingRequest(options: ["rate": "x"])
    store.send(.trainingAnswered(TrainingAnswer(request, problem: .init(option: "rate", sentence: "No."))))
    #expect(store.state.status?.text == "No.")
  }

  // MARK: While it runs

  @Test func everyScreenSaysHowFarItIs() throws {
    var store = try store()
    training(&store)
    for key in "1234567" where key != "6" {
      try store.press("g\(key)")
      #expect(store.frame().lines[2].contains("training epoch 2/3"), "screen \(key)")
    }
  }

  /// An hour of training is not lost by a slip: whatever would end it asks first, and Enter says no.
  @Test(arguments: [
    ("g4j<enter>", Effect.engine(.go(to: 1))), ("<ctrl-c>", .engine(.stopTraining)),
    ("g7!", .engine(.stopTraining)),
    ("q", .quit), ("g4jD", .engine(.deleteBranch(from: 1))),
    (":open-model a.onnx<enter>", .engine(.open(path: "a.onnx"))),
  ])
  func whatWouldEndItAsksFirst(keys: String, effect: Effect) throws {
    var store = try store { snapshot in
      snapshot.iterations.append(
        IterationSummary(id: 1, parent: 0, origin: "pruned", parameters: 10, multiplyAccumulates: 10))
    }
    training(&store)
    #expect(try store.press(keys).isEmpty)
    #expect(store.frame().snapshot.contains("Iteration 0 is being trained"))
    #expect(try store.press("<enter>").isEmpty)
    #expect(store.state.overlays.isEmpty)
    #expect(try store.press(keys).isEmpty)
    #expect(try store.press("y").first == effect)
  }

  @Test func aSecondControlCStops() throws {
    var store = try store()
    training(&store)
    #expect(try store.press("<ctrl-c>").isEmpty)
    #expect(try store.press("<ctrl-c>") == [.engine(.stopTraining)])
  }

  @Test func aSignalAsksNobody() throws {
    var store = try store()
    training(&store)
    #expect(store.send(.terminal(.signal(.terminate))) == [.quit])
  }

  @Test(arguments: ["prune", "recover", "score"])
  func whatHasToWaitSaysWhy(command: String) throws {
    var store = try store()
    try store.press("j]]]")
    training(&store)
    #expect(store.send(.command(id: command)).isEmpty)
    #expect(store.state.status?.text.contains("being trained") == true || command == "recover")
    #expect(store.state.overlays.isEmpty)
  }

  @Test func theEndIsTold() throws {
    var store = try store()
    let before = store.state.engine
    training(&store)
    var snapshot = before
    var done = try #require(store.state.engine.training).record
    done.state.phase = .finished(.completed)
    snapshot.iterations.append(
      IterationSummary(id: 1, parent: 0, origin: "1 epoch", parameters: 10, multiplyAccumulates: 10))
    snapshot.iterations[1].trainings = [done]
    snapshot.currentIteration = 1
    store.send(.engineReported(snapshot))
    #expect(store.state.status?.text.contains("best epoch 1: accuracy 70.0% → 88.0%") == true)
    // Where nothing was won, nothing is claimed.
    store = try self.store()
    training(&store)
    store.send(.engineReported(before))
    #expect(store.state.status?.text.contains("as they were") == true)
  }

  @Test func curvesOfAnEarlierTrainingAreShownToo() throws {
    var store = try store { snapshot in
      snapshot.iterations[0].trainings = [SampleSnapshots.record(endedBy: .patience, after: 65)]
    }
    try store.press("g7")
    let text = store.frame().snapshot
    #expect(text.contains("trained 1 epoch (stopped early) in 1m 05s, best epoch 1"))
    #expect(text.contains("accuracy %") && text.contains("validation"))
  }

  // MARK: The curves

  @Test func smoothingKeepsAConstantAndIsNearTheLastValues() {
    let flat = TrainingCurves.smoothed(Array(repeating: 2, count: 500), points: 50)
    #expect(flat.allSatisfy { abs($0.value - 2) < 1e-9 })
    #expect(flat.last?.step == 500)
    #expect((50...101).contains(flat.count))
    let values = (0..<1000).map { $0 < 500 ? 4.0 : 1.0 }
    let last = TrainingCurves.smoothed(values, points: 100).last?.value ?? 0
    #expect(abs(last - 1) < 0.01)
    #expect(TrainingCurves.smoothed([.nan, .infinity], points: 5).isEmpty)
    #expect(TrainingCurves.smoothed([], points: 5).isEmpty)
  }

  @Test func trainingsThatFollowEachOtherStandSideBySide() {
    let done = SampleSnapshots.record(endedBy: .completed, after: 65)
    let curves = TrainingCurves([done, done], .loss)
    #expect(curves.epochs == 2)
    #expect(curves.validation.map(\.x).filter(\.isFinite) == [0, 1, 1, 2])
    #expect(curves.validation.contains { $0.x.isNaN }, "the curves are not joined")
    #expect(curves.best.map(\.x) == [1, 2])
    #expect(curves.training.contains { $0.x.isNaN }, "the curves are not joined")
  }
}
