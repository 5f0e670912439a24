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
    SnapshotTests.compare(grid, expected, sourceLocation: sourceLocation)
    #expect(
      isASCII == !grid.snapshot.unicodeScalars.contains { !$0.isASCII }, sourceLocation: sourceLocation)
  }

  @Test func training() throws {
    try expect(Frames.train, "7", isTraining: true)
    try expect(Frames.trainASCII, "7", isTraining: true, isASCII: true)
    try expect(Frames.trainWide, "7", isTraining: true, isWide: true)
    try expect(Frames.trainDialog, "F<down><down>0.01")
  }

  @Test func iterations() throws {
    try expect(Frames.iterations, "4gj")
    try expect(Frames.iterationsASCII, "4gj", isASCII: true)
    try expect(Frames.iterationsWide, "4m", isWide: true)
  }

  @Test func iterationsWithoutLabels() throws {
    try expect(Frames.iterationsUnlabelled, "4gjj", isUnlabelled: true)
    try expect(Frames.iterationsUnlabelledWide, "4gjjm", isWide: true, isUnlabelled: true)
  }

  @Test func comparison() throws {
    try expect(Frames.comparison, "4gjc", isCompared: true)
    try expect(Frames.comparisonASCII, "4gjc<tab>", isASCII: true, isCompared: true)
    try expect(Frames.comparisonWide, "4gjc", isWide: true, isCompared: true)
  }
}
