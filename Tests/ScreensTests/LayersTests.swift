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
    #expect(store.state.settings.amounts == Dictionary(uniqueKeysWithValues: tied.map { ($0, .percent(25)) }))
    #expect(store.state.status?.text.contains("moved along") == true)
  }

  @Test func oneKeyIsOneStepOfTheHistory() throws {
    var store = try TestStore(Sample.small())
    try store.press("j")
    let before = store.state
    store.expect(.terminal(.key("+"))) { state in
      var changed = PruningSettings()
      changed.amounts = ["layer1.0.conv1": .percent(12.5)]
      state.history.record(changed, title: "+1% of layer1.0.conv1")
    }
    try store.press("z")
    #expect(store.state.settings == before.settings)
    try store.press("Z")
    #expect(store.state.settings.amounts == ["layer1.0.conv1": .percent(12.5)])
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
    try store.press("jx")
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
    try store.press("fconv2")
    let all = store.state.coupledLayers
    #expect(store.state.layers.order.allSatisfy { all[$0].layer.name.contains("conv2") })
    #expect(!store.state.layers.order.isEmpty)
    try store.press("<escape>")
    #expect(store.state.layers.order.count == all.count)
    try store.press("fconv2<enter>")
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

  @Test(arguments: [
    ("MACs 1.2G", Target.Quantity.macs, 1.2e9, "MACs 1.2G"),
    ("parameters 90k", .parameters, 90e3, "parameters 90k"),
    ("params=0.5 m", .parameters, 5e5, "parameters 500k"), ("memory 300kB", .memory, 300e3, "memory 300kB"),
    ("latency 4ms", .latency, 4e-3, "latency 4ms"), ("keep-macs 70M", .macs, 70e6, "MACs 70M"),
  ])
  func targetsCanBeAmounts(typed: String, quantity: Target.Quantity, amount: Double, text: String) {
    let target = Target(typed)
    #expect(target == Target(quantity: quantity, remaining: .absolute(amount)))
    #expect(target?.text == text)
  }

  @Test func anAmountIsATargetOnTheLineAndInTheDialog() throws {
    var store = try TestStore(Sample.resNet18())
    try store.press(":target MACs 70M<enter>")
    #expect(store.state.history.pursuit?.target.text == "MACs 70M")
    store.state.decide()
    let preview = try #require(store.state.decision?.preview.multiplyAccumulates)
    #expect(preview.before > 70_000_000 && preview.after <= 70_000_000)
    #expect(preview.after > 60_000_000, "and not far below")
    // The dialog shows what stands, and takes another.
    try store.press("t")
    #expect(store.frame().snapshot.contains("70M"))
    try store.press("<ctrl-u>300kB<enter>")
    #expect(store.frame().snapshot.contains("1.2G"), "an amount of memory is none of MACs")
    try store.press("<ctrl-u>80M<enter>")
    #expect(store.state.overlays.isEmpty && store.state.history.pursuit?.target.text == "MACs 80M")
    // What is there already is no more than may remain.
    try store.press(":target parameters 90M<enter>")
    #expect(store.state.status?.text.contains("nothing has to go") == true)
    #expect(store.state.settings.amounts.isEmpty)
    try store.press(":target parameters 90kB<enter>")
    #expect(store.state.status?.text.contains("is not a target") == true)
  }

  @Test(arguments: ["", "MACs", "0%", "101%", "half", "MACs 3ms", "kernels 8k", "MACs 0k", "70Q"])
  func whatIsNoTargetIsRefused(text: String) {
    #expect(Target(text) == nil)
  }
}
