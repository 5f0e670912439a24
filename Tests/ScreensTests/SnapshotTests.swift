import Graph
import Pruning
import ScreenSamples
import Screens
import TerminalUI
import Testing

/// Whole frames, as a user sees them. A frame that changes on purpose is looked at, then copied here.
@Suite struct SnapshotTests {
  private func store(_ keys: String, width: Int = 80, height: Int = 24) throws -> TestStore {
    let snapshot = SampleSnapshots.scoring(try Sample.resNet18(), examples: 37, version: 2)
    var store = TestStore(snapshot, width: width, height: height)
    try store.press(keys)
    return store
  }

  @Test func layersAt80x24() throws {
    var store = try store("jj]]++")
    Frames.expect(store.frame(), "layers")
  }

  @Test func layersInASCIIWithoutColours() throws {
    var store = try store("jj]]++")
    let grid = store.frame(glyphs: .ascii, depth: .mono)
    Frames.expect(grid, "layers-ascii")
    #expect(!grid.snapshot.unicodeScalars.contains { !$0.isASCII })
  }

  @Test func everythingAt140x40() throws {
    var store = try store("j]]]", width: 140, height: 40)
    Frames.expect(store.frame(), "everything")
  }

  @Test func shapesAt80x24() throws {
    var store = try store("j]]]g3")
    Frames.expect(store.frame(), "shapes")
  }

  @Test(arguments: [(Glyphs.unicode, "settings"), (.ascii, "settings-ascii")])
  func settingsAt80x24(glyphs: Glyphs, expected: String) throws {
    var store = TestStore(SampleSnapshots.timed(try Sample.resNet18()))
    try store.press(":set aggregation sum<enter>:target MACs 60%<enter>,<down>")
    let grid = store.frame(glyphs: glyphs, depth: glyphs.isASCII ? .mono : .trueColor)
    Frames.expect(grid, expected)
    #expect(glyphs.isASCII == !grid.snapshot.unicodeScalars.contains { !$0.isASCII })
  }

  @Test func settingsAt140x40() throws {
    var store = TestStore(SampleSnapshots.timed(try Sample.resNet18()), width: 140, height: 40)
    try store.press(":set aggregation sum<enter>:target MACs 60%<enter>,<down><down><down><down><down><down>")
    Frames.expect(store.frame(), "settings-wide")
  }

  @Test func meaningIsNotInColourAlone() throws {
    var store = try store("j]]]")
    // The selected row, what changed, and the row that cannot be pruned can be told from the text.
    let row = store.frame(glyphs: .ascii, depth: .mono).lines.first { $0.contains("layer1.0.conv1") }
    #expect(row?.contains(">") == true && row?.contains("30%") == true)
    try store.press("G")
    let lines = store.frame(glyphs: .ascii, depth: .mono).lines
    #expect(lines.contains { $0.contains(">=") && $0.contains("output") })
    try store.press("ggjg2")
    let kernels = store.frame(glyphs: .ascii, depth: .mono).snapshot
    #expect(kernels.contains(" cut ") && kernels.contains(" kept "))
  }
}
