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
    isCompared: Bool = false, isUnlabelled: Bool = false, isHuge: Bool = false,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    var snapshot = SampleSnapshots.tree(
      SampleSnapshots.scoring(try Sample.resNet18(), examples: 12_000, version: 2))
    if isUnlabelled { snapshot = SampleSnapshots.unlabelled(snapshot) }
    if isTraining { snapshot = SampleSnapshots.training(snapshot) }
    var store = TestStore(
      snapshot, width: isHuge ? 200 : isWide ? 140 : 80, height: isHuge ? 60 : isWide ? 40 : 24)
    let effects = try store.press(keys)
    if isCompared, case .engine(.compare(let iterations))? = effects.last {
      store.send(.compared(try IterationsTests.comparison(iterations, in: snapshot)))
    }
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

  /// Sorted, with marks, at the three sizes.
  @Test func sheet() throws {
    try expect("sheet-80x24", "g4saxjjx")
    try expect("sheet-140x40", "g4msaxjjx", isWide: true)
    try expect("sheet-200x60", "g4msaxjjx x", isHuge: true)
    try expect("sheet-unlabelled-80x24", "g4sd", isUnlabelled: true)
    try expect("sheet-menu-80x24", "g4s")
  }

  @Test func comparisonOfMany() throws {
    try expect("comparison-many-80x24", "g4a&", isCompared: true)
    try expect("comparison-many-140x40", "g4a&", isWide: true, isCompared: true)
    try expect("comparison-many-200x60", "g4a&", isCompared: true, isHuge: true)
  }

  @Test func comparison() throws {
    try expect("comparison", "g4ggj&", isCompared: true)
    try expect("comparison-ascii", "g4ggj&<tab>", isASCII: true, isCompared: true)
    try expect("comparison-wide", "g4ggj&", isWide: true, isCompared: true)
  }
}
