import Foundation
import Graph
import Pruning
import TestSupport
import Testing

/// What is tried of each set of tied layers, and the masks that stand for it.
@Suite struct SensitivityTests {
  private func trials(
    _ network: ScoredNetwork, _ settings: SensitivitySettings
  ) throws -> [SensitivityTrial] {
    try settings.trials(
      UnitScores(network.scores, groups: network.groups, settings: settings.pruning), groups: network.groups)
  }

  /// The tail that a trial's removal is measured with, from the values of the whole network.
  private func outputs(
    removing removed: [Int], of layers: [Int], in network: ScoredNetwork, _ whole: [ValueID: Tensor]
  ) throws -> [[Double]]? {
    let (groups, bound) = (network.groups, network.bound)
    let outputs = bound.network.outputs
    let tail: SilencedTail?
    var values: [ValueID: [Double]] = [:]
    if groups.changesStatistics(removing: removed, in: bound) {
      tail = try SilencedTail(removing: removed, of: groups, in: bound, outputs: outputs)
    } else {
      let units = Set(layers.flatMap { groups.layers[$0].groups }.flatMap { groups.groups[$0].units })
      tail = SilencedTail(units: units, of: groups, in: bound, outputs: outputs)
      values = tail?.masks(silencing: Set(removed)).mapValues { $0.map(Double.init) } ?? [:]
    }
    guard let tail else { return nil }
    for border in tail.borders { values[border] = try #require(whole[border]).doubles }
    let found = try ReferenceEvaluator(BoundNetwork(tail.network)).run(values)
    return try outputs.map { try #require(found[$0]).doubles }
  }

  @Test func silencingASetOfChannelsIsWhatRewritingLeaves() throws {
    var (compared, restricted) = (0, 0)
    var settings = SensitivitySettings()
    settings.levels = [30, 60, 90]
    for (name, network) in try ScoredNetwork.all() {
      var numbers = RandomNumbers(seed: 3)
      let (groups, bound) = (network.groups, network.bound)
      let feeds = bound.network.inputs.reduce(into: [ValueID: [Double]]()) { feeds, input in
        feeds[input] = numbers.numbers((bound.shape(of: input) ?? []).elementCount).map(Double.init)
      }
      guard let whole = try? ReferenceEvaluator(bound).run(feeds) else { continue }
      for trial in try trials(network, settings) {
        for (level, removed) in trial.removals.enumerated() where !removed.isEmpty {
          guard let found = try outputs(removing: removed, of: trial.layers, in: network, whole) else {
            continue
          }
          let amount = try PruningSettings().settingAmount(
            .percent(settings.levels[level]), for: groups.layers[trial.layers[0]].layer.name, in: groups)
          let selection = try Selection(amount, scores: network.scores, groups: groups)
          #expect(selection.removedUnits == removed, "\(name)")
          let pruned = try bound.network.removing(selection, groups: groups, bound: bound)
          let shapes = bound.network.inputs.reduce(into: [ValueID: [Int]]()) {
            $0[$1] = bound.shape(of: $1)
          }
          let values = try ReferenceEvaluator(BoundNetwork(pruned, inputShapes: shapes)).run(feeds)
          let expected = try pruned.outputs.map { try #require(values[$0]).doubles }
          #expect(
            largestDifference(found, expected) < 1e-9,
            "\(name): \(trial.layers.map { groups.layers[$0].layer.name }) at \(settings.levels[level]) %")
          compared += 1
          if groups.changesStatistics(removing: removed, in: bound) { restricted += 1 }
        }
      }
    }
    #expect(compared > 400)
    #expect(restricted > 10, "networks whose statistics run over channels are among them")
  }

  @Test func aTrialFollowsFloorsMultiplesAndProtection() throws {
    let network = try ScoredNetwork(NetworkFixtures.mobile(), seed: 2)
    var settings = SensitivitySettings()
    settings.pruning.maximumRatio = 0.5
    settings.pruning.multiple = 2
    let protected = try #require(network.groups.tiedLayers.first)
    settings.pruning.protected = [network.groups.layers[protected[0]].layer.name]
    settings.pruning.amounts = ["whatever": .percent(50)]
    for trial in try trials(network, settings) {
      for removed in trial.removals {
        if trial.layers == protected { #expect(removed.isEmpty) }
        for index in trial.layers {
          let layer = network.groups.layers[index]
          let kept = layer.layer.kernels - Set(layer.units).intersection(removed).count
          #expect(2 * kept >= layer.layer.kernels)
          if !removed.isEmpty, layer.layer.kernels % 2 == 0 { #expect(kept % 2 == 0) }
        }
      }
    }
    settings.levels = [50, 40]
    #expect(throws: PruningError.self) { try trials(network, settings) }
    settings.levels = [50]
    settings.layers = ["nowhere"]
    #expect(throws: PruningError.self) { try trials(network, settings) }
  }

  @Test func everyPrunableLayerIsInOneSet() throws {
    for (name, network) in try ScoredNetwork.all() {
      let sets = network.groups.tiedLayers
      let all = sets.flatMap { $0 }
      #expect(all.count == Set(all).count, "\(name)")
      for (index, layer) in network.groups.layers.enumerated() where layer.isPrunable {
        #expect(all.contains(index), "\(name): \(layer.layer.name)")
      }
    }
  }

  // MARK: Tables

  private func table(_ curves: [SensitivityTable.Curve], criterion: Criterion = .l2) -> SensitivityTable {
    var settings = SensitivitySettings()
    settings.levels = [50]
    return SensitivityTable(
      subject: .init(model: "m", criterion: criterion, data: "d", examples: 4, settings: settings),
      curves: curves)
  }

  private func curve(_ network: ScoredNetwork, weights: [String]) throws -> SensitivityTable.Curve {
    var settings = SensitivitySettings()
    settings.levels = [50]
    let trial = try #require(try trials(network, settings).first)
    var curve = SensitivityTable.Curve(trial, weights: weights, groups: network.groups)
    curve.points = [
      .init(level: 0, kernels: 8, measurement: .init(examples: 4, loss: 0.25, top1: 0.75, top5: 1)),
      .init(level: 50, kernels: 4, measurement: .init(examples: 4, loss: 0.3, top1: nil, top5: nil)),
    ]
    curve.isComplete = true
    return curve
  }

  @Test func csvHasDistillersColumns() throws {
    let network = try ScoredNetwork(NetworkFixtures.plain())
    var unfinished = try curve(network, weights: ["c2.weight"])
    unfinished.isComplete = false
    let table = table([try curve(network, weights: ["c1.weight", "a,\"b\""]), unfinished])
    #expect(
      table.csv == #"""
        parameter,sparsity,top1,top5,loss
        c1.weight,0,75,100,0.25
        c1.weight,0.5,,,0.3
        "a,""b""",0,75,100,0.25
        "a,""b""",0.5,,,0.3

        """#)
  }

  @Test func tablesComeBackFromJSONAndOthersAreRefused() throws {
    let network = try ScoredNetwork(NetworkFixtures.plain())
    let table = table([try curve(network, weights: ["c1.weight"])])
    let back = try JSONDecoder().decode(SensitivityTable.self, from: JSONEncoder().encode(table))
    #expect(back == table)
    try table.check(fits: back.subject)
    do {
      try self.table([], criterion: .l1).check(fits: table.subject)
      Issue.record("curves of another criterion were taken")
    } catch let error as PruningError {
      #expect(error.sentence.contains("criterion (l1)"))
    }
  }

  @Test func betweenLevelsCurvesAreStraight() throws {
    var curve = try curve(ScoredNetwork(NetworkFixtures.plain()), weights: [])
    curve.points[1] = .init(
      level: 50, kernels: 4, measurement: .init(examples: 4, loss: 0.75, top1: 0.25, top5: 1))
    let between = try #require(curve.measurement(at: 25))
    #expect(between.loss == 0.5 && between.top1 == 0.5)
    #expect(curve.measurement(at: 51) == nil)
    #expect(curve.measurement(at: 0) == curve.baseline)
  }
}
