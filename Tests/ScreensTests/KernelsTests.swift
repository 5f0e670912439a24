import Graph
import Pruning
import ScreenSamples
import Screens
import TerminalUI
import Testing

@Suite struct KernelsTests {
  @Test func cuttingAndPinningAreEachOthersOpposite() throws {
    var store = try TestStore(Sample.small())
    try store.press("j<enter>")
    #expect(store.state.focus == .kernels)
    let kernel = try #require(store.state.kernels.selectedKernel)
    try store.press("c")
    #expect(store.state.settings.forced == ["layer1.0.conv1": [kernel]])
    try store.press("p")
    #expect(store.state.settings.forced.isEmpty)
    #expect(store.state.settings.pinned == ["layer1.0.conv1": [kernel]])
    try store.press("p")
    #expect(store.state.settings == PruningSettings())
  }

  @Test func theLastKernelOfALayerIsNotCut() throws {
    var store = try TestStore(Sample.small())
    try store.press("j<enter>")
    for _ in 0..<20 { try store.press("cj") }
    store.state.decide()
    let preview = try #require(store.state.decision?.preview.layers[1])
    #expect(preview.kernels.after >= 1)
    #expect(store.state.decision?.problem == nil)
  }

  @Test func rankedKernelsStandBestFirst() throws {
    var store = try TestStore(Sample.small())
    try store.press("g2")
    let mean = try #require(store.state.engine.scores.value?.layers["conv1"]?.mean)
    let ranked = store.state.kernels.order.map { mean[$0] }
    #expect(ranked == ranked.sorted(by: >))
    try store.press("s")
    #expect(store.state.kernels.order == Array(mean.indices))
  }

  /// Once kernels are scored by another criterion, their ranks by the one before stand beside those of now.
  @Test func ranksByTwoCriteriaStandBesideEachOther() throws {
    let snapshot = try Sample.small()
    var store = TestStore(snapshot, width: 140, height: 40)
    try store.press("g2")
    let before = try #require(snapshot.scores.value)
    #expect(!store.frame().lines.contains { $0.contains("ranks as") })
    store.send(.engineReported(SampleSnapshots.scoring(snapshot, examples: 8, version: 2)))
    let now = try #require(store.state.engine.scores.value?.layers["conv1"]?.mean)
    let then = try #require(before.layers["conv1"]?.mean)
    let lines = store.frame().lines
    let correlation = Quantity.fixed(rankCorrelation(now, then), digits: 2)
    #expect(lines.contains { $0.contains("ranks as l2 \(correlation)") })
    // The best kernel of now, and its rank by the weights.
    let best = try #require(now.indices.max { now[$0] < now[$1] })
    let rank = 1 + then.count { $0 > then[best] }
    #expect(lines.contains { $0.contains(try! Regex(" \(best) kept .* 1 +\(rank)│")) }, "\(lines)")
    // Another network has other kernels.
    let wider = try Sample.resNet18()
    store.send(.engineReported(wider))
    #expect(!store.frame().lines.contains { $0.contains("ranks as") })
  }

  @Test func rankedKernelsTakeNewScoresInOnAKeyOnly() throws {
    let snapshot = try Sample.small()
    var store = TestStore(SampleSnapshots.scoring(snapshot, examples: 4, version: 2))
    try store.press("g2")
    let before = store.state.kernels.order
    store.send(.engineReported(SampleSnapshots.scoring(snapshot, examples: 8, version: 3, seed: 4)))
    #expect(store.state.kernels.order == before)
    try store.press("S")
    let mean = try #require(store.state.engine.scores.value?.layers["conv1"]?.mean)
    let ranked = store.state.kernels.order.map { mean[$0] }
    #expect(ranked == ranked.sorted(by: >))
    #expect(store.state.kernels.order != before)
  }

  @Test func heatMapsAskForTheWeightsOfTheLayerUnderTheCursor() throws {
    var store = try TestStore(Sample.small())
    #expect(try store.press("g2V") == [.engine(.readWeights(layer: "conv1"))])
    #expect(try store.press("J") == [.engine(.readWeights(layer: "layer1.0.conv1"))])
    let weights = KernelWeights(
      layer: "layer1.0.conv1", structureVersion: 1, shape: [8, 8, 3, 3],
      values: [Float](repeating: 1, count: 576))
    store.send(.weightsRead(weights))
    #expect(!store.frame().snapshot.contains("Reading"))
    // Shapes that do not fit the values must not trap.
    for shape in [[0], [8], [8, 0, 3, 3], [8, 8], [1_000_000, 2]] {
      store.send(
        .weightsRead(
          KernelWeights(layer: "layer1.0.conv1", structureVersion: 1, shape: shape, values: [1, 2, 3])))
      _ = store.frame()
    }
  }

  @Test func theCutIsALineAcrossTheBars() throws {
    let spans = ScoreBar(fraction: 1, error: 0, cut: 0.5, role: Role.kept).spans(width: 10, isASCII: false)
    #expect(spans.text == "█████│████")
    #expect(
      ScoreBar(fraction: 0.5, error: 0.3, cut: nil, role: Role.kept).spans(width: 10, isASCII: true).text
        == "#####---+ ")
    #expect(
      ScoreBar(fraction: .nan, error: .nan, cut: .nan, role: Role.kept).spans(width: 10, isASCII: true)
        .isEmpty)
  }
}
