import Graph
import Pruning
import TestSupport
import Testing

/// Channel shuffles and other movements that only put channels in another order.
@Suite struct MovementChainTests {
  @Test func anyChannelOfEitherHalfOfAShuffleCanGo() throws {
    let found = try ChannelGroups(BoundNetwork(NetworkFixtures.shuffledHalves()))
    #expect(found.units("b2") == Set((0..<6).map { [$0] }))
    #expect(found.units("stem") == Set((0..<12).map { [$0] }))
  }

  @Test func channelsThatLeaveNoRowsAreGathered() throws {
    let network = NetworkFixtures.shuffledHalves()
    let bound = try BoundNetwork(network)
    let groups = try ChannelGroups(bound)
    // Channels 0–5 pass by, 6–11 are b2's: what stays is 0, 2, 3, 4, 5 and 6, 8, 11.
    var kept = groups.layers.map { Array(0..<$0.layer.kernels) }
    kept[groups.index(of: "stem")!].remove(at: 1)
    kept[groups.index(of: "b2")!] = [0, 2, 5]
    let selection = try Selection(
      keeping: Dictionary(uniqueKeysWithValues: zip(groups.layers.map(\.layer.name), kept)), groups: groups)
    let pruned = try network.removing(selection, groups: groups, bound: bound)
    #expect(!pruned.nodes.contains { $0.op == "Reshape" || $0.op == "Transpose" })
    let gather = try #require(pruned.nodes.first { $0.op == "Gather" })
    // 0 6 1 7 2 8 3 9 4 10 5 11 without those that are gone, as places among those that stay.
    #expect(pruned.constants[gather.inputs[1]!]?.integers == [0, 5, 1, 6, 2, 3, 4, 7])
  }

  @Test func wholeRowsKeepTheShuffle() throws {
    let network = NetworkFixtures.shuffledHalves()
    let bound = try BoundNetwork(network)
    let groups = try ChannelGroups(bound)
    var kept = groups.layers.map { Array(0..<$0.layer.kernels) }
    kept[groups.index(of: "stem")!].remove(at: 1)
    kept[groups.index(of: "b2")!].remove(at: 1)
    let selection = try Selection(
      keeping: Dictionary(uniqueKeysWithValues: zip(groups.layers.map(\.layer.name), kept)), groups: groups)
    let pruned = try network.removing(selection, groups: groups, bound: bound)
    #expect(pruned.nodes.map(\.op) == network.nodes.map(\.op))
  }

  @Test(arguments: [[1, 3, 6, 6], [3, 3, 4, 7], [2, 3, 9, 5]])
  func aShuffleWithComputedTargetsLeavesBatchAndSizeFree(_ shape: [Int]) throws {
    for (seed, percent) in [25.0, 50, 75].enumerated() {
      let pruned = try Pruned(
        NetworkFixtures.computedShuffle(), percent: percent, seed: UInt64(seed) + 2, shape: [1, 3, 6, 6])
      #expect(!pruned.selection.isEmpty)
      let (rewritten, masked) = try pruned.outputs(seed: 3, shape: shape)
      #expect(largestDifference(rewritten, masked) < 1e-9)
      // Nothing that only served the shuffle's targets is left.
      let read = Set(pruned.network.nodes.flatMap(\.inputs).compactMap { $0 } + pruned.network.outputs)
      #expect(pruned.network.nodes.allSatisfy { $0.outputs.contains { $0.map(read.contains) ?? false } })
    }
  }

  @Test(arguments: [1, 4]) func rowsTakenOneByOneAreTheEvenAndTheOddChannels(_ examples: Int) throws {
    let network = NetworkFixtures.partedShuffle(batch: nil)
    for (seed, percent) in [20.0, 50, 80, 100].enumerated() {
      let pruned = try Pruned(network, percent: percent, seed: UInt64(seed) + 5)
      #expect(pruned.groups.units("stem") == Set((0..<12).map { [$0] }))
      #expect(pruned.network.nodes.count { $0.op == "Gather" } == 2)
      #expect(!pruned.network.nodes.contains { $0.op == "Transpose" })
      let (rewritten, masked) = try pruned.outputs(seed: 3, shape: [examples, 3, 5, 5])
      #expect(largestDifference(rewritten, masked) < 1e-9)
    }
  }

  @Test func whatSomebodyElseReadsStaysRectangular() throws {
    var b = NetworkBuilder()
    let stem = b.conv(b.input("x", [1, 3, 5, 5]), 3, 8, "stem", kernel: 1)
    let rows = b.node("Reshape", stem, b.constant("apart", Tensor([1, 2, 4, 5, 5])))
    let turned = b.node("Transpose", rows, attributes: ["perm": .ints([0, 2, 1, 3, 4])])
    let mixed = b.node("Reshape", turned, b.constant("together", Tensor([1, 8, 5, 5])))
    let sums = b.node("ReduceSum", rows, b.constant("axis", Tensor([1])), attributes: ["keepdims": .int(0)])
    b.output(b.conv(b.node("Relu", mixed), 8, 2, "last"))
    b.output(b.conv(b.node("Relu", sums), 4, 2, "other"))
    let found = try ChannelGroups(BoundNetwork(b.network))
    #expect(found.units("stem") == [[0, 4], [1, 5], [2, 6], [3, 7]])
  }
}
