import Foundation
import Graph
import Pruning
import TestSupport
import Testing

@Suite struct FastWidthTests {
  /// Two layers in a row, the second of 64 kernels.
  private static func network(kernels: Int = 64) throws -> ScoredNetwork {
    var b = NetworkBuilder()
    let x = b.block(b.input("x", [1, 3, 4, 4]), 3, kernels, "first")
    b.head(b.block(x, kernels, 64, "second"), 64)
    return try ScoredNetwork(b.network)
  }

  /// The kernels that are left of the first layer where so many are asked to stay.
  private static func kept(_ asked: Int, _ times: WidthTimes, in network: ScoredNetwork) throws -> Int {
    var settings = PruningSettings()
    settings.multiple = PruningSettings.fastMultiple
    settings.snapsToFastWidths = true
    settings.amounts["first"] = .keep(asked)
    let selection = try Selection(settings, scores: network.scores, groups: network.groups, times: times)
    return selection.keptKernels[0].count
  }

  /// A machine that computes blocks of 16 kernels, each in the same time.
  private static func blocks(_ change: (Int) -> Double = { _ in 1 }) -> WidthTimes {
    WidthTimes(
      layers: [
        "first": (1...64).reduce(into: [:]) { $0[$1] = Double(($1 + 15) / 16) * 1e-3 * change($1) }
      ])
  }

  @Test func whatIsNotMeasuredComesInMultiples() throws {
    let network = try Self.network()
    for asked in [20, 30, 44, 60] {
      #expect(
        try Self.kept(asked, WidthTimes(), in: network) == [20: 16, 30: 32, 44: 48, 60: 64][asked])
    }
  }

  @Test func aWidthThatIsMuchFasterForEachKernelIsPreferred() throws {
    let network = try Self.network()
    // 28 kernels take half as long as a block machine would.
    let times = Self.blocks { $0 == 28 ? 0.5 : 1 }
    #expect(try Self.kept(30, times, in: network) == 28)
    #expect(try Self.kept(33, times, in: network) == 28)
    #expect(try Self.kept(47, times, in: network) == 48, "other multiples stay")
  }

  @Test func whatSpeaksAgainstAMultipleIsFarFromIt() {
    #expect(!WidthTimes.speak([24: 1, 28: 1, 32: 1, 36: 1.8], against: 32))
    #expect(!WidthTimes.speak([24: 1, 28: 0.8, 32: 1], against: 32), "a few percent for each kernel")
    #expect(WidthTimes.speak([24: 0.6, 28: 1, 32: 1], against: 32))
    #expect(WidthTimes.speak([32: 1.5, 36: 1.2], against: 32))
    #expect(!WidthTimes.speak([36: 1.2], against: 32))
  }

  @Test func keepingAllIsNoFastWidth() throws {
    let network = try Self.network(kernels: 20)
    #expect(try Self.kept(12, Self.blocks { $0 == 20 ? 0.1 : 1 }, in: network) == 16)
  }

  /// What the shortest of several runs still differs by from day to day must not choose another network.
  @Test(arguments: 0..<40) func aFewPercentDoNotFlipAChoice(seed: UInt64) throws {
    let network = try Self.network()
    var generator = SeededGenerator(seed: seed)
    // A machine of blocks, and one to which all widths are alike.
    let machines = [Self.blocks(), Self.blocks { Double($0) / Double(($0 + 15) / 16) }]
    for machine in machines {
      let noisy = WidthTimes(
        layers: machine.layers.mapValues { $0.mapValues { $0 * (0.97 + 0.06 * generator.unit()) } })
      for asked in [17, 25, 31, 40, 52] {
        #expect(try Self.kept(asked, noisy, in: network) == Self.kept(asked, machine, in: network))
        #expect(try Self.kept(asked, noisy, in: network) % 16 == 0)
      }
    }
  }

  /// Whatever was measured: who asks for less never gets more.
  @Test(arguments: 0..<20) func askingForLessNeverLeavesMore(seed: UInt64) throws {
    let network = try Self.network()
    var generator = SeededGenerator(seed: seed)
    let wild = Self.blocks { _ in 0.2 + generator.unit() }
    var before = 0
    for asked in 1...64 {
      let kept = try Self.kept(asked, wild, in: network)
      #expect(kept >= before)
      before = kept
    }
  }

  @Test func targetsTakeFastWidthsToo() throws {
    let network = try Self.network()
    var settings = PruningSettings()
    settings.multiple = PruningSettings.fastMultiple
    settings.snapsToFastWidths = true
    let proposal = try settings.proposal(
      .multiplyAccumulates(keepPercent: 50), scope: .layer, scores: network.scores, groups: network.groups,
      bound: network.bound, times: MeasuredTimes(widths: Self.blocks { $0 == 28 || $0 == 44 ? 0.5 : 1 }))
    let kept = proposal.selection.keptKernels.map(\.count)
    #expect([16, 28, 44, 64].contains(kept[0]))
    #expect(kept[1] % 16 == 0)
    // The proposal's own amounts lead to the same widths.
    let again = try Selection(
      proposal.settings, scores: network.scores, groups: network.groups,
      times: Self.blocks { $0 == 28 || $0 == 44 ? 0.5 : 1 })
    #expect(again.removedUnits == proposal.selection.removedUnits)
  }

  @Test func theMultiplesOfASelectionAreThoseItsRangesBelongTo() throws {
    let network = try Self.network()
    var settings = PruningSettings()
    for (kept, multiple) in [(16, 16), (28, 32), (24, 32), (23, 16), (40, 48)] {
      settings.amounts["first"] = .keep(kept)
      let selection = try Selection(settings, scores: network.scores, groups: network.groups)
      #expect(network.groups.multiplesKept(by: selection) == ["first": multiple])
      #expect(WidthTimes.candidates(near: multiple).contains(multiple))
    }
  }

  @Test func aPlanSaysThatWidthsWereFast() throws {
    var settings = PruningSettings()
    settings.multiple = PruningSettings.fastMultiple
    settings.snapsToFastWidths = true
    let step = PruningPlan.Step(criterion: .l2, examples: 0, settings: settings, kept: ["a": [0]])
    let plan = PruningPlan(model: "m.onnx", fingerprint: "f", steps: [step])
    #expect(plan.yaml.contains("round_to: fast"))
    #expect(try PruningPlan(yaml: plan.yaml, path: "plan.yaml") == plan)
  }

  /// The cache is a file that anybody may have written into.
  @Test(arguments: [
    #"{"kernels":[16],"inputs":[8,16],"seconds":[1]}"#, #"{"kernels":[],"inputs":[],"seconds":[]}"#,
    #"{"kernels":[16,8],"inputs":[8],"seconds":[1,2]}"#, #"{"kernels":[16],"inputs":[8],"seconds":[-1]}"#,
    #"{"kernels":[0],"inputs":[8],"seconds":[1]}"#,
  ])
  func whatIsNoGridOfTimesIsRefused(text: String) {
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(LatencyTable.Layer.self, from: Data(text.utf8))
    }
  }

  /// The table of an original serves what was pruned from it: there the rest takes less time too.
  @Test func aTableServesWhatWasMadeOfItsNetwork() throws {
    let network = try Self.network()
    let layer = LatencyTable.Layer(kernels: [16, 64], inputs: [3], seconds: [1, 4])
    let table = LatencyTable(
      layers: ["first": layer], rest: 2, activationBytes: network.groups.activationBytes)
    let model = LatencyModel(table, groups: network.groups)
    #expect(abs(model.seconds - 6) < 1e-9)
    var settings = PruningSettings()
    settings.amounts["first"] = .keep(16)
    let selection = try Selection(settings, scores: network.scores, groups: network.groups)
    let estimated = model.seconds(without: selection)
    #expect(estimated < 3 && estimated > 1)
    let pruned = try network.bound.network.removing(selection, groups: network.groups, bound: network.bound)
    let bound = try BoundNetwork(pruned)
    let after = LatencyModel(table, groups: try ChannelGroups(bound))
    #expect(abs(after.seconds - estimated) < 1e-9)
  }
}
