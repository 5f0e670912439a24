import Graph
import Pruning
import TestSupport
import Testing

@Suite struct ComparisonTests {
  @Test func whatWasPrunedIsWhatDiffers() throws {
    let network = try ScoredNetwork(NetworkFixtures.residual())
    let settings = try PruningSettings().settingAmount(.keep(3), for: "inner", in: network.groups)
    let selection = try Selection(settings, scores: network.scores, groups: network.groups)
    let pruned = try network.bound.network.removing(
      selection, groups: network.groups, bound: network.bound)
    let comparison = NetworkComparison(network.bound, try BoundNetwork(pruned))
    let changed = comparison.layers.filter(\.isChanged)
    #expect(changed.map(\.name) == ["inner", "outer"])
    #expect(changed.map(\.kernels) == [Change(5, 3), Change(8, 8)])
    #expect(changed.map(\.inputChannels) == [Change(8, 8), Change(5, 3)])
    #expect(changed[1].parameters == Change(5 * 8 * 9 + 8, 3 * 8 * 9 + 8))
    #expect(changed[1].multiplyAccumulates == Change(5 * 8 * 9 * 36, 3 * 8 * 9 * 36))
    #expect(comparison.removed.isEmpty && comparison.added.isEmpty)
    #expect(comparison.layers.count == network.groups.layers.count)
  }

  @Test func theSameNetworkDoesNotDiffer() throws {
    for (name, network) in NetworkFixtures.all {
      let bound = try BoundNetwork(network)
      #expect(NetworkComparison(bound, bound).layers.allSatisfy { !$0.isChanged }, "\(name)")
    }
  }

  @Test func layersOfOneNetworkAreNamed() throws {
    let comparison = NetworkComparison(
      try BoundNetwork(NetworkFixtures.plain()), try BoundNetwork(NetworkFixtures.dense()))
    #expect(comparison.layers.isEmpty)
    #expect(comparison.removed.map(\.name) == ["c1", "c2", "fc"])
    #expect(comparison.added.map(\.name) == ["stem", "g0", "g1", "g2", "head"])
  }

  @Test func otherNumbersOfTheSameShapesAreTold() throws {
    func network(seed: UInt64) throws -> BoundNetwork {
      var b = NetworkBuilder(seed: seed)
      b.head(b.conv(b.input("x", [1, 3, 4, 4]), 3, 4, "c"), 4)
      return try BoundNetwork(b.network)
    }
    let comparison = NetworkComparison(try network(seed: 1), try network(seed: 2))
    #expect(comparison.layers.allSatisfy { $0.hasOtherWeights && $0.isChanged })
  }
}
