import Datasets
import Foundation
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
    var before = Set<Int>()
    for percent in stride(from: 100.0, through: 5, by: -5) {
      let target: PruningTarget =
        switch counted {
        case "parameters": .parameters(keepPercent: percent)
        case "operations": .multiplyAccumulates(keepPercent: percent)
        default: .peakMemory(keepPercent: percent)
        }
      let choice = try Chooser(opened, scores: curves.scores(of: opened.groups))
        .choice(RemovalRequest(target))
      let removed = Set(choice.selection.removedUnits)
      #expect(removed.count >= before.count, "\(percent) %")
      before = removed
    }
    #expect(!before.isEmpty)
  }

  /// Two costs are met together, and that is expected to lose no more than to meet one of them first and go on with its
  /// order until the other one is met.
  @Test func severalCostsAreMetForTheLeastLoss() throws {
    let opened = try OpenNetwork(RedundantNetwork.network(.convolution, copies: RedundantNetwork.twice))
    let curves = try measured(opened, CurveSettings(examples: 40, measuredExamples: 40, widths: 8))
    let chooser = Chooser(opened, scores: curves.scores(of: opened.groups))
    func chosen(_ targets: [PruningTarget]) throws -> (loss: Double, preview: Preview, units: [Int]) {
      let request = RemovalRequest(targets[0], further: Array(targets.dropFirst()))
      let choice = try chooser.choice(request)
      #expect(choice.shortfall == nil)
      let loss = curves.loss(without: choice.selection, in: opened.groups)
      return (
        loss, Preview(choice.selection, groups: opened.groups, bound: opened.bound),
        choice.selection.removedUnits
      )
    }
    let (operations, parameters) = (
      PruningTarget.multiplyAccumulates(keepPercent: 55), PruningTarget.parameters(keepPercent: 45)
    )
    func meetsBoth(_ preview: Preview) -> Bool {
      Double(preview.multiplyAccumulates.after) <= 0.55 * Double(preview.multiplyAccumulates.before)
        && Double(preview.parameters.after) <= 0.45 * Double(preview.parameters.before)
    }
    func alone(_ measure: CostMeasure) throws -> Double {
      for percent in stride(from: 100.0, through: 1, by: -1) {
        let found = try chosen([.keeping(.percent(percent), of: measure)])
        if meetsBoth(found.preview) { return found.loss }
      }
      return .infinity
    }
    let both = try chosen([operations, parameters])
    #expect(meetsBoth(both.preview))
    // One or two cheap kernels come back where a single limit leaves room for them and two do not.
    for measure in [CostMeasure.multiplyAccumulates, .parameters] {
      let alone = try alone(measure)
      #expect(both.loss <= 1.1 * alone, "\(measure): \(both.loss) of \(alone)")
    }
    // The order of the costs says nothing.
    #expect(try chosen([parameters, operations]).units == both.units)
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

  /// A choice that is ended decides by what was measured, whichever stage it is in, and meets its target; without any curve
  /// there is none.
  @Test(arguments: [60.0, 15]) func oneThatWasEndedMeetsItsTarget(percent: Double) throws {
    let opened = try OpenNetwork(
      RedundantNetwork.network(.depthwiseThenPointwise, copies: RedundantNetwork.twice))
    let folder = try TemporaryFolder()
    let dataset = try Dataset(
      RedundantNetwork.data(in: folder), preferring: [], fitting: [nil, 2, 8, 8])
    func run() -> ChoiceRun {
      ChoiceRun(
        opened, dataset: dataset, request: RemovalRequest(.parameters(keepPercent: percent)),
        settings: CurveSettings(examples: 40, measuredExamples: 40, widths: 6),
        recovery: RecoverySettings(methods: [.refit], examples: 40), meter: LatencyMeter())
    }
    var steps = 0
    let whole = run()
    while try whole.step() { steps += 1 }
    #expect(try whole.settle() == nil && !whole.isSettled)
    let target = try #require(whole.choice).selection
    var ended = 0
    for last in 0..<steps {
      let run = run()
      for _ in 0..<last { _ = try run.step() }
      guard let measured = try run.settle() else {
        #expect(run.choice == nil && ended == 0, "something was known before")
        continue
      }
      ended += 1
      let choice = try #require(run.choice)
      #expect(measured.groups > 0 && measured.groups <= measured.of)
      #expect(choice.shortfall == nil || choice.shortfall == whole.choice?.shortfall)
      #expect(abs(choice.selection.removedUnits.count - target.removedUnits.count) <= 2)
      // The steps lead to what the choice says.
      var network = opened
      for step in run.steps { network = try network.removing(step.choice.selection) }
      network = try network.removing(try #require(run.lastChoice).selection)
      let direct = try opened.removing(choice.selection)
      #expect(network.summary.parameters == direct.summary.parameters)
    }
    #expect(ended > 0 || steps < 3)
  }

  /// Scores by measured losses are in the order in which the kernels go, and carry the curves that targets are shared out
  /// by; what a run that was broken off had measured is not measured again.
  @Test func scoresCarryTheirCurves() throws {
    let opened = try OpenNetwork(RedundantNetwork.network(.convolution, copies: RedundantNetwork.twice))
    let folder = try TemporaryFolder()
    let dataset = try Dataset(
      RedundantNetwork.data(in: folder), preferring: [], fitting: [nil, 2, 8, 8])
    func run(continuing earlier: (table: ScoreTable, visited: Int)? = nil) throws -> ScoringRun {
      try ScoringRun(opened, dataset: dataset, criterion: .obs, continuing: earlier, limit: 40)
    }
    let first = try run()
    while try first.step() {}
    let table = first.table
    let curves = try #require(table.curves)
    #expect(curves.isAbout(opened.groups) && table.examples == 40)
    for (layer, statistics) in table.layers {
      let coupled = opened.groups.layers[try #require(opened.groups.index(of: layer))]
      let order = try #require(curves.curves[coupled.groups[0]]).order
      let places = coupled.units.map { order.firstIndex(of: $0) }
      let ranked = statistics.mean.indices.sorted { statistics.mean[$0] < statistics.mean[$1] }
      #expect(ranked.map { places[$0] } == ranked.map { places[$0] }.sorted { ($0 ?? 0) < ($1 ?? 0) })
    }
    // What is kept of a session and read again.
    let read = try JSONDecoder().decode(ScoreTable.self, from: JSONEncoder().encode(table))
    #expect(read == table)
    let again = try run(continuing: (read, first.visited))
    #expect(try !again.step() && again.table == table)
    #expect(
      try Chooser(opened, scores: read).choice(RemovalRequest(.parameters(keepPercent: 60))).selection
        == Chooser(opened, scores: table).choice(RemovalRequest(.parameters(keepPercent: 60))).selection)
  }

  /// Where a run is stopped, groups that were not measured count as those that were: what is there is used, and the others
  /// are not stripped for nothing.
  @Test func aStoppedRunDecidesByWhatIsThere() throws {
    let opened = try OpenNetwork(
      RedundantNetwork.network(.depthwiseThenPointwise, copies: RedundantNetwork.twice))
    let whole = try measured(opened, CurveSettings(examples: 40, measuredExamples: 40, widths: 5))
    let known = try #require(whole.curves.firstIndex { ($0?.points.last?.loss ?? 0) > 0 })
    var half = whole
    for group in half.curves.indices where group != known { half.curves[group] = nil }
    let choice = try Chooser(opened, scores: half.scores(of: opened.groups))
      .choice(RemovalRequest(.parameters(keepPercent: 70)))
    #expect(choice.shortfall == nil)
    let gone = Set(choice.selection.removedUnits)
    for (group, measured) in zip(opened.groups.groups, half.curves) where measured == nil {
      #expect(!Set(group.units).isSubset(of: gone), "a group that was not measured is not stripped")
    }
    // Of another network they say nothing.
    let other = try OpenNetwork(RedundantNetwork.network(.convolution, copies: { _, _ in }))
    #expect(half.isAbout(other.groups) == (other.groups.groups.count == half.curves.count))
  }
}
