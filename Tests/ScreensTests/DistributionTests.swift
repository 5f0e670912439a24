import Pruning
import ScreenSamples
import Screens
import TerminalUI
import Testing

/// Bars that say how scores are spread, and bars over orders of magnitude.
@Suite struct DistributionTests {
  private func store() throws -> TestStore {
    TestStore(SampleSnapshots.scoring(try Sample.resNet18(), examples: 37, version: 2))
  }

  @Test func theSpreadShowsEveryKernelAndWhatGoes() throws {
    var store = try store()
    try store.press("jB50%")
    let grid = store.frame()
    let row = try #require(grid.lines.firstIndex { $0.contains(" layer1.0.conv1 ") })
    let steps = Set(Glyphs.unicode.verticalSteps)
    let cells = grid.row(row).filter { steps.contains($0.scalar) }
    #expect(!cells.isEmpty && cells.count <= 8)
    // What goes is at the left, and has the colour of what goes.
    let paints = cells.map(\.style.foreground)
    #expect(paints.first == .role(.cut) && paints.contains(.role(.bar)))
    try store.press("B")
    #expect(store.frame().row(row).allSatisfy { $0.style.foreground != .role(.cut) })
  }

  @Test func logarithmicBarsTellSmallScoresApart() throws {
    var store = try store()
    func full(_ store: inout TestStore) -> [Int] {
      store.frame().lines.dropFirst(5).prefix(12).map { line in line.count { "█▏▎▍▌▋▊▉".contains($0) } }
    }
    let linear = full(&store)
    try store.press("L")
    #expect(store.frame().snapshot.contains("log bars"))
    let logarithmic = full(&store)
    #expect(zip(linear, logarithmic).allSatisfy { $0 <= $1 } && linear != logarithmic)
  }

  @Test(arguments: [(80, 24), (140, 40), (200, 60)]) func frames(width: Int, height: Int) throws {
    var store = TestStore(
      SampleSnapshots.scoring(try Sample.resNet18(), examples: 37, version: 2), width: width, height: height)
    try store.press("jB50%")
    Frames.expect(store.frame(), "distribution-\(width)x\(height)")
  }
}
