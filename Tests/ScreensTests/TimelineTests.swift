import Errors
import Screens
import TerminalUI
import Testing

/// The timeline of a schedule.
@Suite struct TimelineTests {
  /// Six epochs: a pruner that rises, one with a list, a remover, a rate.
  private func summary(epoch: Int = 2, isWaiting: Bool = true) -> TimelineSummary {
    func cell(_ share: Int, _ weights: [String]) -> TimelineSummary.Cell {
      .init(
        text: "\(share)%", details: ["sparsity \(share)%"] + weights.map { "\($0)  \(share) of 100 filters" })
    }
    return TimelineSummary(
      name: "agp.yaml",
      rows: [
        .init(
          kind: .pruner, name: "low_pruner", className: "L1RankedStructureParameterPruner_AGP",
          finalSparsity: 0.5, range: .init(start: 0, end: 4, frequency: 1),
          cells: [0: 10, 1: 38, 2: 49, 3: 50].mapValues { cell($0, ["conv1.weight", "conv2.weight"]) }),
        .init(
          kind: .pruner, name: "stream_pruner", className: "L2RankedStructureParameterPruner",
          finalSparsity: 0.25, range: nil, cells: [1: cell(25, ["layer1.0.conv1.weight"])]),
        .init(
          kind: .remover, name: "net_thinner", className: "FilterRemover", finalSparsity: nil, range: nil,
          cells: [4: .init(text: "cut", details: ["1,000 → 700 weights, 20 → 12 MACs"])]),
        .init(
          kind: .rate, name: "falling", className: "ExponentialLR", finalSparsity: nil,
          range: .init(start: 4, end: 6, frequency: 1),
          cells: [4: .init(text: "×1", details: ["x"]), 5: .init(text: "×0.7", details: ["x"])]),
      ], epochs: 6, epoch: epoch, isWaiting: isWaiting,
      results: ["loss 0.52, accuracy 81.0%, rate 2.0e-2, 1,000 weights", "loss 0.44"])
  }

  private func store(
    _ summary: TimelineSummary, hasData: Bool = true, width: Int = 80, height: Int = 24
  ) throws -> TestStore {
    var snapshot = try Sample.small()
    if hasData { snapshot.data = DataSummary(title: "bars", examples: 10) }
    var store = TestStore(snapshot, width: width, height: height)
    #expect(try store.press(":schedule agp.yaml<enter>") == [.engine(.openSchedule(path: "agp.yaml"))])
    snapshot.timeline = summary
    store.send(.engineReported(snapshot))
    return store
  }

  @Test func aScheduleIsShownAt80x24() throws {
    var store = try store(summary())
    Frames.expect(store.frame(), "timeline")
  }

  @Test func itIsReadableInASCIIWithoutColours() throws {
    var store = try store(summary())
    let text = store.frame(glyphs: .ascii, depth: .mono)
    #expect(!text.snapshot.unicodeScalars.contains { !$0.isASCII })
    #expect(text.lines.contains { $0.contains("> low_pruner") || $0.contains(">low_pruner") })
  }

  @Test func theCursorShowsWhatAPolicyDoes() throws {
    var store = try store(summary())
    #expect(store.frame().snapshot.contains("conv1.weight  49 of 100 filters"))
    try store.press("h")
    #expect(store.frame().snapshot.contains("conv1.weight  38 of 100 filters"))
    #expect(store.frame().snapshot.contains("loss 0.44"))
    try store.press("j")
    #expect(store.frame().snapshot.contains("layer1.0.conv1.weight  25 of 100 filters"))
    try store.press("lllj")
    #expect(store.frame().snapshot.contains("1,000 → 700 weights, 20 → 12 MACs"))
    try store.press("g")
    #expect(store.frame().snapshot.contains("does nothing at this epoch"))
    // Back to the epoch that is trained, and along with it.
    try store.press("kk.")
    #expect(store.frame().snapshot.contains("49 of 100"))
    try store.press("<escape>")
    #expect(!store.frame().snapshot.contains("low_pruner"))
    // It is there again with its key.
    try store.press("Y")
    #expect(store.frame().snapshot.contains("low_pruner"))
  }

  @Test func itRunsWaitsAndSteps() throws {
    var waiting = try store(summary())
    #expect(try waiting.press(" ") == [.engine(.schedule(.goOn))])
    #expect(try waiting.press(">") == [.engine(.schedule(.step))])
    var running = try store(summary(isWaiting: false))
    #expect(try running.press(" ") == [.engine(.schedule(.pause))])
    #expect(running.frame().snapshot.contains("running"))
    // Without data nothing can be trained.
    var bare = try store(summary(), hasData: false)
    #expect(try bare.press(">").isEmpty)
    #expect(bare.frame().snapshot.contains("Choose data first"))
    // What is through stays through.
    var over = summary()
    over.outcome = "The schedule is through."
    var done = try store(over)
    #expect(try done.press(" ").isEmpty)
    #expect(done.frame().snapshot.contains("The schedule is through."))
  }

  @Test func policiesAreChanged() throws {
    var store = try store(summary())
    try store.press("e")
    #expect(store.frame().snapshot.contains("Final sparsity") && store.frame().snapshot.contains("0.50"))
    try store.press("0.4<tab><tab>6")
    let effects = try store.press("<enter>")
    #expect(
      effects == [
        .engine(
          .schedule(
            .change(policy: 0, finalSparsity: 0.4, range: .init(start: 0, end: 6, frequency: 1))))
      ])
    // What cannot be is said in its field, and nothing is sent.
    try store.press("e<backspace><backspace><backspace><backspace>7")
    #expect(try store.press("<enter>").isEmpty)
    #expect(store.frame().snapshot.contains("not a share"))
    try store.press("<escape>jje")
    #expect(store.frame().snapshot.contains("no sparsity to change"))
  }

  @Test func aScheduleThatCannotBeUsedLeavesTheScreenAsItWas() throws {
    var store = try store(summary())
    try store.press("<escape>:schedule broken.yaml<enter>")
    var snapshot = store.state.engine
    snapshot.failure = Failure(
      number: 9,
      error: CaughtError(SessionError.unfit(sentence: "broken.yaml, line 3: wrong.", remedy: "Correct it.")))
    store.send(.engineReported(snapshot))
    #expect(store.frame().snapshot.contains("broken.yaml, line 3"))
    try store.press("<escape>")
    store.send(.engineReported(snapshot))
    #expect(!store.frame().snapshot.contains("low_pruner"))
  }

  @Test func withoutAFileItAsksForOne() throws {
    var store = TestStore(try Sample.small())
    #expect(try store.press("Y").isEmpty)
    #expect(store.frame().snapshot.contains(":schedule FILE.yaml"))
  }

  @Test(arguments: [(40, 10), (80, 24), (200, 60)]) func everySizeIsDrawn(width: Int, height: Int) throws {
    var long = summary()
    long.epochs = 400
    long.epoch = 250
    var store = try store(long, width: width, height: height)
    try store.press("lljG")
    _ = store.frame()
    try store.press(".")
    #expect(store.frame().snapshot.contains("low_pruner"))
  }
}
