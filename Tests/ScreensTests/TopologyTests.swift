import Graph
import Pruning
import ScreenSamples
import Screens
import TerminalUI
import Testing

/// Lanes left of the table, going along them, and blocks over the whole screen.
@Suite struct TopologyTests {
  private func lanes(_ store: inout TestStore) -> [String] {
    let lines = store.frame().lines
    guard let head = lines.firstIndex(where: { $0.contains("LAYER") }) else { return [] }
    return lines[(head + 1)...].prefix { $0.hasPrefix("│") }.map { line in
      String(line.dropFirst(3).prefix(2))
    }
  }

  @Test func shortcutsAreDrawnBesideTheTable() throws {
    var store = try TestStore(Sample.resNet18())
    #expect(
      lanes(&store).prefix(10) == ["● ", "├●", "├◆", "├●", "├◆", "├●", "│●", "◆┘", "├●", "├◆"])
    // Toggled off, the columns are the table's again.
    try store.press("|")
    #expect(!store.frame().snapshot.contains("◆"))
    try store.press("|")
    #expect(store.frame().snapshot.contains("◆"))
    let ascii = store.frame(glyphs: .ascii, depth: .mono).snapshot
    #expect(ascii.contains("+@") && !ascii.unicodeScalars.contains { !$0.isASCII })
  }

  /// Rows in another order, or some of them alone, do not say what feeds what.
  @Test func lanesNeedAllRowsInOrder() throws {
    var store = try TestStore(Sample.resNet18())
    try store.press("sk")
    #expect(!store.frame().snapshot.contains("◆"))
    try store.press("so")
    #expect(store.frame().snapshot.contains("◆"))
    try store.press("flayer1<enter>")
    #expect(!store.frame().snapshot.contains("◆"))
    try store.press("<escape>")
    #expect(store.frame().snapshot.contains("◆"))
    try store.press("I|")
    #expect(store.state.status?.text.contains("hidden") == true)
    try store.press("|")
    #expect(store.state.status?.text.contains("order of the network") == true)
  }

  @Test func closedModulesAreOneStop() throws {
    var store = try TestStore(Sample.resNet18())
    try store.press("O")
    // conv1, four stages, fc: a chain, so that there is nothing to draw.
    #expect(!store.frame().snapshot.contains("■"))
    // One of them open, and a block in it: lanes pass their heads, and what runs inside closed ones is not drawn.
    try store.press("jljl")
    #expect(lanes(&store).prefix(7) == ["● ", "│ ", "│ ", "├●", "├◆", "■ ", "■ "])
  }

  @Test func whatFeedsALayerAndWhatReadsItAreOneKeyAway() throws {
    var store = try TestStore(Sample.resNet18())
    try store.press("j")
    #expect(store.layerName == "layer1.0.conv1")
    try store.press("(")
    #expect(store.layerName == "conv1")
    // The shortcut and the block: two readers.
    try store.press(")")
    #expect(store.state.overlays.last is FollowMenu)
    #expect(store.frame().snapshot.contains("by way of Add"))
    try store.press("j<enter>")
    #expect(store.layerName == "layer1.0.conv2")
    try store.press("gi")
    #expect(store.layerName == "layer1.0.conv1")
    try store.press("G)")
    #expect(store.state.status?.text.contains("Only outputs") == true)
    try store.press("gg(")
    #expect(store.state.status?.text.contains("Only inputs") == true)
  }

  @Test func anExplanationMarksTheWay() throws {
    var store = try TestStore(Sample.resNet18())
    try store.press("7G")
    let name = try #require(store.layerName)
    #expect(name == "layer2.0.conv2")
    try store.press("i")
    let path = try #require(store.state.layers.path)
    let names = Set(path.layers.map { store.state.coupledLayers[$0].layer.name })
    #expect(names == ["layer2.0.conv2", "layer2.0.downsample.0", "layer2.1.conv2"])
    #expect(store.frame().snapshot.contains("marked in the table"))
    try store.press("<escape>")
    let frame = store.frame()
    let y = try #require(frame.lines.firstIndex { $0.contains(" 7 layer2.0") })
    let x = try #require(Array(frame.lines[y]).firstIndex(of: "l"))
    #expect(frame[x, y].style.foreground == .role(.warning))
    let other = try #require(frame.lines.firstIndex { $0.contains(" 6 layer2.0") })
    #expect(frame[x, other].style.foreground != .role(.warning))
    try store.press("<escape>")
    #expect(store.state.layers.path == nil)
  }

  @Test func aBlockIsShownWithItsShapes() throws {
    var store = try TestStore(Sample.resNet18())
    try store.press("6G\\")
    #expect(store.state.overlays.last is BlockOverlay)
    var text = store.frame().snapshot
    for words in [
      "layer2.0: 3 layers, 1 join", "from Add behind layer1.1.conv2", "layer2.0.downsample.0",
      "Conv 32×16×3×3", "1×32×28×28", "to layer2.1.conv1",
    ] {
      #expect(text.contains(words), "\(words)\n\(text)")
    }
    // What is chosen here shows at once, along the edges that it reaches.
    try store.press("]]")
    text = store.frame().snapshot
    #expect(text.contains("1×32×28×28 → 1×26×28×28") && text.contains("32×16×3×3 → 26×16×3×3"), "\(text)")
    #expect(store.state.settings.amounts["layer2.0.conv1"] == .percent(20))
    // Wider: the stage, then all.
    try store.press(">")
    #expect(store.frame().snapshot.contains("layer2: 5 layers"))
    try store.press("jj<enter>")
    #expect(store.state.overlays.isEmpty && store.layerName != "layer2.0.conv1")
  }

  @Test(arguments: [(80, 24), (140, 40), (200, 60)]) func frames(width: Int, height: Int) throws {
    let snapshot = SampleSnapshots.scoring(try Sample.resNet18(), examples: 37, version: 2)
    var store = TestStore(snapshot, width: width, height: height)
    try store.press("6G]]gb")
    Frames.expect(store.frame(), "block-\(width)x\(height)")
  }

  @Test func framesInASCII() throws {
    var store = try TestStore(Sample.resNet18())
    try store.press("6G]]gb")
    let grid = store.frame(glyphs: .ascii, depth: .mono)
    Frames.expect(grid, "block-ascii")
    #expect(!grid.snapshot.unicodeScalars.contains { !$0.isASCII })
  }
}
