import Graph
import Pruning
import ScreenSamples
import Screens
import TerminalUI
import Testing

@Suite struct LayersTests {
  @Test func aPercentageMovesTheWholeGroupAndSaysSo() throws {
    var store = try TestStore(Sample.small())
    try store.press("]+")
    let groups = try #require(store.state.structure?.groups)
    let tied = groups.tying(0).map { groups.layers[$0].layer.name }
    try #require(tied.count > 1)
    #expect(store.state.settings.amounts == Dictionary(uniqueKeysWithValues: tied.map { ($0, .percent(11)) }))
    #expect(store.state.status?.text.contains("moved along") == true)
  }

  @Test func oneKeyIsOneStepOfTheHistory() throws {
    var store = try TestStore(Sample.small())
    try store.press("j")
    let before = store.state
    store.expect(.terminal(.key("+"))) { state in
      var changed = PruningSettings()
      changed.amounts = ["layer1.0.conv1": .percent(1)]
      state.history.record(changed, title: "+1% of layer1.0.conv1")
    }
    try store.press("z")
    #expect(store.state.settings == before.settings)
    try store.press("Z")
    #expect(store.state.settings.amounts == ["layer1.0.conv1": .percent(1)])
  }

  @Test(arguments: [
    ("25<enter>", Amount.percent(25)), ("12.5%<enter>", .percent(12.5)), ("6k<enter>", .keep(6)),
  ])
  func anExactAmountIsReadAsTyped(keys: String, amount: Amount) throws {
    var store = try TestStore(Sample.small())
    try store.press("je<ctrl-u>" + keys)
    #expect(store.state.overlays.isEmpty)
    #expect(store.state.settings.amounts == ["layer1.0.conv1": amount])
  }

  @Test(arguments: ["101", "x", "-3", "2.5k", "nan", "99999999999999999999k"])
  func anAmountThatIsNoneStaysInTheDialogWithAReason(text: String) throws {
    var store = try TestStore(Sample.small())
    try store.press("je<ctrl-u>" + text + "<enter>")
    #expect(store.state.settings.amounts.isEmpty)
    guard let dialog = store.state.overlays.last as? AmountDialog else {
      Issue.record("the dialog is gone")
      return
    }
    #expect(dialog.form.fields[0].problem != nil)
  }

  @Test func marksTakeTheEditInsteadOfTheCursor() throws {
    var store = try TestStore(Sample.small())
    try store.press("j<space>")
    try store.press("G]")
    #expect(Set(store.state.settings.amounts.keys) == ["layer1.0.conv1"])
    #expect(store.layerName == "fc")
  }

  @Test func aRangeMarksEveryRowInIt() throws {
    var store = try TestStore(Sample.small())
    try store.press("vjjv")
    #expect(store.state.layers.marked == [0, 1, 2])
    try store.press("*")
    #expect(store.state.layers.marked.isDisjoint(with: [0, 1, 2]))
    try store.press("<escape>")
    #expect(store.state.layers.marked.isEmpty)
  }

  @Test func aLayerThatCannotGoSaysWhyInsteadOfChanging() throws {
    var store = try TestStore(Sample.small())
    try store.press("G+")
    #expect(store.state.settings.amounts.isEmpty)
    #expect(store.state.status?.severity == .warning)
    try store.press("<enter>")
    guard let message = store.state.overlays.last as? MessageOverlay else {
      Issue.record("nothing is explained")
      return
    }
    #expect(message.text.lines.map(\.text).joined(separator: " ").contains("output"))
  }

  @Test func aProtectedLayerKeepsEverything() throws {
    var store = try TestStore(Sample.small())
    try store.press("j]]]p")
    store.state.decide()
    let preview = try #require(store.state.decision?.preview)
    #expect(preview.parameters.before == preview.parameters.after)
    try store.press("p")
    store.state.decide()
    #expect(store.state.decision.map { $0.preview.parameters.after < $0.preview.parameters.before } == true)
  }

  @Test func theFilterActsWhileItIsTypedAndEscapeBringsTheOldOneBack() throws {
    var store = try TestStore(Sample.small())
    try store.press("/conv2")
    let all = store.state.coupledLayers
    #expect(store.state.layers.order.allSatisfy { all[$0].layer.name.contains("conv2") })
    #expect(!store.state.layers.order.isEmpty)
    try store.press("<escape>")
    #expect(store.state.layers.order.count == all.count)
    try store.press("/conv2<enter>")
    #expect(store.state.layers.filter == "conv2")
    try store.press("<escape>")
    #expect(store.state.layers.filter.isEmpty)
  }

  @Test func sortingKeepsTheCursorOnItsLayer() throws {
    var store = try TestStore(Sample.small())
    try store.press("jj")
    let name = store.layerName
    try store.press("sm")
    #expect(store.layerName == name)
    let macs = store.state.layers.order.map { store.state.coupledLayers[$0].layer.multiplyAccumulates }
    #expect(macs == macs.sorted(by: >))
    try store.press("I")
    #expect(
      store.state.layers.order.map { store.state.coupledLayers[$0].layer.multiplyAccumulates }
        == macs.sorted())
  }

  @Test func rowsStayWhereTheyAreWhileScoresChange() throws {
    let snapshot = try Sample.small()
    var store = TestStore(SampleSnapshots.scoring(snapshot, examples: 2, version: 2))
    try store.press("ss")
    let order = store.state.layers.order
    let kernels = store.state.kernels.order
    store.send(.engineReported(SampleSnapshots.scoring(snapshot, examples: 8, version: 3, seed: 99)))
    #expect(store.state.layers.order == order)
    #expect(store.state.kernels.order == kernels)
    try store.press("S")
    let scores = store.state.layers.order.compactMap { store.state.decision?.layerScores[$0] }
    #expect(scores == scores.sorted(by: >))
  }

  @Test func aTargetIsAProposalThatMeetsItAndCanBeTakenBack() throws {
    var store = try TestStore(Sample.resNet18())
    try store.press("t<ctrl-u>60%<enter>")
    store.state.decide()
    let preview = try #require(store.state.decision?.preview.multiplyAccumulates)
    #expect(Double(preview.after) <= 0.6 * Double(preview.before))
    #expect(store.effects.isEmpty)
    try store.press("z")
    #expect(store.state.settings == PruningSettings())
  }

  @Test(arguments: [
    ("MACs 50 %", Target.Quantity.macs, 50.0), ("parameters 40%", .parameters, 40),
    ("params=30", .parameters, 30),
    ("kernels 70", .kernels, 70), ("25", .macs, 25),
  ])
  func targetsAreReadAsPeopleWriteThem(text: String, quantity: Target.Quantity, share: Double) {
    #expect(Target(text) == Target(quantity: quantity, remainingPercent: share))
  }

  @Test(arguments: ["", "MACs", "0%", "101%", "half"]) func whatIsNoTargetIsRefused(text: String) {
    #expect(Target(text) == nil)
  }
}
