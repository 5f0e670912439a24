import Graph
import Pruning
import ScreenSamples
import Screens
import TerminalUI
import Testing

/// Whole frames of the Train and Iterations screens and of a comparison.
@Suite struct IterationsSnapshotTests {
  private func expect(
    _ expected: String, _ keys: String, isTraining: Bool = false, isWide: Bool = false, isASCII: Bool = false,
    isCompared: Bool = false, isUnlabelled: Bool = false, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    var snapshot = SampleSnapshots.tree(
      SampleSnapshots.scoring(try Sample.resNet18(), examples: 12_000, version: 2))
    if isUnlabelled { snapshot = SampleSnapshots.unlabelled(snapshot) }
    if isTraining { snapshot = SampleSnapshots.training(snapshot) }
    var store = TestStore(snapshot, width: isWide ? 140 : 80, height: isWide ? 40 : 24)
    try store.press(keys)
    if isCompared { store.send(.compared(try IterationsTests.comparison(1, 4, in: snapshot))) }
    let grid = store.frame(glyphs: isASCII ? .ascii : .unicode, depth: isASCII ? .mono : .trueColor)
    Frames.expect(grid, expected, sourceLocation: sourceLocation)
    #expect(
      isASCII == !grid.snapshot.unicodeScalars.contains { !$0.isASCII }, sourceLocation: sourceLocation)
  }

  @Test func training() throws {
    try expect("train", "g7", isTraining: true)
    try expect("train-ascii", "g7", isTraining: true, isASCII: true)
    try expect("train-wide", "g7", isTraining: true, isWide: true)
    try expect("train-dialog", "F<down><down>0.01")
  }

  @Test func iterations() throws {
    try expect("iterations", "g4ggj")
    try expect("iterations-ascii", "g4ggj", isASCII: true)
    try expect("iterations-wide", "g4m", isWide: true)
  }

  @Test func iterationsWithoutLabels() throws {
    try expect("iterations-unlabelled", "g4ggjj", isUnlabelled: true)
    try expect("iterations-unlabelled-wide", "g4ggjjm", isWide: true, isUnlabelled: true)
  }

  @Test func comparison() throws {
    try expect("comparison", "g4ggj&", isCompared: true)
    try expect("comparison-ascii", "g4ggj&<tab>", isASCII: true, isCompared: true)
    try expect("comparison-wide", "g4ggj&", isWide: true, isCompared: true)
  }
}
