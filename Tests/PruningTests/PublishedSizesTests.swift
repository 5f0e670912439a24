import Graph
import Pruning
import TestSupport
import Testing

/// Published sizes of networks after their schedules: they follow from the widths alone.
@Suite struct PublishedSizesTests {
  /// Elements of the weights of all layers, biases and normalisations aside, and multiply-accumulates.
  private func sizes(_ network: Network) throws -> [Int] {
    let summary = NetworkSummary(try BoundNetwork(network))
    return [
      summary.layers.reduce(0) { $0 + $1.weightShape.elementCount },
      summary.layers.reduce(0) { $0 + $1.multiplyAccumulates },
    ]
  }

  /// The sizes with some amounts carried out.
  private func sizes(_ network: Network, _ amounts: [(pattern: String, amount: Amount)]) throws -> [Int] {
    let bound = try BoundNetwork(network)
    let groups = try ChannelGroups(bound)
    var settings = PruningSettings()
    for (pattern, amount) in amounts {
      for name in try groups.layerNames(like: pattern) {
        settings = try settings.settingAmount(amount, for: name, in: groups)
      }
    }
    let scores = ScoreTable(.random, of: groups, in: bound, seed: 3)
    let selection = try Selection(settings, scores: scores, groups: groups)
    let preview = Preview(selection, groups: groups, bound: bound)
    let counted = [
      preview.layers.reduce(0) { $0 + $1.weightShape.after.elementCount },
      preview.layers.reduce(0) { $0 + $1.multiplyAccumulates.after },
    ]
    let pruned = try network.removing(selection, groups: groups, bound: bound)
    #expect(try sizes(pruned) == counted, "the network that was made is the one that was shown")
    return counted
  }

  @Test func resNet20() throws {
    let network = ResidualNetworks.cifar(blocks: 3)
    #expect(try sizes(network) == [270_896, 40_813_184])
    #expect(try sizes(network, [("layer2.*.weight", .keep(16))]) == [223_536, 30_655_104])
    #expect(
      try sizes(network, [("layer1.?.conv1", .percent(40)), ("layer2.?.conv1", .percent(40))])
        == [246_704, 30_638_720])
  }

  @Test func resNet56() throws {
    let network = ResidualNetworks.cifar(blocks: 9)
    #expect(try sizes(network) == [851_504, 125_747_840])
    // The first convolutions of blocks; those where a stage begins and those found sensitive stay.
    let halved = [1, 2, 3, 4, 6, 7].map { ("layer2.\($0).conv1", Amount.percent(50)) }
    let lessened = [2, 3, 5, 6, 7, 8].map { ("layer3.\($0).conv1", Amount.percent(30)) }
    #expect(
      try sizes(
        network,
        [("layer1.?.conv1", .percent(60)), ("layer3.1.conv1", .percent(10))] + halved + lessened)
        == [634_640, 78_856_832])
  }

  @Test func resNet50() throws {
    let network = ResidualNetworks.imageNet50()
    #expect(try sizes(network) == [25_502_912, 4_089_184_256])
    #expect(
      try sizes(network, [("layer?.?.conv1", .percent(50)), ("layer?.?.conv2", .percent(50))])
        == [12_335_296, 1_822_031_872])
  }
}
