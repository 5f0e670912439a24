import Graph
import Pruning
import TestSupport
import Testing

/// Residual networks as published (He et al. 2016), random weights, without biases but for the last layer.
private struct ResidualNetworks {
  var b = NetworkBuilder()

  /// Conv–BN, padded so that stride 1 keeps the extents.
  mutating func unit(
    _ x: ValueID, _ channels: Int, _ kernels: Int, _ name: String, kernel: Int = 3, stride: Int = 1
  ) -> ValueID {
    // What the weights are does not matter here, and drawing 25 million would take long.
    let weight = b.constant(
      "\(name).weight",
      Tensor(
        [Float](repeating: 0.1, count: kernels * channels * kernel * kernel),
        shape: [kernels, channels, kernel, kernel]))
    let pad = kernel / 2
    let y = b.node(
      "Conv", x, weight,
      attributes: ["pads": .ints([pad, pad, pad, pad]), "strides": .ints([stride, stride])])
    return b.norm(y, kernels, "\(name).norm")
  }

  /// ResNet for CIFAR: three stages of `blocks` basic blocks, 16, 32 and 64 kernels.
  static func cifar(blocks: Int) -> Network {
    var net = ResidualNetworks()
    var x = net.b.node("Relu", net.unit(net.b.input("x", [1, 3, 32, 32]), 3, 16, "conv1"))
    var channels = 16
    for (stage, width) in [16, 32, 64].enumerated() {
      for block in 0..<blocks {
        let name = "layer\(stage + 1).\(block)"
        let stride = stage > 0 && block == 0 ? 2 : 1
        let inner = net.b.node("Relu", net.unit(x, channels, width, "\(name).conv1", stride: stride))
        let outer = net.unit(inner, width, width, "\(name).conv2")
        let shortcut =
          stride == 1 ? x : net.unit(x, channels, width, "\(name).downsample", kernel: 1, stride: 2)
        x = net.b.node("Relu", net.b.node("Add", outer, shortcut))
        channels = width
      }
    }
    net.b.output(net.b.gemm(net.b.node("Flatten", net.b.node("GlobalAveragePool", x)), 64, 10, "fc"))
    return net.b.network
  }

  /// ResNet-50 for ImageNet, the stride in the 3×3 convolution of a block.
  static func imageNet50() -> Network {
    var net = ResidualNetworks()
    let stem = net.unit(net.b.input("x", [1, 3, 224, 224]), 3, 64, "conv1", kernel: 7, stride: 2)
    var x = net.b.node(
      "MaxPool", net.b.node("Relu", stem),
      attributes: ["kernel_shape": .ints([3, 3]), "strides": .ints([2, 2]), "pads": .ints([1, 1, 1, 1])])
    var channels = 64
    for (stage, blocks) in [3, 4, 6, 3].enumerated() {
      let width = 64 << stage
      for block in 0..<blocks {
        let name = "layer\(stage + 1).\(block)"
        let stride = stage > 0 && block == 0 ? 2 : 1
        let first = net.b.node("Relu", net.unit(x, channels, width, "\(name).conv1", kernel: 1))
        let second = net.b.node("Relu", net.unit(first, width, width, "\(name).conv2", stride: stride))
        let third = net.unit(second, width, 4 * width, "\(name).conv3", kernel: 1)
        let shortcut =
          block > 0
          ? x : net.unit(x, channels, 4 * width, "\(name).downsample", kernel: 1, stride: stride)
        x = net.b.node("Relu", net.b.node("Add", third, shortcut))
        channels = 4 * width
      }
    }
    net.b.output(net.b.gemm(net.b.node("Flatten", net.b.node("GlobalAveragePool", x)), 2048, 1000, "fc"))
    return net.b.network
  }
}

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
