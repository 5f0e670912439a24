import Graph
import Pruning
import TestSupport
import Testing

/// A bound network with its groups and random scores.
private struct Prepared {
  let bound: BoundNetwork
  let groups: ChannelGroups
  let scores: ScoreTable

  init(_ network: Network, _ policy: GroupedConvolutionPolicy = .automatic, seed: UInt64 = 1) throws {
    bound = try BoundNetwork(network)
    groups = try ChannelGroups(bound, policy: policy)
    scores = ScoreTable(.random, of: groups, in: bound, seed: seed)
  }

  func proposal(
    _ target: PruningTarget, _ scope: Scope = .global, _ settings: PruningSettings = PruningSettings()
  ) throws -> Proposal {
    try settings.proposal(target, scope: scope, scores: scores, groups: groups, bound: bound)
  }

  func kept(_ selection: Selection) -> [String: Int] {
    Dictionary(
      uniqueKeysWithValues: zip(groups.layers, selection.keptKernels).map { ($0.layer.name, $1.count) })
  }
}

/// The network of reference-systems.md §5: 28×28×1, three convolutions of 20 kernels, ten classes.
func referenceNetwork() -> Network {
  var b = NetworkBuilder()
  let x = b.input("x", [1, 1, 28, 28])
  func unit(_ x: ValueID, _ channels: Int, _ name: String, kernel: Int) -> ValueID {
    let weight = b.constant("\(name).weight", [20, channels, kernel, kernel])
    let pad = kernel == 3 ? 1 : 0
    let y = b.node(
      "Conv", x, weight, b.constant("\(name).bias", [20]),
      attributes: ["pads": .ints([pad, pad, pad, pad])])
    return b.node("Relu", b.norm(y, 20, "\(name).norm"))
  }
  let third = unit(unit(unit(x, 1, "conv1", kernel: 5), 20, "conv2", kernel: 3), 20, "conv3", kernel: 3)
  b.output(b.gemm(b.node("Flatten", third), 20 * 576, 10, "fc"))
  return b.network
}

@Suite struct SelectionTests {
  @Test func countsOfHALCON() throws {
    let prepared = try Prepared(referenceNetwork())
    #expect(prepared.groups.prunableKernelCount() == 57)
    #expect(prepared.groups.layers.count { $0.isPrunable } == 3)
    let tenth = try prepared.proposal(.percent(10)).selection
    #expect(tenth.removedKernelCount(in: prepared.groups) == 5)
    let all = try prepared.proposal(.percent(100)).selection
    #expect(prepared.kept(all) == ["conv1": 1, "conv2": 1, "conv3": 1, "fc": 10])
  }

  /// Sixteen kernels behind DepthToSpace, which go four at a time.
  private static func unitsOfFour() -> Network {
    var b = NetworkBuilder()
    let x = b.input("x", [1, 2, 6, 6])
    let trunk = b.node("Relu", b.node("Conv", x, b.constant("trunk.weight", [6, 2, 1, 1])))
    let wide = b.node("Conv", trunk, b.constant("wide.weight", [16, 6, 1, 1]))
    let shuffled = b.node("DepthToSpace", wide, attributes: ["blocksize": .int(2), "mode": .string("CRD")])
    b.output(b.node("Conv", shuffled, b.constant("tail.weight", [1, 4, 1, 1])))
    return b.network
  }

  /// Kernels behind DepthToSpace go four at a time, and the last four stay.
  @Test func unitsAreCountedAsUnits() throws {
    let prepared = try Prepared(Self.unitsOfFour())
    #expect(prepared.groups.removableKernels() == [5, 12, 0])
    #expect(prepared.groups.removableKernels(minimumKept: 5) == [1, 8, 0])
    #expect(prepared.groups.prunableKernelCount() == 17)
    for floor in [1, 5] {
      var settings = PruningSettings()
      settings.minimumKept = floor
      for scope in Scope.allCases {
        let all = try prepared.proposal(.percent(100), scope, settings)
        #expect(
          all.selection.removedKernelCount(in: prepared.groups)
            == prepared.groups.prunableKernelCount(minimumKept: floor))
        // A share of every layer asks for all of its kernels.
        #expect(floor > 1 || scope == .layer || all.isReached)
      }
    }
  }

  /// Where six are asked for, four go: eight would be more than was asked.
  @Test func noUnitGoesThatIsMoreThanWasAsked() throws {
    let prepared = try Prepared(Self.unitsOfFour())
    var settings = PruningSettings()
    settings.amounts = ["wide": .keep(10)]
    let selection = try Selection(settings, scores: prepared.scores, groups: prepared.groups)
    #expect(prepared.kept(selection) == ["trunk": 6, "wide": 12, "tail": 1])
  }

  /// Two, three and four channels of a layer go separate ways: one of each stays, however little is kept of the layer.
  @Test func noPieceOfASplitIsEmptied() throws {
    let prepared = try Prepared(NetworkFixtures.split())
    let settings = try PruningSettings().settingAmount(.percent(100), for: "stem", in: prepared.groups)
    let selection = try Selection(settings, scores: prepared.scores, groups: prepared.groups)
    let kept = selection.keptKernels[prepared.groups.index(of: "stem")!]
    #expect([0..<2, 2..<5, 5..<9].map { piece in kept.count(where: piece.contains) } == [1, 1, 1])
  }

  /// What is said to be removable is what goes when everything may.
  @Test(arguments: NetworkFixtures.all.map(\.name))
  func everythingThatCanGoGoesAtAHundredPercent(_ name: String) throws {
    let prepared = try Prepared(NetworkFixtures.all.first { $0.name == name }!.network, seed: 3)
    for floor in [1, 3] {
      var settings = PruningSettings()
      settings.minimumKept = floor
      let selection = try prepared.proposal(.percent(100), .global, settings).selection
      let lost = zip(prepared.groups.layers, selection.keptKernels).map { $0.layer.kernels - $1.count }
      #expect(lost == prepared.groups.removableKernels(minimumKept: floor), "\(name), floor \(floor)")
    }
  }

  @Test func countsOfMATLAB() throws {
    let prepared = try Prepared(referenceNetwork())
    #expect(prepared.groups.summary.parameters == 123_090)
    let split = try Selection(
      keeping: ["conv1": Array(0..<17), "conv2": Array(2..<20), "conv3": Array(1..<18)],
      groups: prepared.groups)
    let preview = Preview(split, groups: prepared.groups, bound: prepared.bound)
    #expect(preview.parameters.after == 104_019)
    #expect(prepared.groups.prunableKernelCount(minimumKept: 4) == 48)
    var settings = PruningSettings()
    settings.minimumKept = 4
    let eight = try prepared.proposal(.kernels(8), .global, settings).selection
    let network = try prepared.bound.network.removing(eight, groups: prepared.groups, bound: prepared.bound)
    #expect(try Prepared(network).groups.prunableKernelCount(minimumKept: 4) == 40)
  }

  /// Defect 4: a global ratio that grows never gives a larger network.
  @Test(arguments: NetworkFixtures.all.map(\.name), Scope.allCases)
  func higherTargetsGiveSmallerNetworks(_ name: String, _ scope: Scope) throws {
    let prepared = try Prepared(NetworkFixtures.all.first { $0.name == name }!.network, seed: 5)
    var before: Preview?
    for percent in stride(from: 0.0, through: 100, by: 5) {
      let selection = try prepared.proposal(.percent(percent), scope).selection
      let preview = Preview(selection, groups: prepared.groups, bound: prepared.bound)
      if let before {
        #expect(preview.parameters.after <= before.parameters.after)
        #expect(preview.multiplyAccumulates.after <= before.multiplyAccumulates.after)
      }
      before = preview
    }
  }

  @Test(arguments: NetworkFixtures.all.map(\.name))
  func targetsAreMetFromBelowAsNearAsPossible(_ name: String) throws {
    let prepared = try Prepared(NetworkFixtures.all.first { $0.name == name }!.network, seed: 9)
    for scope in Scope.allCases {
      for percent in [20.0, 50, 80] {
        let weights = try prepared.proposal(.parameters(keepPercent: percent), scope)
        let preview = Preview(weights.selection, groups: prepared.groups, bound: prepared.bound)
        let limit = percent / 100 * Double(preview.parameters.before)
        #expect((Double(preview.parameters.after) <= limit) == weights.isReached)
        let costs = try prepared.proposal(.multiplyAccumulates(keepPercent: percent), scope)
        let macs = Preview(costs.selection, groups: prepared.groups, bound: prepared.bound)
          .multiplyAccumulates
        #expect((Double(macs.after) <= percent / 100 * Double(macs.before)) == costs.isReached)
      }
    }
  }

  @Test(arguments: NetworkFixtures.all.map(\.name))
  func amountsOfAProposalRemoveTheSame(_ name: String) throws {
    let network = NetworkFixtures.all.first { $0.name == name }!.network
    for seed in 0..<4 {
      let prepared = try Prepared(network, seed: UInt64(seed))
      for scope in Scope.allCases {
        for target in [PruningTarget.percent(35), .kernels(6), .parameters(keepPercent: 45)] {
          let proposal = try prepared.proposal(target, scope)
          let again = try Selection(proposal.settings, scores: prepared.scores, groups: prepared.groups)
          #expect(again.removedUnits == proposal.selection.removedUnits)
        }
      }
    }
  }

  /// Defect 5: a floor clamps and is reported; nothing is dropped, nothing goes below.
  @Test func floorsHoldAndAskedIsToldFromGot() throws {
    let prepared = try Prepared(NetworkFixtures.residual())
    var settings = PruningSettings()
    settings.minimumKept = 3
    for layer in prepared.groups.layers where layer.isPrunable {
      settings.amounts[layer.layer.name] = .percent(100)
    }
    let selection = try Selection(settings, scores: prepared.scores, groups: prepared.groups)
    for (index, layer) in prepared.groups.layers.enumerated() where layer.isPrunable {
      #expect(selection.keptKernels[index].count == 3)
      #expect(selection.asked[index] == layer.layer.kernels)
    }
  }

  /// Defect 3: a share of a small layer is taken, not dropped.
  @Test func halfOfTwelveIsSix() throws {
    let prepared = try Prepared(NetworkFixtures.bottleneck())
    let settings = try PruningSettings().settingAmount(.percent(50), for: "stem", in: prepared.groups)
    let selection = try Selection(settings, scores: prepared.scores, groups: prepared.groups)
    #expect(prepared.kept(selection)["stem"] == 6)
    #expect(prepared.kept(selection)["c2"] == 6)
  }

  @Test func amountsReachPartners() throws {
    let prepared = try Prepared(NetworkFixtures.residual())
    let settings = try PruningSettings().settingAmount(.keep(5), for: "outer", in: prepared.groups)
    #expect(settings.amounts == ["stem": .keep(5), "outer": .keep(5)])
    let selection = try Selection(settings, scores: prepared.scores, groups: prepared.groups)
    #expect(prepared.kept(selection)["stem"] == 5)
    #expect(selection.keptKernels[0] == selection.keptKernels[prepared.groups.index(of: "outer")!])
    #expect(try settings.settingAmount(nil, for: "stem", in: prepared.groups).amounts.isEmpty)
  }

  /// Partners of other widths keep as large a share, and no less: five of sixteen are two of four and four of twelve.
  @Test func aNumberToKeepIsAShareOfThePartners() throws {
    let prepared = try Prepared(Self.uneven())
    let settings = try PruningSettings().settingAmount(.keep(5), for: "sum", in: prepared.groups)
    #expect(settings.amounts == ["sum": .keep(5), "narrow": .keep(2), "wide": .keep(4)])
  }

  /// 29 % of 100 is 29, though the product of the doubles is a little less.
  @Test(arguments: [29.0, 57, 58]) func aShareThatIsAWholeNumberIsThatNumber(percent: Double) throws {
    var b = NetworkBuilder()
    b.head(b.node("Relu", b.conv(b.input("x", [1, 3, 4, 4]), 3, 100, "wide")), 100)
    let prepared = try Prepared(b.network)
    let settings = try PruningSettings().settingAmount(.percent(percent), for: "wide", in: prepared.groups)
    let selection = try Selection(settings, scores: prepared.scores, groups: prepared.groups)
    #expect(prepared.kept(selection)["wide"] == 100 - Int(percent))
  }

  @Test func pinnedForcedAndProtected() throws {
    let prepared = try Prepared(NetworkFixtures.plain())
    var settings = PruningSettings()
    settings.amounts = ["c1": .keep(2), "c2": .keep(2)]
    settings.pinned = ["c1": [0, 1, 2]]
    settings.forced = ["c2": [5]]
    settings.protected = []
    let selection = try Selection(settings, scores: prepared.scores, groups: prepared.groups)
    #expect(selection.keptKernels[0].starts(with: [0, 1, 2]))
    #expect(selection.keptKernels[0].count == 3)
    #expect(!selection.keptKernels[1].contains(5))
    #expect(selection.keptKernels[1].count == 2)
    settings.protected = ["c1"]
    #expect(
      try Selection(settings, scores: prepared.scores, groups: prepared.groups).keptKernels[0].count == 8)
    settings.forced = ["fc": [0]]
    #expect(throws: PruningError.self) {
      try Selection(settings, scores: prepared.scores, groups: prepared.groups)
    }
    settings.forced = ["c2": [6]]
    #expect(throws: PruningError.noSuchKernel(layer: "c2", kernel: 6, kernels: 6)) {
      try Selection(settings, scores: prepared.scores, groups: prepared.groups)
    }
  }

  @Test func scoresThatAreNotNumbersCountAsZeroAndAreReported() throws {
    let prepared = try Prepared(NetworkFixtures.plain())
    var scores = prepared.scores
    scores.layers["c1"] = KernelStatistics(exact: [3, 2, .nan, 4, 5, .infinity, 6, 7])
    var settings = PruningSettings()
    settings.amounts = ["c1": .keep(5)]
    let selection = try Selection(settings, scores: scores, groups: prepared.groups)
    #expect(selection.nonFiniteScores == ["c1": [2, 5]])
    #expect(selection.keptKernels[0] == [0, 3, 4, 6, 7])
  }

  @Test func badAmountsAndTargetsAreErrors() throws {
    let prepared = try Prepared(NetworkFixtures.plain())
    for amount in [Amount.percent(-1), .percent(101), .percent(.nan), .keep(-1)] {
      #expect(throws: PruningError.self) {
        try PruningSettings().settingAmount(amount, for: "c1", in: prepared.groups)
      }
    }
    #expect(throws: PruningError.self) { try prepared.proposal(.percent(120)) }
    #expect(throws: PruningError.self) { try prepared.proposal(.kernels(-2)) }
  }

  @Test func normsFollowTheKernelAxis() throws {
    let bound = try BoundNetwork(NetworkFixtures.transposedHalves())
    let groups = try ChannelGroups(bound)
    #expect(ScoreTable(.l1, of: groups, in: bound).layers["up"]?.mean == [4, 6, 12, 14])
    let squares = ScoreTable(.l2, of: groups, in: bound).layers["up"]?.mean.map { ($0 * $0).rounded() }
    #expect(squares == [10, 20, 74, 100])
  }

  @Test func randomScoresFollowTheSeed() throws {
    let prepared = try Prepared(NetworkFixtures.plain(), seed: 4)
    #expect(prepared.scores == ScoreTable(.random, of: prepared.groups, in: prepared.bound, seed: 4))
    #expect(prepared.scores != ScoreTable(.random, of: prepared.groups, in: prepared.bound, seed: 5))
  }

  @Test func aggregationAndNormalization() throws {
    let prepared = try Prepared(NetworkFixtures.residual())
    var scores = prepared.scores
    scores.layers["stem"] = KernelStatistics(exact: [3, 4, 0, 0, 0, 0, 0, 0])
    scores.layers["outer"] = KernelStatistics(exact: [0, 0, 10, 0, 0, 0, 0, 0])
    func value(_ normalization: Normalization, _ aggregation: Aggregation) -> [Double] {
      let ranked = UnitScores(
        scores, groups: prepared.groups, normalization: normalization, aggregation: aggregation)
      return (0..<3).map { ranked.values[prepared.groups.layers[0].units[$0]] }
    }
    #expect(value(.l2, .sum) == [0.6, 0.8, 1].map { $0 })
    #expect(value(.none, .mean) == [1.5, 2, 5])
    #expect(value(.max, .max) == [0.75, 1, 1])
    #expect(value(.none, .first) == [3, 4, 0])
  }

  /// Members that all have a score: the largest of them is none of the others that aggregations give.
  @Test func theLargestMemberIsNotTheSum() throws {
    let prepared = try Prepared(NetworkFixtures.residual())
    var scores = ScoreTable(criterion: .l2)
    for layer in prepared.groups.layers.map(\.layer) {
      scores.layers[layer.name] = KernelStatistics(exact: [Double](repeating: 1, count: layer.kernels))
    }
    scores.layers["stem"] = KernelStatistics(exact: [3, 4, -3, 0, 0, 0, 0, 0])
    scores.layers["outer"] = KernelStatistics(exact: [2, 5, -2, 0, 0, 0, 0, 0])
    func value(_ aggregation: Aggregation) -> [Double] {
      let ranked = UnitScores(
        scores, groups: prepared.groups, normalization: .none, aggregation: aggregation)
      return (0..<3).map { ranked.values[prepared.groups.layers[0].units[$0]] }
    }
    #expect(value(.max) == [3, 5, -2])
    #expect(value(.sum) == [5, 9, -5])
    #expect(value(.auto) == value(.max))
  }

  /// A narrow layer and a wide one beside each other are added to a third: `narrow`'s four kernels go with the first four
  /// of `sum`, `wide`'s twelve with the others.
  private static func uneven() -> Network {
    var b = NetworkBuilder()
    let x = b.input("x", [1, 3, 4, 4])
    let beside = b.nodes(
      "Concat", [b.conv(x, 3, 4, "narrow"), b.conv(x, 3, 12, "wide")], ["axis": .int(1)], outputs: 1)[0]
    b.head(b.node("Relu", b.node("Add", beside, b.conv(x, 3, 16, "sum"))), 16)
    return b.network
  }

  /// The kernels of `narrow`, `wide` and `sum` that stay where `narrow`'s have these scores.
  private static func left(of narrow: [Double], percent: Double) throws -> [Int?] {
    let prepared = try Prepared(uneven())
    var scores = ScoreTable(criterion: .l2)
    scores.layers["narrow"] = KernelStatistics(exact: narrow)
    scores.layers["wide"] = KernelStatistics(exact: (0..<12).map { 10 + Double($0) })
    scores.layers["sum"] = KernelStatistics(exact: [Double](repeating: 0, count: 16))
    let proposal = try PruningSettings().proposal(
      .percent(percent), scope: .layer, scores: scores, groups: prepared.groups, bound: prepared.bound)
    let left = prepared.kept(proposal.selection)
    return ["narrow", "wide", "sum"].map { left[$0] }
  }

  /// The narrow layer's kernels are worth least, and still it loses no larger share than the others.
  @Test(arguments: [(25.0, [3, 9, 12]), (50.0, [2, 6, 8]), (75.0, [1, 3, 4])] as [(Double, [Int])])
  func noLayerLosesMoreThanItsShare(percent: Double, kept: [Int]) throws {
    #expect(try Self.left(of: [1, 2, 3, 4], percent: percent) == kept)
  }

  /// In `sum`, what goes with `narrow`'s first kernel is worth least: nothing of `wide` goes before it, though a kernel of
  /// twelve would be a smaller share than one of four.
  @Test(arguments: [(13.0, [4, 12, 16]), (25.0, [3, 9, 12])] as [(Double, [Int])])
  func theOrderOfScoresHoldsWithinALayer(percent: Double, kept: [Int]) throws {
    #expect(try Self.left(of: [1, 90, 91, 92], percent: percent) == kept)
  }
}
