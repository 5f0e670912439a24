import Foundation
import Scaling
import Testing

@Suite struct ForecastTests {
  private static let profile = TrainingProfile(
    batch: 16, forward: 0.05, backward: 0.1, update: 0.005,
    gradients: (1...10).map { .init(bytes: 10_000_000, ready: 0.01 * Double($0)) })

  private static let workload = Workload(
    training: profile, single: (forward: 0.005, backward: 0.01),
    scoring: ScoringModel(secondsPerExample: 0.01, statisticsBytes: 500_000), gramBytes: 80_000_000,
    curves: CurveDealing(
      secondsOfLevels: (1...20).map { group in [Double](repeating: Double(group), count: 9) },
      baselineSeconds: 2, examples: 512, batch: 16), kernels: 20_000, addedBytesPerSecond: 4e9,
    copiedBytesPerSecond: 8e9)

  private func forecast(gigabits: Double, ranks: [Int], globalBatch: Int? = nil) -> ScalingForecast {
    ScalingForecast(
      Self.workload,
      on: Cluster(
        ranks: 1, ranksPerHost: 8, network: Link(latency: 20e-6, gigabits: gigabits),
        local: Link(latency: 1e-6, bytesPerSecond: 8e9), addedBytesPerSecond: 4e9),
      ranks: ranks, exchange: GradientExchange(.pairwise, bucketBytes: 25_000_000), globalBatch: globalBatch,
      examples: 10_000)
  }

  @Test(arguments: ScalingTable.Work.allCases) func oneRankIsWhatWasMeasured(work: ScalingTable.Work) {
    let row = forecast(gigabits: 10, ranks: [1]).table(work, network: "10 Gbit/s").rows[0]
    #expect(abs(row.efficiency - 1) < 1e-9)
    #expect(row.bytesPerRank == 0 && row.exposed == 0)
  }

  @Test(arguments: ScalingTable.Work.allCases) func noNumberOfRanksDoesMoreThanAsManyAlone(
    work: ScalingTable.Work
  ) {
    let table = forecast(gigabits: 10, ranks: [1, 2, 3, 8, 12, 64]).table(work, network: "10 Gbit/s")
    for row in table.rows { #expect(row.efficiency <= 1 + 1e-9 && row.efficiency > 0) }
  }

  /// 100 MB of gradients of eight ranks through one card of 10 Gbit/s: what is needed past it is named with its number.
  @Test func theTableSaysWhereItEndsAndWhatHelps() throws {
    let table = forecast(gigabits: 10, ranks: [1, 8, 16, 64]).table(.train, network: "10 Gbit/s")
    let threshold = try #require(table.threshold)
    #expect(threshold.ranks == 16)
    #expect(
      table.remedies.map(\.name) == [
        "hierarchical reduce", "buckets of 100 MB", "gradients in bf16", "all three",
      ])
    let rows = table.remedies.map { $0.rows.map(\.ranks) }
    #expect(rows.allSatisfy { $0 == [16, 64] })
    let (hierarchical, buckets) = (table.remedies[0], table.remedies[1])
    #expect(hierarchical.efficiency > 2 * threshold.efficiency)
    #expect(buckets.reach(0.8) == nil)
    #expect(table.sentence.hasPrefix("From 16 ranks on the efficiency is below 80 %: "))
    #expect(table.sentence.contains("This is not enough: "))
    #expect(table.sentence.contains("buckets of 100 MB (\(ScalingTable.percent(buckets.efficiency)))"))
  }

  @Test func sentencesAreWhole() {
    func row(_ ranks: Int, _ efficiency: Double) -> ScalingRow {
      ScalingRow(
        ranks: ranks, seconds: 1, examplesPerSecond: 1, efficiency: efficiency, bytesPerRank: 0,
        bytesPerCard: 0,
        hidden: 0, exposed: 0)
    }
    var table = ScalingTable(
      work: .train, network: "10 Gbit/s", rows: [row(1, 1), row(64, 0.9), row(1024, 0.84)], remedies: [])
    #expect(table.sentence == "The efficiency stays at 84 % or more up to 1,024 ranks.")
    table.rows[2].efficiency = 0.7996
    table.remedies = [
      ScalingRemedy(name: "hierarchical reduce", rows: [row(1024, 0.95)]),
      ScalingRemedy(name: "gradients in bf16", rows: [row(1024, 0.5)]),
    ]
    #expect(
      table.sentence
        == "From 1,024 ranks on the efficiency is below 80 %: 79.96 %. This restores it: hierarchical reduce (95 %, up to "
        + "1,024 ranks). This is not enough: gradients in bf16 (50 %).")
  }

  @Test func aStepOfSoManyExamplesIsDividedAmongTheRanks() {
    let table = forecast(gigabits: 100, ranks: [1, 4, 32], globalBatch: 16).table(
      .train, network: "100 Gbit/s")
    // On four ranks each has four examples; 32 ranks have no more than 16 examples together.
    #expect(abs(table.rows[1].examplesPerSecond * table.rows[1].seconds - 16) < 1e-9)
    #expect(abs(table.rows[2].examplesPerSecond * table.rows[2].seconds - 16) < 1e-9)
    #expect(table.rows[1].seconds < table.rows[0].seconds)
    #expect(table.rows[2].efficiency < 0.5)
  }

  /// Statistics come to rank 0 one after another; nobody waits for anything else.
  @Test func scoresEndWithTheWayOfTheStatistics() {
    let scoring = ScoringModel(secondsPerExample: 0.01, statisticsBytes: 500_000)
    let cluster = Cluster(ranks: 10, network: Link(latency: 1e-3, gigabits: 1))
    let outcome = scoring.run(examples: 1000, on: cluster, grams: .ring)
    #expect(abs(outcome.seconds - (1 + 1e-3 + 9 * 500_000 / 1.25e8)) < 1e-9)
    #expect(abs(outcome.bytesPerRank - 450_000) < 1e-6)
    // One rank has one example more than the others.
    let uneven = scoring.run(examples: 1001, on: Cluster(ranks: 10, network: .free), grams: .ring)
    #expect(abs(uneven.seconds - 1.01) < 1e-9)
  }

  @Test func momentsAreAddedByAllRanks() {
    var scoring = ScoringModel(secondsPerExample: 0.01, statisticsBytes: 0)
    scoring.gramBytes = 10_000_000
    let cluster = Cluster(ranks: 8, network: Link(latency: 1e-3, gigabits: 1))
    let outcome = scoring.run(examples: 800, on: cluster, grams: .ring)
    #expect(abs(outcome.exposed - AllReduce.ring.paperSeconds(10e6, on: cluster)) < 0.01)
  }

  /// Pieces are dealt whole: no rank does more than the longest piece and an even share.
  @Test func curvesAreDealtWhole() {
    let curves = CurveDealing(
      secondsOfLevels: [[4, 4], [3, 3], [1, 1], [1, 1]], baselineSeconds: 0, examples: 64, batch: 16)
    #expect(curves.seconds(dealing: .group, to: 1) == 18)
    #expect(curves.seconds(dealing: .group, to: 2) == 10)
    #expect(curves.seconds(dealing: .group, to: 100) == 8)
    #expect(curves.seconds(dealing: .level, to: 2) == 9)
    #expect(curves.seconds(dealing: .level, to: 100) == 4)
    #expect(curves.seconds(dealing: .batch, to: 4) == 4.5)
    #expect(curves.seconds(dealing: .batch, to: 3) == 9)
    // The unpruned network is computed by every rank.
    var whole = curves
    whole.baselineSeconds = 2
    #expect(whole.seconds(dealing: .group, to: 100) == 10)
    #expect(whole.seconds(dealing: .batch, to: 4) == 5)
  }
}
