import Graph
import Pruning
import ScreenSamples
import Screens
import TerminalUI
import Testing

@Suite struct SensitivityTests {
  private func store(complete: Int = .max, width: Int = 80, height: Int = 24) throws -> TestStore {
    TestStore(
      try SampleSnapshots.measured(try Sample.resNet18(), complete: complete), width: width, height: height)
  }

  private func percent(_ layer: String, _ store: TestStore) -> Double {
    if case .percent(let share)? = store.state.settings.amounts[layer] { share } else { 0 }
  }

  // MARK: Frames

  @Test func curvesAt80x24() throws {
    var store = try store()
    try store.press("g6j]]]]")
    Frames.expect(store.frame(), "sensitivity-small")
  }

  @Test func curvesInASCIIWithoutColours() throws {
    var store = try store(complete: 4)
    try store.press("g6jjj]]")
    let grid = store.frame(glyphs: .ascii, depth: .mono)
    Frames.expect(grid, "sensitivity-ascii")
    #expect(!grid.snapshot.unicodeScalars.contains { !$0.isASCII })
  }

  @Test func curvesAt140x40() throws {
    var store = try store(complete: 9, width: 140, height: 40)
    try store.press("g6jj]]]")
    Frames.expect(store.frame(), "sensitivity-large")
  }

  @Test func everySizeCanBeDrawn() throws {
    var store = try store(complete: 3)
    try store.press("g6j]]")
    for (width, height) in [(40, 10), (60, 12), (79, 15), (110, 20), (200, 60), (300, 11)] {
      store.send(.terminal(.resize(width: width, height: height)))
      #expect(store.frame().lines.contains { $0.contains("conv1") })
    }
  }

  @Test func withoutCurvesTheScreenSaysHowToGetThem() throws {
    var store = try TestStore(Sample.small())
    try store.press("g6")
    #expect(store.frame().snapshot.contains("d chooses"))
    #expect(try store.press("<enter>").isEmpty)
    #expect(store.state.status?.text == "Choose data first (d).")
    try store.press("t")
    #expect(store.state.status?.text.contains("No curve is measured") == true)
  }

  // MARK: Measuring

  @Test func enterMeasuresWithTheSettingsInForce() throws {
    var snapshot = try Sample.small()
    snapshot.data = DataSummary(title: "data", examples: 100)
    snapshot.isScoring = true
    var store = TestStore(snapshot)
    try store.press("j]]:set min-keep 3<enter>g6")
    guard case .engine(.measureSensitivity(let settings))? = try store.press("<enter>").last else {
      Issue.record("nothing is measured")
      return
    }
    #expect(settings.pruning.minimumKept == 3)
    #expect(settings.pruning.amounts.isEmpty, "each layer is pruned alone")
    #expect(settings.examples == SensitivitySettings().examples)
    #expect(store.state.status?.text.contains("Scoring pauses") == true)
    guard case .engine(.measureSensitivity(let more))? = try store.press(":measure 1000<enter>").last else {
      Issue.record("nothing is measured")
      return
    }
    #expect(more.examples == 1000)
    #expect(try store.press(":measure much<enter>").isEmpty)
  }

  @Test func whileItRunsNothingElseBeginsButItCanBeStopped() throws {
    var store = try store(complete: 2)
    try store.press("g6")
    #expect(try store.press("<enter>").isEmpty)
    #expect(store.state.status?.text.contains("sensitivity is running") == false)
    #expect(store.state.status?.text.contains("Sensitivity is running (^C stops it)") == true)
    #expect(try store.press("<ctrl-c>") == [.engine(.cancel)])
  }

  // MARK: Suggestions

  @Test func aSuggestionFillsInTheLayersAsOneStep() throws {
    var store = try store()
    try store.press("j]]")
    let before = store.state.settings
    try store.press(":suggest keep-macs 50%<enter>")
    let preview = try #require(store.state.decision?.preview)
    #expect(preview.multiplyAccumulates.after * 2 <= preview.multiplyAccumulates.before)
    #expect(preview.multiplyAccumulates.after * 10 > preview.multiplyAccumulates.before * 4)
    #expect(percent("layer4.1.conv1", store) > percent("layer1.0.conv1", store), "deep layers lose less here")
    #expect(store.state.status?.text.contains("Suggested for keep-macs 50%") == true)
    try store.press("z")
    #expect(store.state.settings == before)
    try store.press("Z")
    #expect(store.state.settings != before)
    // Each can still be changed, by a kernel of eight at least.
    let suggested = percent("layer1.0.conv1", store)
    try store.press("+")
    #expect((suggested + 1...suggested + 13).contains(percent("layer1.0.conv1", store)))
  }

  @Test func curvesOfOtherScoresAreNotTakenForThese() throws {
    var store = TestStore(
      SampleSnapshots.scoring(
        try SampleSnapshots.measured(try Sample.resNet18()), examples: 9, version: 5))
    try store.press(":suggest keep-macs 50%<enter>")
    #expect(store.state.status?.text.contains("curves of l2, but scores are by taylor") == true)
    #expect(!store.state.settings.amounts.isEmpty)
  }

  @Test func theDialogAsksWhatIsLimited() throws {
    var store = try store()
    try store.press("g6t")
    #expect(store.frame().snapshot.contains("Percentages from the curves"))
    try store.press("<right><right><tab><ctrl-u>nothing<enter>")
    #expect(store.state.overlays.count == 1, "a problem is shown in the dialog")
    try store.press("<escape>")
    // What was typed is kept.
    try store.press("g6t<tab><ctrl-u>0.2<enter>")
    #expect(store.state.overlays.isEmpty)
    #expect(store.state.status?.text.contains("loss-rise 0.2") == true)
    #expect(!store.state.settings.amounts.isEmpty)
  }

  @Test func whatIsNoTargetIsSaid() throws {
    var store = try store()
    try store.press(":suggest keep-macs much<enter>")
    #expect(store.state.status?.text.contains("keep-params") == true)
    #expect(store.state.settings.amounts.isEmpty)
    #expect(SuggestionTarget.target("40") == .multiplyAccumulates(keepPercent: 40))
    #expect(SuggestionTarget.target("keep-params 40 %") == .parameters(keepPercent: 40))
    #expect(SuggestionTarget.target("accuracy-drop 1.5") == .accuracy(drop: 1.5))
    #expect(SuggestionTarget.target("loss-rise -1") == nil)
    #expect(SuggestionTarget.target("keep-macs") == nil)
  }

  @Test func thePlotFollowsThePercentage() throws {
    var store = try store()
    try store.press("g6j")
    #expect(!store.frame().snapshot.contains("at 20%"))
    try store.press("]]")
    #expect(store.frame().snapshot.contains("at 20%"))
  }
}
