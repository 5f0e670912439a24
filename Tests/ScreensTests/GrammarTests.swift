import Graph
import Pruning
import ScreenSamples
import Screens
import TerminalUI
import Testing

/// Counts, leaders, search, and keys that do nothing.
@Suite struct GrammarTests {
  @Test func aNumberGoesBeforeAMovementAnAmountOrARow() throws {
    var store = try TestStore(Sample.resNet18())
    try store.press("5j")
    #expect(store.state.layers.list.selected == 5)
    try store.press("12G")
    #expect(store.state.layers.list.selected == 11)
    try store.press("3k")
    #expect(store.state.layers.list.selected == 8)
    let name = try #require(store.layerName)
    try store.press("30%")
    #expect(store.state.settings.amounts[name] == .percent(30))
    try store.press("2]")
    #expect(store.state.settings.amounts[name] == .percent(50))
    try store.press("2u")
    #expect(store.state.settings.amounts[name] == nil)
    try store.press("2<ctrl-r>")
    #expect(store.state.settings.amounts[name] == .percent(50))
    // A zero begins no number: it keeps all.
    try store.press("0")
    #expect(store.state.settings.amounts[name] == .percent(0))
    try store.press("10j")
    #expect(store.state.layers.list.selected == 18)
    // More rows than there are end at the last one.
    for many in ["\(Int.max)", "99999999999999999999"] {
      try store.press("gg\(many)j")
      #expect(store.state.layers.list.selected == store.state.layers.rows.count - 1)
    }
  }

  @Test func aBorderMovesByAnyNumberAsFarAsItGoes() throws {
    var store = try TestStore(Sample.resNet18(), width: 140, height: 40)
    _ = store.frame()
    for key in [">", "<"] {
      for _ in 0..<2 {
        try store.press("\(Int.max)\(key)")
        _ = store.frame()
      }
      #expect(store.state.status?.text.contains("as far as it goes") == true)
    }
  }

  @Test(arguments: [Int.min, -1, 0, 1, 7, Int.max]) func anyNumberOnTheLineIsARow(number: Int) throws {
    var store = try TestStore(Sample.resNet18())
    try store.press("G:\(number)<enter>")
    let last = store.state.layers.rows.count - 1
    #expect(store.state.layers.list.selected == min(last, max(1, number) - 1))
  }

  @Test func aNumberThatIsMeantForNothingDoesNothing() throws {
    var store = try TestStore(Sample.resNet18())
    try store.press("3")
    #expect(store.state.status?.text.contains("g3 shows Shapes") == true)
    try store.press("t")
    #expect(store.state.overlays.isEmpty && store.state.status?.text.contains("takes no number") == true)
    try store.press("3<escape>j")
    #expect(store.state.layers.list.selected == 1)
  }

  @Test func aLeaderShowsWhatCanFollow() throws {
    var store = try TestStore(Sample.resNet18())
    try store.press("<space>")
    var text = store.frame().snapshot
    for words in ["Do", "d data", "c criterion", "w write", "t train"] {
      #expect(text.contains(words), "\(words)")
    }
    try store.press("c")
    #expect(store.state.overlays.last is CriterionMenu)
    try store.press("<escape>G<space><escape>")
    #expect(store.state.pending.isEmpty)
    try store.press("gg")
    #expect(store.state.layers.list.selected == 0)
    try store.press("g")
    text = store.frame().snapshot
    for words in ["Go to", "2 Kernels", "7 Train"] { #expect(text.contains(words), "\(words)") }
    try store.press("2")
    #expect(store.state.focus == .kernels)
    try store.press("}")
    #expect(store.state.focus == .shapes)
    try store.press("gq")
    #expect(store.state.status?.text.contains("means nothing here") == true)
  }

  @Test func aKeyThatIsNotBoundSaysSo() throws {
    var store = try TestStore(Sample.resNet18())
    try store.press("~")
    #expect(store.state.status?.text == "~ does nothing. ? shows what can be done here.")
    try store.press("c")
    #expect(store.state.status?.text.contains("in Kernels it is \"cut/keep\"") == true)
    try store.press("<F9>")
    #expect(store.state.status?.text.hasPrefix("F9 does nothing") == true)
  }

  @Test func searchMovesTheCursorAndShowsAllRows() throws {
    // As wide as names stand whole.
    var store = try TestStore(Sample.resNet18(), width: 140, height: 40)
    try store.press("/downsample")
    #expect(store.layerName == "layer2.0.downsample.0" && store.state.layers.rows.count == 21)
    let grid = store.frame()
    let marked = (0..<grid.height).contains { row in grid.row(row).contains { $0.style == .role(.match) } }
    #expect(marked, "what was found is not marked")
    try store.press("<enter>n")
    #expect(store.layerName == "layer3.0.downsample.0")
    try store.press("nn")
    #expect(store.layerName == "layer2.0.downsample.0", "it goes round the end")
    try store.press("2N")
    #expect(store.layerName == "layer3.0.downsample.0")
    // Escape while it is typed brings the cursor back, and the text before.
    try store.press("/fc<escape>")
    #expect(store.layerName == "layer3.0.downsample.0" && store.state.search == "downsample")
    try store.press("/nowhere<enter>")
    #expect(store.state.status?.text == "\"nowhere\" does not occur in Layers.")
    try store.press("<escape>")
    #expect(store.state.search.isEmpty)
  }

  @Test func theFilterLanguage() throws {
    var store = try TestStore(Sample.resNet18())
    func names(_ filter: String) -> [String] {
      store.send(.command(id: "filter", argument: filter))
      return store.state.layers.order.map { store.state.coupledLayers[$0].layer.name }
    }
    #expect(names("frozen") == ["fc"])
    #expect(names("name~conv1 kernels>=128") == ["layer4.0.conv1", "layer4.1.conv1"])
    #expect(names("layer4 -name~conv2 -frozen").count == 3)
    #expect(names("tie:A") == ["conv1", "layer1.0.conv2", "layer1.1.conv2"])
    #expect(names("module:layer2.0").count == 3 && names("module:layer2").count == 5)
    #expect(names("op:gemm") == ["fc"] && names("op:dw").isEmpty)
    #expect(
      names("macs>20%") == ["conv1"] && names("macs>20M") == ["conv1"] && names("params<p10").count == 2)
    #expect(names("kept<17 prunable").count == 5)
    try store.press("<escape>j30%")
    #expect(
      names("changed") == ["layer1.0.conv1"] && names("pruned>=25%") == ["layer1.0.conv1"]
        && names("kept<80%") == ["layer1.0.conv1"])
    store.send(.command(id: "filter", argument: "tied"))
    try store.press("a<escape>")
    #expect(store.state.layers.marked.count > 5)
    #expect(names("marked").count == store.state.layers.marked.count)
    // What is wrong is said, and what is being typed fits everything.
    #expect(
      names("luck>3").count == 21
        && store.state.status?.text.contains("compares nothing that is known") == true)
    #expect(names("macs>").count == 21 && names("macs>much").count == 21)
    #expect(store.state.status?.text.contains("is no amount") == true)
    // Saved, and shown again by its name.
    store.send(.command(id: "filter", argument: "op:gemm"))
    #expect(
      store.send(.command(id: "save-filter", argument: "heads")) == [.saveFilters(["heads": "op:gemm"])])
    try store.press("<escape>")
    #expect(store.state.layers.order.count == 21 && names("@heads") == ["fc"])
  }

  /// A key that was pressed changes something: a kernel at least, or a multiple.
  @Test(arguments: [1, 8]) func aStepMovesAKernelOrAMultiple(multiple: Int) throws {
    var store = try TestStore(Sample.resNet18())
    if multiple > 1 { store.send(.command(id: "set", argument: "round-to \(multiple)")) }
    try store.press("j")
    let index = try #require(store.state.layers.selectedLayer)
    func kept(_ store: inout TestStore) -> Int {
      store.state.decide()
      return store.state.decision?.selection.keptKernels[index].count ?? 0
    }
    var last = kept(&store)
    for _ in 0..<(16 / multiple - 1) {
      try store.press("+")
      let now = kept(&store)
      #expect(now == last - multiple, "from \(last)")
      last = now
    }
    for _ in 0..<(16 / multiple - 1) { try store.press("-") }
    #expect(kept(&store) == 16)
  }
}
