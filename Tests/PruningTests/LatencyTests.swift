import Graph
import Pruning
import TestSupport
import Testing

@Suite struct LatencyTests {
  @Test func timesLieBetweenTheMeasuredOnes() {
    let layer = LatencyTable.Layer(kernels: [16, 32], inputs: [8, 16], seconds: [1, 2, 3, 6])
    #expect(layer.seconds(kernels: 16, inputs: 8) == 1)
    #expect(layer.seconds(kernels: 24, inputs: 8) == 2)
    #expect(layer.seconds(kernels: 32, inputs: 12) == 4.5)
    #expect(layer.seconds(kernels: 3, inputs: 3) == 1, "below the grid as at its border")
    #expect(layer.seconds(kernels: 99, inputs: 99) == 6)
  }

  @Test func fewerChannelsNeverTakeLonger() {
    let layer = LatencyTable.Layer(kernels: [16, 32], inputs: [8, 16], seconds: [5, 2, 3, 4])
    #expect(layer.seconds == [5, 5, 5, 5])
  }

  /// Two layers alike but for their time: the slow one loses more, and a lower share is never slower.
  @Test func kernelsGoWhereTheyTakeTime() throws {
    var b = NetworkBuilder()
    var x = b.block(b.input("x", [1, 3, 4, 4]), 3, 64, "slow")
    x = b.block(x, 64, 64, "fast")
    b.head(b.block(x, 64, 64, "last"), 64)
    let network = try ScoredNetwork(b.network)
    func layer(_ scale: Double) -> LatencyTable.Layer {
      LatencyTable.Layer(kernels: [16, 64], inputs: [3], seconds: [scale / 4, scale])
    }
    let table = LatencyTable(layers: ["slow": layer(8), "fast": layer(1)], rest: 1)
    var settings = PruningSettings()
    settings.multiple = 16
    let chosen = settings
    func propose(_ percent: Double) throws -> Proposal {
      try chosen.proposal(
        .latency(keepPercent: percent), scope: .global, scores: network.scores, groups: network.groups,
        bound: network.bound, times: MeasuredTimes(layers: table))
    }
    var before: [Int] = []
    for keep in [90.0, 75, 60, 45] {
      let proposal = try propose(keep)
      #expect(proposal.isReached)
      let kept = proposal.selection.keptKernels.map(\.count)
      #expect(kept[0] <= kept[1])
      #expect(kept[0] % 16 == 0 && kept[1] % 16 == 0)
      for (now, earlier) in zip(kept, before) { #expect(now <= earlier) }
      before = kept
    }
    #expect(before[0] < 64)
    #expect(try propose(1).isReached == false)
    #expect(throws: PruningError.noTimes) {
      try network.proposal(.latency(keepPercent: 50), .global, settings)
    }
  }
}
