import Graph
import Pruning
import TestSupport
import Testing

/// Percentages from curves that are made up, so that it is known what they say.
@Suite struct SuggestionTests {
  /// Three layers of the same shape and cost behind a stem, and a head.
  private static func network() throws -> ScoredNetwork {
    var b = NetworkBuilder(seed: 4)
    var x = b.block(b.input("x", [1, 3, 6, 6]), 3, 16, "stem")
    for number in 0..<3 { x = b.block(x, 16, 16, "c\(number)") }
    b.head(x, 16)
    return try ScoredNetwork(b.network, seed: 4)
  }

  private let network: ScoredNetwork
  private let ranking: UnitScores

  init() throws {
    network = try Self.network()
    ranking = UnitScores(network.scores, groups: network.groups, settings: PruningSettings())
  }

  /// A table with a rise of the loss for each layer, over the share that goes; the accuracy falls by ten points for each
  /// unit of it.
  private func table(_ rise: (_ layer: String, _ share: Double) -> Double) throws -> SensitivityTable {
    let settings = SensitivitySettings()
    let trials = try settings.trials(ranking, groups: network.groups)
    let curves = trials.map { trial in
      var curve = SensitivityTable.Curve(trial, weights: [], groups: network.groups)
      curve.points = ([0] + settings.levels).map { level in
        let lost = level == 0 ? 0 : rise(curve.layers[0], level / 100)
        return .init(
          level: level, kernels: 0,
          measurement: .init(examples: 9, loss: 0.5 + lost, top1: 0.9 - 0.1 * lost, top5: nil))
      }
      curve.isComplete = true
      return curve
    }
    return SensitivityTable(
      subject: .init(model: "m", criterion: .random, data: "d", examples: 9, settings: settings),
      curves: curves)
  }

  private func suggestion(
    _ table: SensitivityTable, _ target: SensitivityTarget, _ settings: PruningSettings = PruningSettings()
  ) throws -> SensitivitySuggestion {
    try table.suggestion(target, settings: settings, ranking: ranking, groups: network.groups)
  }

  private func percent(_ layer: String, _ suggestion: SensitivitySuggestion) -> Double {
    if case .percent(let share)? = suggestion.settings.amounts[layer] { share } else { 0 }
  }

  private func share(_ suggestion: SensitivitySuggestion) -> (macs: Double, parameters: Double) {
    let preview = network.preview(suggestion.selection)
    return (
      Double(preview.multiplyAccumulates.after) / Double(preview.multiplyAccumulates.before),
      Double(preview.parameters.after) / Double(preview.parameters.before)
    )
  }

  private static let factors = ["stem": 2.0, "c0": 1, "c1": 3, "c2": 9]

  @Test func limitsOfCostAreMetFromBelowAndNearly() throws {
    let table = try table { Self.factors[$0]! * $1 * $1 }
    for percent in stride(from: 90.0, through: 30, by: -10) {
      let macs = try suggestion(table, .multiplyAccumulates(keepPercent: percent))
      #expect(macs.isReached)
      #expect(share(macs).macs <= percent / 100)
      #expect(share(macs).macs > percent / 100 - 0.06, "one kernel of sixteen is much here")
      let parameters = try suggestion(table, .parameters(keepPercent: percent))
      #expect(parameters.isReached)
      #expect(share(parameters).parameters <= percent / 100)
    }
  }

  @Test func lowerTargetsNeverLeaveMore() throws {
    // Curves with steps, falls and flat parts.
    let table = try table { layer, share in
      let bumps = [0.0, 0.4, -0.1, 0.3, 0.2, 0.2, 0.9, 0.5, 1.4]
      return Self.factors[layer]! * (share + bumps[Int((share * 10).rounded()) - 1])
    }
    var before: SensitivitySuggestion?
    for percent in stride(from: 100.0, through: 5, by: -2.5) {
      let now = try suggestion(table, .multiplyAccumulates(keepPercent: percent))
      if let before {
        for layer in Self.factors.keys { #expect(self.percent(layer, now) >= self.percent(layer, before)) }
        #expect(share(now).macs <= share(before).macs)
        #expect(now.lossRise >= before.lossRise)
        #expect(try #require(now.accuracyDrop) >= (try #require(before.accuracyDrop)))
      }
      before = now
    }
  }

  @Test func theMoreSensitiveOfEqualLayersKeepsMore() throws {
    let table = try table { Self.factors[$0]! * $1 * $1 * $1 }
    for keep in [80.0, 60, 40] {
      let found = try suggestion(table, .multiplyAccumulates(keepPercent: keep))
      // c0 and c1 have the same neighbours and so the same cost.
      #expect(percent("c0", found) > percent("c1", found))
      #expect(percent("c1", found) > 0)
    }
  }

  @Test func layersThatLoseNothingShareWhatGoes() throws {
    let found = try suggestion(try table { _, _ in 0 }, .multiplyAccumulates(keepPercent: 60))
    let shares = ["c0", "c1", "c2"].map { percent($0, found) }
    #expect(shares.min()! > 0.4 * shares.max()!)
    #expect(found.lossRise == 0 && found.accuracyDrop == 0)
  }

  @Test func whatIsBrokenIsNotBrokenFurther() throws {
    let table = try table { layer, share in
      layer == "c1" ? (share > 0.15 ? 5 : 0.01) : 0.5 * share * share
    }
    let found = try suggestion(table, .multiplyAccumulates(keepPercent: 50))
    #expect(found.isReached)
    #expect(percent("c1", found) <= 10)
  }

  @Test func whatMayBeLostIsKept() throws {
    let table = try table { Self.factors[$0]! * $1 * $1 }
    var last = 1.1
    for rise in [0.0, 0.05, 0.2, 0.8, 3] {
      let found = try suggestion(table, .loss(rise: rise))
      #expect(found.lossRise <= rise)
      #expect(share(found).macs <= last)
      last = share(found).macs
    }
    #expect(last < 0.6)
    let drop = try suggestion(table, .accuracy(drop: 2))
    let expected = try #require(drop.accuracyDrop)
    #expect(expected <= 2 && expected > 1.5)
    #expect(abs(drop.lossRise - expected / 10) < 1e-9)
  }

  @Test func noLayerGoesFurtherThanWasMeasured() throws {
    let found = try suggestion(try table { _, _ in 0 }, .multiplyAccumulates(keepPercent: 0))
    #expect(!found.isReached)
    #expect(Self.factors.keys.allSatisfy { percent($0, found) == 90 })
  }

  @Test func settingsAreFollowedAndOldAmountsReplaced() throws {
    var settings = PruningSettings()
    settings.protected = ["c0"]
    settings.maximumRatio = 0.5
    settings.amounts = ["c1": .percent(80)]
    let found = try suggestion(
      try table { Self.factors[$0]! * $1 }, .multiplyAccumulates(keepPercent: 80), settings)
    #expect(percent("c0", found) == 0)
    #expect(percent("c1", found) <= 50)
    #expect(found.settings.protected == ["c0"] && found.settings.maximumRatio == 0.5)
    #expect(found.selection == (try Selection(found.settings, ranking: ranking, groups: network.groups)))
  }

  @Test func whatCannotBeAnsweredIsSaid() throws {
    var table = try table { _, _ in 0 }
    #expect(throws: PruningError.self) { try suggestion(table, .multiplyAccumulates(keepPercent: 120)) }
    #expect(throws: PruningError.self) { try suggestion(table, .loss(rise: -1)) }
    for index in table.curves.indices { table.curves[index].isComplete = false }
    #expect(throws: PruningError.noCurves) { try suggestion(table, .loss(rise: 1)) }
    let network = try ScoredNetwork(NetworkFixtures.plain())
    for index in table.curves.indices { table.curves[index].isComplete = true }
    #expect(throws: PruningError.self) {
      try table.suggestion(
        .loss(rise: 1), settings: PruningSettings(), ranking: ranking, groups: network.groups)
    }
  }

  @Test func lossesThatAreNoNumbersEndACurve() throws {
    let found = try suggestion(
      try table { $0 == "c1" && $1 > 0.35 ? .nan : $1 }, .multiplyAccumulates(keepPercent: 0))
    #expect(percent("c1", found) == 30)
    #expect(found.lossRise.isFinite)
  }
}
