import Datasets
import Graph
import Pruning
import Session
import TestSupport
import Testing

/// What is measured as groups are narrowed, and what a target makes of it.
@Suite struct CurveTests {
  private func measured(_ opened: OpenNetwork, _ settings: CurveSettings) throws -> LossCurves {
    let folder = try TemporaryFolder()
    let dataset = try Dataset(
      RedundantNetwork.data(in: folder), preferring: [], fitting: [nil, 2, 8, 8])
    let run = try CurveRun(opened, dataset: dataset, settings: settings)
    while try run.step() {}
    #expect(run.progress.done == run.progress.total)
    return run.curves
  }

  /// A channel that another one is a multiple of costs nothing where its readers are refitted: one of each pair goes
  /// before anything else does, and nothing is lost by then.
  @Test(arguments: RedundantNetwork.Reader.allCases)
  func whatOthersKnowGoesFirst(reader: RedundantNetwork.Reader) throws {
    let opened = try OpenNetwork(RedundantNetwork.network(reader, copies: RedundantNetwork.twice))
    let group = try #require(opened.groups.index(of: "first").map { opened.groups.layers[$0].groups[0] })
    let curves = try measured(opened, CurveSettings(examples: 80, measuredExamples: 80, widths: 8))
    let curve = try #require(curves.curves[group])
    #expect(Set(curve.order) == Set(opened.groups.groups[group].units))
    let kernels = curve.order.map { unit in
      opened.groups.units[unit].kernels.first { opened.groups.layers[$0.layer].layer.name == "first" }!.index
    }
    #expect(Set(kernels.prefix(4).map { $0 % 4 }) == [0, 1, 2, 3], "\(kernels)")
    let half = try #require(curve.points.first { $0.removed == 4 })
    let most = try #require(curve.points.last)
    #expect(most.loss > 0)
    #expect(half.loss < 1e-3 * most.loss, "\(curve.points)")
  }

  /// Lower targets are never larger networks, whatever is counted.
  @Test(arguments: ["parameters", "operations", "memory"])
  func aLowerTargetNeverLeavesMore(counted: String) throws {
    let opened = try OpenNetwork(
      RedundantNetwork.network(.depthwiseThenPointwise) { weights, biases in
        RedundantNetwork.twice(&weights, &biases)
      })
    let curves = try measured(opened, CurveSettings(examples: 40, measuredExamples: 40, widths: 5))
    let scores = ScoreTable(.l2, of: opened.groups, in: opened.bound)
    var before = Set<Int>()
    for percent in stride(from: 100.0, through: 5, by: -5) {
      let target: PruningTarget =
        switch counted {
        case "parameters": .parameters(keepPercent: percent)
        case "operations": .multiplyAccumulates(keepPercent: percent)
        default: .peakMemory(keepPercent: percent)
        }
      var chooser = Chooser(opened, scores: scores)
      chooser.curves = curves
      let choice = try chooser.choice(RemovalRequest(target))
      let removed = Set(choice.selection.removedUnits)
      #expect(removed.count >= before.count, "\(percent) %")
      before = removed
    }
    #expect(!before.isEmpty)
  }

  /// A low target is reached in stages, and what goes is said in the original's kernels.
  @Test func aLowTargetIsReachedInStages() throws {
    let opened = try OpenNetwork(
      RedundantNetwork.network(.convolution, copies: RedundantNetwork.twice))
    let folder = try TemporaryFolder()
    let dataset = try Dataset(
      RedundantNetwork.data(in: folder), preferring: [], fitting: [nil, 2, 8, 8])
    func chosen(_ percent: Double) throws -> ChoiceRun {
      let run = ChoiceRun(
        opened, dataset: dataset, request: RemovalRequest(.parameters(keepPercent: percent)),
        settings: CurveSettings(examples: 40, measuredExamples: 40, widths: 6),
        recovery: RecoverySettings(methods: [.refit], examples: 40), meter: LatencyMeter())
      while try run.step() {}
      return run
    }
    #expect(try chosen(60).stages == [60])
    // One kernel of eight is the least, and more than 12 %.
    let run = try chosen(12)
    #expect(run.stages.count > 1 && run.stages.last == 12)
    let choice = try #require(run.choice)
    let first = try #require(opened.groups.index(of: "first"))
    let kept = choice.selection.keptKernels[first].count
    #expect(choice.settings.amounts["first"] == .keep(kept) && kept == 1)
    #expect(choice.shortfall == .obstacles)
  }
}
