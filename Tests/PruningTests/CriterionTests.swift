import Graph
import Pruning
import TestSupport
import Testing

@Suite struct CriterionTests {
  @Test func everyCriterionIsExplained() {
    for criterion in Criterion.allCases {
      let definition = criterion.definition
      for text in [definition.summary, definition.formula, definition.paper, definition.advice] {
        #expect(!text.isEmpty, "\(criterion)")
      }
      #expect(criterion.needsData || !criterion.needsLoss, "\(criterion)")
    }
    #expect(Set(Criterion.allCases.map(\.definition.formula)).count == Criterion.allCases.count)
  }

  @Test func distancesAreThoseToEveryOtherKernel() throws {
    var b = NetworkBuilder(seed: 7)
    let x = b.input("x", [1, 3, 4, 4])
    b.output(b.conv(b.conv(x, 3, 5, "in"), 5, 2, "out"))
    let bound = try BoundNetwork(b.network)
    let groups = try ChannelGroups(bound)
    let weight = try #require(b.network.value(named: "in.weight").flatMap { b.network.constants[$0] }).doubles
    let kernels = (0..<5).map { Array(weight[$0 * 27..<($0 + 1) * 27]) }
    let expected = kernels.map { a in
      kernels.reduce(0.0) { sum, b in
        sum + zip(a, b).reduce(0.0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
      }
    }
    let found = try #require(ScoreTable(.geometricMedian, of: groups, in: bound).layers["in"]?.mean)
    for (a, b) in zip(found, expected) { #expect(abs(a - b) < 1e-5 * b) }
  }

  /// In a transposed convolution of two groups a kernel's weights lie in rows of its own half.
  @Test func distancesFollowTheKernelAxis() throws {
    let bound = try BoundNetwork(NetworkFixtures.transposedHalves())
    let found = try #require(
      ScoreTable(.geometricMedian, of: ChannelGroups(bound), in: bound).layers["up"]?.mean)
    let kernels: [(Double, Double)] = [(1, 3), (-2, 4), (5, 7), (6, -8)]
    for (kernel, sum) in zip(kernels, found) {
      let expected = kernels.reduce(0.0) { sum, other in
        let (x, y) = (kernel.0 - other.0, kernel.1 - other.1)
        return sum + (x * x + y * y).squareRoot()
      }
      #expect(abs(sum - expected) < 1e-5)
    }
  }

  @Test func scalesAreThoseOfTheNormalizationBehind() throws {
    let network = NetworkFixtures.plain()
    let bound = try BoundNetwork(network)
    let table = ScoreTable(.normalizationScale, of: try ChannelGroups(bound), in: bound)
    #expect(Set(table.layers.keys) == ["c1", "c2"], "the classifier has no normalization")
    let scale = try #require(network.value(named: "c1.norm.scale").flatMap { network.constants[$0] })
    #expect(scale.doubles.contains { $0 < 0 })
    #expect(table.layers["c1"]?.mean == scale.doubles.map(abs))
  }

  @Test func costlyKernelsGoFirst() throws {
    let bound = try BoundNetwork(NetworkFixtures.plain())
    let groups = try ChannelGroups(bound)
    var scores = ScoreTable(criterion: .l2)
    scores.layers["c1"] = KernelStatistics(exact: [Double](repeating: 1, count: 8))
    scores.layers["c2"] = KernelStatistics(exact: [Double](repeating: 1, count: 6))
    func ranking(_ penalty: Double) -> UnitScores {
      var settings = PruningSettings()
      settings.normalization = .none
      settings.macPenalty = penalty
      return UnitScores(scores, groups: groups, settings: settings)
    }
    // 3·3·3 and 8·3·3 multiply-accumulates for each of 64 pixels.
    let penalized = ranking(10).values
    #expect(abs(penalized[groups.layers[0].units[0]] - (1 - 10 * 27 * 64 / 1e6)) < 1e-12)
    #expect(abs(penalized[groups.layers[1].units[0]] - (1 - 10 * 72 * 64 / 1e6)) < 1e-12)
    // Equal scores go in the order of their numbers; the penalty brings the second layer to the front.
    #expect(ranking(0).order == groups.layers[0].units + groups.layers[1].units)
    #expect(ranking(10).order == groups.layers[1].units + groups.layers[0].units)
  }

  @Test func scoresOfUnitsAreNotAddedUp() throws {
    let bound = try BoundNetwork(NetworkFixtures.residual())
    let groups = try ChannelGroups(bound)
    let unit = try #require(groups.units.firstIndex { $0.kernels.count > 1 && $0.freezeReason == nil })
    func value(_ criterion: Criterion) -> Double {
      let layers = groups.layers.reduce(into: [:]) {
        $0[$1.layer.name] = KernelStatistics(exact: [Double](repeating: 3, count: $1.layer.kernels))
      }
      return UnitScores(
        ScoreTable(criterion: criterion, layers: layers), groups: groups, normalization: .none,
        aggregation: .sum
      ).values[unit]
    }
    #expect(value(.taylorGate) == 3)
    #expect(value(.oracle) == 3)
    #expect(value(.taylor) == Double(3 * groups.units[unit].kernels.count))
  }

  /// What stands behind a group, run with zeros in its masks, computes what the whole network does once the
  /// consumers' weights are zero. (Statistics over channels run over those that stay: there the two differ.)
  @Test func aSilencedTailIsTheMaskedNetwork() throws {
    var checked = 0
    for (name, network) in NetworkFixtures.all {
      let bound = try BoundNetwork(network)
      let groups = try ChannelGroups(bound)
      var numbers = RandomNumbers(seed: 11)
      let feeds = bound.network.inputs.reduce(into: [ValueID: [Double]]()) { feeds, input in
        feeds[input] = (0..<(bound.shape(of: input) ?? []).elementCount).map { _ in numbers.number(-1, 1) }
      }
      guard let whole = try? ReferenceEvaluator(bound).run(feeds) else { continue }
      for (index, group) in groups.groups.enumerated() where group.inexact == nil {
        let outputs = bound.network.outputs
        guard let tail = SilencedTail(group: index, of: groups, in: bound, outputs: outputs) else {
          continue
        }
        let behind = try BoundNetwork(tail.network)
        for unit in [nil, group.units.first, group.units.last] {
          var values = tail.masks(silencing: unit.map { [$0] } ?? []).mapValues { $0.map(Double.init) }
          for border in tail.borders { values[border] = try #require(whole[border]).doubles }
          let found = try ReferenceEvaluator(behind).run(values)
          var expected = whole
          if let unit {
            let selection = Selection(
              removedUnits: [unit], keptKernels: groups.layers.map { Array(0..<$0.layer.kernels) },
              asked: groups.layers.map { _ in 0 })
            let masked = try BoundNetwork(network.masked(selection, groups: groups, bound: bound))
            expected = try ReferenceEvaluator(masked).run(feeds)
          }
          for output in outputs {
            let (a, b) = (try #require(found[output]).doubles, try #require(expected[output]).doubles)
            let scale = b.reduce(1e-9) { max($0, abs($1)) }
            let difference = zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } / scale
            #expect(a.count == b.count && difference < 1e-6, "\(name), group \(index)")
            checked += 1
          }
        }
      }
    }
    #expect(checked > 60)
  }
}

/// Fang et al. 2023's importance, worked out by hand.
@Suite struct GroupImportanceTests {
  @Test func allSlicesOfAUnitCountAndBiasesDoNot() throws {
    var build = NetworkBuilder(seed: 1)
    let x = build.input("x", [nil, 1, 4, 4])
    let first = build.constant(
      "first.weight",
      Tensor([Float](repeating: 2, count: 9) + [Float](repeating: 1, count: 9), shape: [2, 1, 3, 3]))
    let bias = build.constant("first.bias", Tensor([100, 1], shape: [2]))
    let conv = build.node("Conv", x, first, bias)
    let norm = build.node(
      "BatchNormalization", conv, build.constant("scale", Tensor([3, 5], shape: [2])),
      build.constant("shift", Tensor([100, 1], shape: [2])),
      build.constant("mean", Tensor([100, 1], shape: [2])),
      build.constant("variance", Tensor([100, 1], shape: [2])))
    let second = build.constant("second.weight", Tensor([1, 10, 2, 20], shape: [2, 2, 1, 1]))
    build.output(build.node("Conv", build.node("Relu", norm), second))
    let bound = try BoundNetwork(build.network)
    let table = ScoreTable(.groupL2, of: try ChannelGroups(bound), in: bound)
    let layer = try #require(table.layers["first"])
    // Kernel 0: 36 of its own, 9 of γ, 1 + 4 of what reads it; three slices.
    let expected: [Double] = [50.0 / 3, 534.0 / 3]
    #expect(layer.mean == expected)
  }
}
