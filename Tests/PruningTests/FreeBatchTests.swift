import Graph
import Pruning
import TestSupport
import Testing

/// A file that leaves the number of examples or the size of pictures open still does so after a removal.
@Suite struct FreeBatchTests {
  @Test(arguments: ["class token", "windows"], [2, 3])
  func prunedNetworksTakeAnyNumberOfExamples(_ name: String, _ examples: Int) throws {
    let network =
      name == "windows" ? NetworkFixtures.windows(batch: nil) : NetworkFixtures.classToken(batch: nil)
    let pruned = try Pruned(network, percent: 50, seed: 4)
    #expect(!pruned.selection.isEmpty)
    let masked = try network.masked(pruned.selection, groups: pruned.groups, bound: pruned.bound)
    var shape = pruned.bound.shape(of: network.inputs[0])!
    shape[0] = examples
    var numbers = RandomNumbers(seed: 3)
    let values = numbers.numbers(shape.elementCount).map(Double.init)
    let outputs = try [pruned.network, masked].map { network in
      let bound = try BoundNetwork(network, inputShapes: [network.inputs[0]: shape])
      let found = try ReferenceEvaluator(bound).run([network.inputs[0]: values])
      return network.outputs.map { found[$0]!.doubles }
    }
    #expect(largestDifference(outputs[0], outputs[1]) < 1e-9)
  }

  /// Fully convolutional networks exported for any size: the sizes that the graph computes stay computed.
  @Test(arguments: ["pixel shuffle", "sizes", "slice"], [[1, 3, 6, 6], [1, 3, 4, 10], [3, 3, 8, 5]])
  func prunedNetworksTakePicturesOfAnySize(_ name: String, _ shape: [Int]) throws {
    let network =
      switch name {
      case "sizes": NetworkFixtures.openSizes()
      case "slice": NetworkFixtures.openSlice()
      default: NetworkFixtures.openPixelShuffle()
      }
    for (seed, percent) in [30.0, 70].enumerated() {
      let pruned = try Pruned(network, percent: percent, seed: UInt64(seed) + 5, shape: [1, 3, 6, 6])
      #expect(pruned.groups.layers.count { !$0.isPrunable } == 1)
      #expect(!pruned.selection.isEmpty)
      let (rewritten, masked) = try pruned.outputs(seed: 3, shape: shape)
      #expect(largestDifference(rewritten, masked) < 1e-9)
    }
  }

  @Test func standardizedWeightsAreRewrittenWithoutDeadNodes() throws {
    let pruned = try Pruned(NetworkFixtures.standardizedInside(), percent: 50, seed: 2)
    let read = Set(pruned.network.nodes.flatMap(\.inputs).compactMap { $0 } + pruned.network.outputs)
    for node in pruned.network.nodes { #expect(node.outputs.contains { $0.map(read.contains) ?? false }) }
    // The weight that remains is sliced, and the graph still standardises it.
    #expect(pruned.network.nodes.contains { $0.op == "Div" })
    #expect(!pruned.network.nodes.contains { $0.op == "ReduceMean" })
  }

  @Test func aBiasThatTheGraphAssemblesBecomesTheConstantItMakes() throws {
    let pruned = try Pruned(NetworkFixtures.assembledBias(), percent: 60, seed: 2)
    #expect(pruned.selection.keptKernels[1].count < 6)
    #expect(!pruned.network.nodes.contains { $0.op == "ScatterND" })
    let (rewritten, masked) = try pruned.outputs(seed: 2)
    #expect(largestDifference(rewritten, masked) < 1e-9)
  }

  @Test func statisticsOverWeightsAreExactAndThoseOverChannelsAreNot() throws {
    func reasons(_ network: Network) throws -> [String] {
      try ChannelGroups(BoundNetwork(network)).groups.compactMap(\.inexact)
    }
    #expect(try reasons(NetworkFixtures.standardizedInside()).isEmpty)
    #expect(try reasons(NetworkFixtures.batchStandardizedWeight()).isEmpty)
    #expect(try reasons(NetworkFixtures.layerNormalization()).contains { $0.contains("LayerNormalization") })
    #expect(try reasons(NetworkFixtures.meanOverChannels()).contains { $0.contains("ReduceMean") })
  }
}
