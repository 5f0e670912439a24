import Graph
import Pruning
import TestSupport
import Testing

private func groups(
  of network: Network, _ policy: GroupedConvolutionPolicy = .automatic
) throws -> ChannelGroups {
  try ChannelGroups(BoundNetwork(network), policy: policy)
}

extension ChannelGroups {
  func layer(_ name: String) -> CoupledLayer { layers[index(of: name)!] }

  /// Kernels of a layer by the unit they share, as lists.
  func units(_ name: String) -> Set<[Int]> {
    let layer = layer(name)
    return Set(Dictionary(grouping: layer.units.indices) { layer.units[$0] }.values.map { $0.sorted() })
  }

  func partners(_ name: String) -> [String] {
    tying(index(of: name)!).map { layers[$0].layer.name }
  }
}

@Suite struct CouplingTests {
  @Test func aResidualJoinMovesItsMembersTogether() throws {
    let found = try groups(of: NetworkFixtures.residual())
    #expect(found.partners("stem") == ["stem", "outer"])
    #expect(found.partners("b2") == ["shortcut", "b2"])
    #expect(found.partners("inner") == ["inner"])
    let names = found.layer("stem").groups.map { found.groups[$0].name }
    #expect(names == ["A"])
    #expect(found.groups[found.layer("inner").groups[0]].name.isEmpty)
    #expect(found.units.filter { $0.kernels.count == 2 }.count == 8 + 12)
  }

  @Test func theOutputFreezesAndTheChainIsNamed() throws {
    let found = try groups(of: NetworkFixtures.squeeze())
    let classes = found.layer("classes")
    #expect(!classes.isPrunable)
    #expect(classes.reason?.label == "output")
    let chain = try #require(classes.reason?.chain)
    #expect(chain.map { $0.split(separator: "_")[0] } == ["Conv", "GlobalAveragePool", "Flatten"])
    #expect(try found.explain("classes").contains { $0.contains("model's output") })
    #expect(found.layer("squeeze").isPrunable)
  }

  @Test func flattenGivesEachChannelItsRunOfFeatures() throws {
    let found = try groups(of: NetworkFixtures.plain())
    let unit = found.layer("c2").units[2]
    let bound = try BoundNetwork(NetworkFixtures.plain())
    let slice = try #require(
      found.slices(ofUnit: unit).first { bound.network.name(of: $0.constant) == "fc.weight" })
    #expect(slice.axis == 1)
    #expect(slice.indices == Array(32..<48))
    #expect(found.weightSlices()[unit].count == found.slices(ofUnit: unit).count)
  }

  @Test func channelsLastFlattenGivesEachChannelItsFeatures() throws {
    let network = NetworkFixtures.channelsLast()
    let found = try groups(of: network)
    let unit = found.layer("stem").units[1]
    let slice = try #require(
      found.slices(ofUnit: unit).first { network.name(of: $0.constant) == "dense.weight" })
    #expect(slice.indices == (0..<16).map { 6 * $0 + 1 })
  }

  /// Defect 7 of Torch-Pruning: a shuffle of two groups maps [0, 1] to [0, 2], not to [0, 1].
  @Test func channelShuffleIsExecutedOnTheLabels() throws {
    var b = NetworkBuilder()
    let x = b.input("x", [1, 3, 5, 5])
    let stem = b.conv(x, 3, 8, "stem", kernel: 1)
    let consumer = b.conv(b.shuffle(stem, 8, groups: 2, 5), 8, 3, "consumer", kernel: 1)
    b.head(consumer, 3)
    let found = try groups(of: b.network)
    #expect(found.units("stem") == Set((0..<8).map { [$0] }))
    let indices = try [0, 1].map { channel in
      try #require(
        found.slices(ofUnit: found.layer("stem").units[channel])
          .first { b.network.name(of: $0.constant) == "consumer.weight" }
      ).indices
    }
    #expect(indices == [[0], [2]])
  }

  /// Defect 8: pixel shuffle makes units of r² channels.
  @Test func pixelShuffleMakesUnits() throws {
    let found = try groups(of: NetworkFixtures.upsampler())
    #expect(found.units("c2") == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]])
    // In depth-column-row order the channels of a unit stand apart.
    #expect(found.units("c3") == [[0, 2, 4, 6], [1, 3, 5, 7]])
  }

  @Test func groupedConvolutionsStayWhole() throws {
    let whole = try groups(of: NetworkFixtures.grouped(), .wholeGroups)
    #expect(whole.units("few") == [Array(0..<8), Array(8..<16)])
    let equal = try groups(of: NetworkFixtures.grouped(), .equalCounts)
    #expect(equal.units("few") == Set((0..<8).map { [$0, $0 + 8] }))
  }

  @Test func depthwiseMovesWithItsInput() throws {
    let found = try groups(of: NetworkFixtures.mobile())
    #expect(found.partners("expand") == ["expand", "depthwise"])
    #expect(found.partners("stem") == ["stem", "project"])
  }

  @Test func headsAreUnits() throws {
    let found = try groups(of: NetworkFixtures.attention())
    #expect(found.partners("q") == ["q", "k", "v"])
    #expect(found.units("v") == [[0, 1, 2, 3], [4, 5, 6, 7]])
    #expect(found.partners("embed") == ["embed", "out"])
  }

  /// By their sizes alone, the convolution of six groups of eight would lose equal counts of each, which the heads cannot.
  @Test func headsOverSeveralScalesAreUnits() throws {
    let found = try groups(of: NetworkFixtures.linearAttention())
    #expect(found.partners("qkv") == ["qkv", "depthwise", "pointwise"])
    for layer in ["qkv", "depthwise", "pointwise"] {
      #expect(found.units(layer) == [Array(0..<24), Array(24..<48)])
    }
    #expect(!(try groups(of: NetworkFixtures.linearAttention(), .equalCounts)).layer("qkv").isPrunable)
  }

  /// Defect 9 asks that an operator nobody wrote a rule for neither crashes nor passes for element-wise.
  @Test func unknownOperatorsFreezeWhatTheyTouchAndAreNamed() throws {
    var b = NetworkBuilder()
    let x = b.input("x", [1, 3, 5, 5])
    let stem = b.block(x, 3, 8, "stem")
    let odd = b.node("Mystery", stem)
    b.output(odd)
    b.head(b.block(stem, 8, 6, "free"), 6)
    let found = try groups(of: b.network)
    #expect(!found.layer("stem").isPrunable)
    #expect(
      found.layer("stem").reason?.label == "Mystery \(b.network.nodes.last { $0.op == "Mystery" }!.name)")
    #expect(found.layer("stem").reason?.chain.count == 4)
    #expect(found.layer("free").isPrunable)
  }

  @Test func softmaxOverChannelsFreezes() throws {
    var b = NetworkBuilder()
    let x = b.input("x", [1, 3, 4, 4])
    let y = b.node("Softmax", b.conv(x, 3, 6, "scores"), attributes: ["axis": .int(1)])
    b.head(b.conv(y, 6, 5, "next"), 5)
    let found = try groups(of: b.network)
    #expect(found.layer("scores").reason?.label.hasPrefix("Softmax") == true)
    #expect(found.layer("next").isPrunable)
  }

  @Test func layerNormalizationOverChannelsIsInexact() throws {
    var b = NetworkBuilder()
    let x = b.input("x", [1, 5, 6])
    let y = b.node("MatMul", x, b.constant("embed.weight", [6, 8]))
    let normal = b.node("LayerNormalization", y, b.constant("scale", [8]), b.constant("shift", [8]))
    b.output(b.node("MatMul", normal, b.constant("last.weight", [8, 3])))
    let found = try groups(of: b.network)
    #expect(found.layer("embed").isPrunable)
    #expect(found.groups[found.layer("embed").groups[0]].inexact?.contains("statistics") == true)
    let exact = try groups(of: NetworkFixtures.groupNormalization())
    #expect(exact.groups[exact.layer("stem").groups[0]].inexact == nil)
  }

  @Test func groupNormalizationLosesWholeGroupsOrEqualCounts() throws {
    func stem(
      _ count: Int, _ policy: GroupedConvolutionPolicy = .automatic
    ) throws -> (units: Set<[Int]>, isExact: Bool) {
      let found = try groups(of: NetworkFixtures.normalizedGroups(count), policy)
      return (found.units("stem"), found.groups[found.layer("stem").groups[0]].inexact == nil)
    }
    let blocks = (0..<4).map { group in (0..<3).map { 3 * group + $0 } }
    #expect(try stem(4) == (Set(blocks), true))
    // Two groups of six: the same channel of each, whose statistics then run over those that stay.
    #expect(try stem(2) == (Set((0..<6).map { [$0, $0 + 6] }), false))
    #expect(try stem(2, .wholeGroups) == ([Array(0..<6), Array(6..<12)], true))
    #expect(try stem(12) == (Set((0..<12).map { [$0] }), true))
  }

  @Test func standardisedWeightsPrune() throws {
    let found = try groups(of: NetworkFixtures.standardizedWeight())
    #expect(found.layer("stem").isPrunable)
    // A kernel is standardised by itself: the others do not notice that it goes.
    #expect(found.groups[found.layer("stem").groups[0]].inexact == nil)
    // Nor do they notice an input that goes: mean and variance of each kernel keep their values.
    var b = NetworkBuilder()
    let stem = b.block(b.input("x", [1, 3, 4, 4]), 3, 8, "stem")
    b.head(b.node("Relu", b.node("Conv", stem, b.standardized("next", [6, 8, 1, 1]))), 6)
    let next = try groups(of: b.network)
    #expect(next.layer("next").isPrunable)
    #expect(next.layer("stem").isPrunable)
    #expect(next.groups[next.layer("stem").groups[0]].inexact == nil)
  }

  @Test func aSumOverChannelsLosesNothingAndAMeanDoes() throws {
    for (op, isExact) in [
      ("ReduceSum", true), ("ReduceL2", true), ("ReduceMean", false), ("ReduceMax", false),
    ] {
      var b = NetworkBuilder(opset: 11)
      let stem = b.block(b.input("x", [1, 3, 4, 4]), 3, 8, "stem")
      let map = b.node(op, stem, attributes: ["axes": .ints([1])])
      b.head(b.conv(map, 1, 5, "last"), 5)
      let found = try groups(of: b.network)
      #expect(found.layer("stem").isPrunable, "\(op)")
      #expect((found.groups[found.layer("stem").groups[0]].inexact == nil) == isExact, "\(op)")
    }
  }

  @Test func anOperandPlacedByAnAttributeGoesWithItsChannels() throws {
    var b = NetworkBuilder(opset: 6)
    let stem = b.conv(b.input("x", [1, 3, 4, 4]), 3, 8, "stem")
    let late = b.node(
      "Add", stem, b.constant("late", [8]), attributes: ["broadcast": .int(1), "axis": .int(1)])
    b.head(b.node("PRelu", late, b.constant("slope", [8])), 8)
    let found = try groups(of: b.network)
    let slices = found.slices(ofUnit: found.layer("stem").units[5])
    for name in ["late", "slope"] {
      let slice = try #require(slices.first { b.network.name(of: $0.constant) == name })
      #expect(slice.indices == [5])
    }
  }

  @Test func writtenOutGroupNormalizationPrunes() throws {
    var b = NetworkBuilder()
    let stem = b.conv(b.input("x", [1, 3, 4, 4]), 3, 12, "stem")
    let rows = b.node("Reshape", stem, b.constant("rows", Tensor([0, 4, -1])))
    let axes: [String: Attribute] = ["axes": .ints([2])]
    let centred = b.node("Sub", rows, b.node("ReduceMean", rows, attributes: axes))
    let variance = b.node("ReduceMean", b.node("Mul", centred, centred), attributes: axes)
    let normal = b.node("Div", centred, b.node("Sqrt", variance))
    b.head(b.node("Relu", b.node("Reshape", normal, b.node("Shape", stem))), 12)
    let found = try groups(of: b.network)
    #expect(found.layer("stem").isPrunable)
  }

  @Test func aSpatialGateOfOneChannelStays() throws {
    var b = NetworkBuilder()
    let x = b.input("x", [1, 3, 4, 4])
    let stem = b.block(x, 3, 6, "stem")
    b.head(b.node("Mul", stem, b.node("Sigmoid", b.conv(stem, 6, 1, "gate"))), 6)
    let found = try groups(of: b.network)
    #expect(!found.layer("gate").isPrunable)
    #expect(found.layer("stem").isPrunable)
    #expect(found.partners("stem") == ["stem"])
  }

  @Test func everyFrozenLayerHasAReason() throws {
    for (name, network) in NetworkFixtures.all {
      let found = try groups(of: network)
      for layer in found.layers {
        #expect(layer.isPrunable == (layer.reason == nil), "\(name): \(layer.layer.name)")
        #expect(layer.units.count == layer.layer.kernels)
      }
      for index in found.layers.indices { #expect(found.explain(layer: index).count >= 2) }
    }
  }

  @Test func anUnknownNameIsAnError() throws {
    let found = try groups(of: NetworkFixtures.plain())
    let error = #expect(throws: PruningError.self) { try found.explain("nowhere") }
    #expect(error?.sentence == "The model has no layer called nowhere.")
    #expect(error?.remedy == "Its layers are: c1, c2, fc.")
  }
}
