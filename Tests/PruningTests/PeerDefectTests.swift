import Graph
import Pruning
import TestSupport
import Testing

/// The defects of other pruning tools that were reproduced, one test each: none of them is ours.
@Suite struct PeerDefectTests {
  private func prepared(_ network: Network) throws -> (bound: BoundNetwork, groups: ChannelGroups) {
    let bound = try BoundNetwork(network)
    return (bound, try ChannelGroups(bound))
  }

  private func proposal(
    _ percent: Double, _ settings: PruningSettings = PruningSettings(), _ scope: Scope = .global,
    of network: Network, scores: ScoreTable? = nil
  ) throws -> (selection: Selection, groups: ChannelGroups, bound: BoundNetwork) {
    let (bound, groups) = try prepared(network)
    let table = scores ?? ScoreTable(.l2, of: groups, in: bound)
    let found = try settings.proposal(
      .percent(percent), scope: scope, scores: table, groups: groups, bound: bound)
    return (found.selection, groups, bound)
  }

  /// Blocks of convolution, normalization and activation of the given widths, and a classifier.
  private func chain(_ widths: [Int]) -> Network {
    var b = NetworkBuilder()
    var x = b.input("x", [1, 3, 6, 6])
    var channels = 3
    for (number, width) in widths.enumerated() {
      x = b.block(x, channels, width, "c\(number)")
      channels = width
    }
    b.head(x, channels)
    return b.network
  }

  @Test func theScaleOfANormalizationTakesPartInTheScore() throws {
    // Scores are taken behind the normalization and the activation, where its scale has done its work.
    let network = chain([8, 6])
    let (bound, groups) = try prepared(network)
    let points = ScorePoint.points(of: groups.layers.map(\.layer), in: bound)
    for layer in ["c0", "c1"] {
      let point = try #require(points.first { $0.layer == layer })
      let producer = try #require(network.nodes.first { $0.outputs.contains(point.value) })
      #expect(producer.op == "Relu")
      #expect(network.nodes.first { $0.outputs.contains(producer.inputs[0]!) }?.op == "BatchNormalization")
    }
  }

  @Test func everyExampleCountsNotOnlyTheLast() {
    var statistics = KernelStatistics(kernels: 2)
    statistics.add([4, 0])
    statistics.add([0, 1])
    #expect(statistics.mean == [2, 0.5])
    var other = KernelStatistics(kernels: 2)
    other.add([5, 2])
    statistics.merge(other)
    #expect(statistics.mean == [3, 1])
    #expect(statistics.count == 3)
  }

  /// Two runs whose means differ spread further than either does.
  @Test func statisticsOfTwoRunsAreThoseOfOne() {
    let examples: [[Double]] = [[1, 10], [2, 10], [6, 11], [20, -4], [21, -5]]
    var together = KernelStatistics(kernels: 2)
    for example in examples { together.add(example) }
    #expect(together.variance(0) == 95.5)
    for split in 0...examples.count {
      var (first, second) = (KernelStatistics(kernels: 2), KernelStatistics(kernels: 2))
      for example in examples[..<split] { first.add(example) }
      for example in examples[split...] { second.add(example) }
      first.merge(second)
      #expect(first.count == 5)
      for kernel in 0..<2 {
        #expect(abs(first.mean[kernel] - together.mean[kernel]) < 1e-12)
        #expect(abs(first.variance(kernel) - together.variance(kernel)) < 1e-9)
        #expect(abs(first.standardError[kernel] - together.standardError[kernel]) < 1e-9)
      }
    }
  }

  @Test func aNarrowLayerIsPrunedLikeTheOthers() throws {
    var settings = PruningSettings()
    settings.minimumKept = 4
    let (selection, groups, _) = try proposal(50, settings, .layer, of: chain([12, 16]))
    #expect(selection.keptKernels[groups.index(of: "c0")!].count == 6)
    #expect(selection.keptKernels[groups.index(of: "c1")!].count == 8)
  }

  @Test func aHigherRatioNeverGivesALargerNetwork() throws {
    // All of one layer is worth less than anything else: it is kept at its floor, not given back whole.
    let network = chain([8, 8, 8])
    let (bound, groups) = try prepared(network)
    var scores = ScoreTable(.random, of: groups, in: bound, seed: 2)
    scores.layers["c1"] = KernelStatistics(exact: [Double](repeating: 1e-9, count: 8))
    var settings = PruningSettings()
    settings.normalization = .none
    var before = Int.max
    for percent in stride(from: 0.0, through: 100, by: 4) {
      let found = try proposal(percent, settings, of: network, scores: scores)
      let pruned = try network.removing(found.selection, groups: groups, bound: bound)
      let parameters = NetworkSummary(try BoundNetwork(pruned)).parameters
      #expect(parameters <= before)
      before = parameters
      let kept = found.selection.keptKernels[groups.index(of: "c1")!].count
      #expect(kept >= 1)
      if percent >= 40 { #expect(kept == 1) }
    }
  }

  @Test func noLayerLosesMoreThanItsShare() throws {
    let (selection, groups, _) = try proposal(50, .init(), .layer, of: chain([64, 32]))
    #expect(selection.keptKernels[groups.index(of: "c0")!].count == 32)
    #expect(selection.keptKernels[groups.index(of: "c1")!].count == 16)
  }

  @Test func aReplayedHistoryLeavesWhatTheFirstRunLeft() throws {
    let network = chain([10, 8])
    var current = network
    var plan = PruningPlan(model: "model.onnx", fingerprint: network.fingerprint, steps: [])
    for percent in [40.0, 40, 40] {
      let found = try proposal(percent, .init(), .layer, of: current)
      plan.steps.append(
        .init(
          criterion: .l2, examples: 0, settings: PruningSettings(), selection: found.selection,
          groups: found.groups))
      current = try current.removing(found.selection, groups: found.groups, bound: found.bound)
    }
    let replayed = try plan.apply(to: network)
    #expect(replayed.fingerprint == current.fingerprint)
    // 10 → 6 → 4 → 3, each step of what the one before left.
    #expect(NetworkSummary(try BoundNetwork(replayed)).layers.first?.kernels == 3)
  }

  @Test func aChannelShuffleMapsTheFirstTwoChannelsToPlacesNoughtAndTwo() throws {
    var b = NetworkBuilder()
    let stem = b.conv(b.input("x", [1, 3, 5, 5]), 3, 8, "stem", kernel: 1)
    b.head(b.conv(b.shuffle(stem, 8, groups: 2, 5), 8, 3, "consumer", kernel: 1), 3)
    let (_, groups) = try prepared(b.network)
    let taken = [0, 1].map { kernel in
      groups.slices(ofUnit: groups.layers[0].units[kernel])
        .first { b.network.name(of: $0.constant) == "consumer.weight" }?.indices
    }
    // Beside them stand those of the other half, 4 and 5, which may stay.
    #expect(taken == [[0], [2]])
  }

  @Test(arguments: ["CRD", "DCR"]) func pixelShuffleIsPruned(_ mode: String) throws {
    var b = NetworkBuilder()
    let stem = b.conv(b.input("x", [1, 3, 4, 4]), 3, 16, "stem")
    let large = b.node(
      "DepthToSpace", stem, attributes: ["blocksize": .int(2), "mode": .string(mode)])
    b.head(b.conv(large, 4, 5, "next"), 5)
    let pruned = try Pruned(b.network, percent: 50, seed: 1)
    #expect(pruned.selection.keptKernels[0].count % 4 == 0)
    #expect(pruned.selection.keptKernels[0].count < 16)
    let (rewritten, masked) = try pruned.outputs(seed: 1)
    #expect(largestDifference(rewritten, masked) < 1e-9)
  }

  @Test(arguments: [("LSTM", 4), ("GRU", 3)]) func recurrentLayersBehindConvolutionsArePruned(
    _ op: String, _ gates: Int
  ) throws {
    var b = NetworkBuilder()
    let features = b.block(b.input("x", [1, 1, 4, 6]), 1, 8, "features")
    let columns = b.node("ReduceMean", features, attributes: ["axes": .ints([2]), "keepdims": .int(0)])
    let sequence = b.node("Transpose", columns, attributes: ["perm": .ints([2, 0, 1])])
    let read = b.nodes(
      op, [sequence, b.constant("w", [1, gates * 5, 8]), b.constant("r", [1, gates * 5, 5])],
      ["hidden_size": .int(5)], outputs: 2)
    let last = b.node("Squeeze", read[1], b.constant("direction", Tensor([0])))
    b.output(b.gemm(last, 5, 3, "classes"))
    let pruned = try Pruned(b.network, percent: 50, seed: 1)
    #expect(pruned.selection.keptKernels[0].count < 8)
    let (rewritten, masked) = try pruned.outputs(seed: 1)
    #expect(largestDifference(rewritten, masked) < 1e-9)
  }

  @Test func biasesSharedBehindIdentityAreCutWithTheirKernels() throws {
    var b = NetworkBuilder()
    let bias = b.constant("bias", [8])
    let first = b.conv(b.input("x", [1, 3, 4, 4]), 3, 8, "first", bias: bias)
    let second = b.conv(b.node("Relu", first), 8, 8, "second", bias: b.node("Identity", bias))
    b.head(b.node("Relu", second), 8)
    let pruned = try Pruned(b.network, percent: 50, seed: 5)
    #expect(pruned.selection.keptKernels[0] != pruned.selection.keptKernels[1])
    let bound = try BoundNetwork(pruned.network)
    for layer in NetworkSummary(bound).layers where layer.op == "Conv" {
      let node = try #require(pruned.network.nodes.first { $0.id == layer.node })
      #expect(bound.shape(of: node.inputs[2]!) == [layer.kernels])
    }
    let (rewritten, masked) = try pruned.outputs(seed: 5)
    #expect(largestDifference(rewritten, masked) < 1e-9)
  }
}
