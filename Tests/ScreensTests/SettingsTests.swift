import Graph
import Pruning
import ScreenSamples
import Screens
import TerminalUI
import Testing

/// What holds for the whole network: the dialog, the `:set` line, and what they do to a target.
@Suite struct SettingsTests {
  // MARK: The dialog

  @Test func aChangedSettingIsInForceAtOnceAndEscapeTakesItBack() throws {
    var store = try TestStore(Sample.small())
    try store.press("j]]")
    let before = store.state.settings
    try store.press(",<down><right>")
    #expect(store.state.settings.normalization == .max, "the one after the mean")
    #expect(store.frame().snapshot.contains("divided by the largest"))
    try store.press("<escape>")
    #expect(store.state.settings == before)
    #expect(store.state.overlays.isEmpty)
  }

  @Test func whatIsKeptIsOneStepToBeUndone() throws {
    var store = try TestStore(Sample.small())
    try store.press("j]]]")
    let before = store.state.settings
    // Down to what goes at most: 25 %, a letter after the other.
    try store.press(",<down><down><down><down><down><ctrl-u>25%<down><ctrl-u>4<enter>")
    #expect(store.state.settings.maximumRatio == 0.25)
    #expect(store.state.settings.multiple == 4)
    #expect(store.state.overlays.isEmpty)
    try store.press("z")
    #expect(store.state.settings == before)
    try store.press("Z")
    #expect(store.state.settings.maximumRatio == 0.25)
  }

  @Test func theTotalsAboveTheDialogMoveWithIt() throws {
    var store = try TestStore(Sample.small())
    try store.press(":target MACs 50%<enter>")
    let asked = store.frame().lines[1]
    try store.press(",<down><down><down><down><down><ctrl-u>20%")
    #expect(store.frame().lines[1] != asked)
    #expect(store.frame().snapshot.contains("MACs 50% may remain"))
  }

  @Test func whatCannotBeReadIsSaidAndChangesNothing() throws {
    var store = try TestStore(Sample.small())
    try store.press(",<down><down><down><ctrl-u>lots")
    #expect(store.frame().snapshot.contains("Write a number from 0."))
    #expect(store.state.settings == PruningSettings())
    // Enter stays where something is wrong.
    try store.press("<down><enter>")
    #expect(!store.state.overlays.isEmpty)
    try store.press("<ctrl-u>0.5<enter>")
    #expect(store.state.settings.macPenalty == 0.5)
  }

  @Test func layersAreProtectedByPatterns() throws {
    var store = try TestStore(Sample.small())
    try store.press(":set protect layer2.*<enter>")
    let names = store.state.coupledLayers.map(\.layer.name).filter { $0.hasPrefix("layer2.") }
    #expect(!names.isEmpty && store.state.settings.protected == Set(names))
    try store.press(":set protect nowhere.*<enter>")
    #expect(store.state.status?.severity == .warning)
    #expect(store.state.settings.protected == Set(names))
    try store.press(":set protect none<enter>")
    #expect(store.state.settings.protected.isEmpty)
  }

  // MARK: By name

  @Test(arguments: [
    ("scope isomorphic", "isomorphic"), ("normalization l2", "l2"), ("aggregation max", "max"),
    ("mac-penalty 0.25", "0.25"), ("min-keep 3", "3"), ("max-ratio 80%", "80%"), ("max-ratio 0.8", "80%"),
    ("round-to 8", "8"), ("round-to fast", "fast"), ("protect conv1", "conv1"),
  ])
  func everySettingIsSetByTheNameOfItsFlag(line: String, reads: String) throws {
    var store = try TestStore(Sample.small())
    try store.press(":set \(line)<enter>")
    let name = String(line.prefix { $0 != " " })
    #expect(
      store.state.status?.text.hasPrefix("\(name) is \(reads) now") == true,
      "\(store.state.status?.text ?? "")")
    try store.press(":set \(name)<enter>")
    #expect(store.state.status?.text.hasPrefix("\(name) is \(reads)") == true)
  }

  @Test(arguments: [
    "scope everywhere", "normalization 3", "mac-penalty -1", "mac-penalty nan", "min-keep 0", "max-ratio 2",
    "max-ratio 80", "round-to 0", "round-to quick", "speed 3", "keep-macs much", "percent 130",
  ])
  func aWrongValueIsSaidAndChangesNothing(line: String) throws {
    var store = try TestStore(Sample.small())
    let before = store.state.settings
    try store.press(":set \(line)<enter>")
    #expect(store.state.status?.severity == .warning, "\(line)")
    #expect(store.state.settings == before)
  }

  @Test func tabCompletesNamesAndValues() throws {
    var store = try TestStore(Sample.small())
    try store.press(":set norm<tab>")
    #expect((store.state.overlays.last as? Palette)?.field.text == "set normalization")
    try store.press(" m<tab>")
    #expect((store.state.overlays.last as? Palette)?.field.text == "set normalization m")
    #expect(
      (store.state.overlays.last as? Palette)?.field.candidates == [
        "set normalization mean", "set normalization max",
      ])
    try store.press("ax<enter>")
    #expect(store.state.settings.normalization == .max)
  }

  @Test func setAloneOpensTheDialog() throws {
    var store = try TestStore(Sample.small())
    try store.press(":set<enter>")
    guard store.state.overlays.last is SettingsDialog else {
      Issue.record("no dialog")
      return
    }
  }

  // MARK: Targets

  @Test func aTargetStandsWhileSettingsChange() throws {
    var store = try TestStore(Sample.small())
    try store.press(":set keep-macs 50%<enter>")
    #expect(store.state.history.pursuit?.target == Target(quantity: .macs, remainingPercent: 50))
    let global = store.state.settings.amounts
    try store.press(":set scope layer<enter>")
    #expect(store.state.settings.amounts != global, "the same share of every layer")
    store.state.decide()
    let macs = try #require(store.state.decision?.preview.multiplyAccumulates)
    #expect(2 * macs.after <= macs.before)
    // Protection has the others give more.
    try store.press("jp")
    store.state.decide()
    #expect(try #require(store.state.decision?.preview.multiplyAccumulates.after) * 2 <= macs.before)
    #expect(store.state.settings.amounts["layer1.0.conv1"] == nil)
    // What is set by hand ends it.
    try store.press("jj+")
    #expect(store.state.history.pursuit == nil)
    let amounts = store.state.settings.amounts
    try store.press(":set scope isomorphic<enter>")
    #expect(store.state.settings.amounts == amounts)
    // Undoing brings it back.
    try store.press("z")
    #expect(store.state.history.pursuit?.scope == .layer)
  }

  @Test(arguments: [
    ("percent 30", Target(quantity: .kernels, remainingPercent: 70)),
    ("keep-params 40%", Target(quantity: .parameters, remainingPercent: 40)),
    ("keep-memory 90", Target(quantity: .memory, remainingPercent: 90)),
  ])
  func targetsHaveTheNamesOfTheirFlags(line: String, target: Target) throws {
    for command in ["set", "target"] {
      var store = try TestStore(Sample.small())
      try store.press(":\(command) \(line)<enter>")
      #expect(store.state.history.pursuit?.target == target)
    }
  }

  @Test func anotherIterationKeepsTheSettingsButNoTarget() throws {
    let snapshot = try Sample.small()
    var store = TestStore(snapshot)
    try store.press(":set round-to fast<enter>:set max-ratio 60%<enter>:set percent 30<enter>,")
    var pruned = snapshot
    pruned.iterations.append(
      IterationSummary(id: 1, parent: 0, origin: "pruned", parameters: 10, multiplyAccumulates: 10))
    pruned.currentIteration = 1
    pruned.structure = Versioned(snapshot.structure.value, version: 2)
    store.send(.engineReported(pruned))
    #expect(store.state.settings.maximumRatio == 0.6)
    #expect(store.state.settings.snapsToFastWidths)
    #expect(store.state.settings.amounts.isEmpty && store.state.history.pursuit == nil)
    #expect(store.state.overlays.isEmpty, "the dialog was about another network")
  }

  // MARK: Fast widths

  @Test func fastWidthsAreMeasuredOnceAndTaken() throws {
    let snapshot = try Sample.small()
    var store = TestStore(snapshot)
    let layer = try #require(store.state.coupledLayers.firstIndex { $0.layer.name == "layer3.0.conv1" })
    let kernels = store.state.coupledLayers[layer].layer.kernels
    #expect(kernels == 32)
    try store.press(":set round-to fast<enter>/layer3.0.conv1<enter>")
    let effects = try store.press("]]]]")
    #expect(effects.last == .engine(.measureWidths(near: ["layer3.0.conv1": 16])))
    #expect(store.state.decision?.selection.keptKernels[layer].count == 16)
    // Nothing is asked twice.
    #expect(try store.press("j").isEmpty)
    var measured = snapshot
    measured.widths = Versioned(
      WidthTimes(layers: ["layer3.0.conv1": [8: 1e-3, 12: 2e-3, 16: 2e-3, 20: 1e-3]]), version: 1)
    #expect(store.send(.engineReported(measured)).isEmpty)
    store.state.decide()
    #expect(store.state.decision?.selection.keptKernels[layer].count == 20, "half the time for more kernels")
  }

  /// The screen's way to a target is that of the command line: widths are measured near those that would be left, and
  /// the target is shared out by what was measured.
  @Test func aTargetIsSharedOutAnewWhenItsWidthsWereMeasured() throws {
    let snapshot = try Sample.small()
    let structure = try #require(snapshot.structure.value)
    var chooser = Chooser(
      groups: structure.groups, bound: structure.bound, scores: try #require(snapshot.scores.value))
    var settings = PruningSettings()
    settings.multiple = PruningSettings.fastMultiple
    settings.snapsToFastWidths = true
    let request = RemovalRequest(.multiplyAccumulates(keepPercent: 40), settings: settings)
    let needed = try chooser.widthsNeeded(for: request)
    var store = TestStore(snapshot)
    let effects = try store.press(":set round-to fast<enter>:set keep-macs 40%<enter>")
    #expect(effects == [.engine(.measureWidths(near: needed))])
    let proposed = store.state.settings
    let steps = store.state.history.position
    // Widths in front of the multiples take no time at all.
    chooser.times.widths = WidthTimes(
      layers: needed.mapValues { multiple in
        WidthTimes.candidates(near: multiple).reduce(into: [:]) { $0[$1] = $1 < multiple ? 1e-4 : 2e-3 }
      })
    var measured = snapshot
    measured.widths = Versioned(chooser.times.widths, version: 1)
    #expect(store.send(.engineReported(measured)).isEmpty)
    let choice = try chooser.choice(request)
    #expect(choice.settings != proposed, "the widths change the amounts")
    #expect(store.state.settings == choice.settings)
    store.state.decide()
    #expect(store.state.decision?.selection.removedUnits == choice.selection.removedUnits)
    // One step takes it back.
    #expect(store.state.history.position == steps && store.state.history.pursuit != nil)
    try store.press("z")
    #expect(store.state.settings == settings)
  }

  // MARK: Latency

  @Test func aLatencyTargetWaitsForTheTable() throws {
    let snapshot = try Sample.small()
    var store = TestStore(snapshot)
    #expect(try store.press(":target latency 60%<enter>") == [.engine(.measureLatency)])
    #expect(store.state.status?.text.contains("are being measured") == true)
    #expect(store.state.settings.amounts.isEmpty)
    // In the dialog what was typed stays.
    var measuring = snapshot
    measuring.activity = SampleSnapshots.activity(.timing, done: 12, total: 144)
    store.send(.engineReported(measuring))
    #expect(try store.press("t<ctrl-u>latency 60%<enter>") == [.engine(.measureLatency)])
    #expect(store.frame().snapshot.contains("12 of 144"))
    store.send(.engineReported(SampleSnapshots.timed(snapshot)))
    #expect(store.state.status?.text.contains("measured") == true)
    try store.press("<enter>")
    #expect(store.state.history.pursuit?.target.quantity == .latency)
    let latency = try #require(store.state.decision?.latency)
    #expect(latency.before == 8_000_000)
    #expect(Double(latency.after) <= 0.6 * 8e6)
  }

  @Test func whatCannotBeMeasuredIsSaidInASentence() throws {
    var snapshot = try Sample.small()
    snapshot.latencyProblem = "Compress cannot be computed."
    var store = TestStore(snapshot)
    #expect(try store.press(":set keep-latency 60%<enter>").isEmpty)
    #expect(store.state.status?.text.contains("Compress cannot be computed.") == true)
  }

  @Test func measuredAndEstimatedAreToldApart() throws {
    var store = TestStore(SampleSnapshots.timed(try Sample.resNet18()), width: 140, height: 40)
    #expect(store.frame().lines[1].contains("8.00 ms measured"))
    try store.press("j]]]]")
    let header = store.frame().lines[1]
    #expect(header.contains(" ms ") && header.contains("estimated"))
    store.send(.terminal(.resize(width: 80, height: 24)))
    try store.press("g3")
    #expect(store.frame().snapshot.contains("measured → estimated"))
    try store.press("P")
    #expect(store.frame().snapshot.contains("Latency     8.00 → "))
  }

  @Test func timingDoesNotStandInTheWay() throws {
    var snapshot = try Sample.small()
    snapshot.activity = SampleSnapshots.activity(.timing, done: 1, total: 9)
    snapshot.iterations.append(
      IterationSummary(id: 1, parent: 0, origin: "pruned", parameters: 10, multiplyAccumulates: 10))
    var store = TestStore(snapshot)
    try store.press("j]]P")
    #expect(try store.press("y").count == 1)
    #expect(try store.press("g4j<enter>") == [.engine(.go(to: 1))])
  }

  // MARK: What is said

  @Test func theRateHasTheUnitOfTheWork() throws {
    var snapshot = SampleSnapshots.scoring(try Sample.small(), examples: 3, version: 2)
    snapshot.activity = SampleSnapshots.activity(.scoring, done: 30, total: 900, rate: 41, unit: "passes")
    var store = TestStore(snapshot, width: 140, height: 40)
    #expect(store.frame().lines[2].contains("41.0 passes/s"))
  }

  @Test func aLayerAndAKernelAreExplained() throws {
    var store = try TestStore(Sample.small())
    try store.press("ji")
    #expect(store.frame().snapshot.contains("layer1.0.conv1 is a Conv with"))
    try store.press("<escape>g2i")
    #expect(store.frame().snapshot.contains("layer1.0.conv1, kernel"))
    #expect(store.frame().snapshot.contains("can go"))
    // A layer that cannot be pruned says so by Enter too, with the operators that fix it.
    try store.press("<escape>g1G<enter>")
    #expect(store.frame().snapshot.contains("fc"))
    #expect(store.frame().snapshot.contains("output"))
  }
}
