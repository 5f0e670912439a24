/// What work on some number of ranks comes to.
package struct ScalingRow: Sendable, Hashable, Codable {
  /// Ranks.
  package var ranks: Int
  /// Seconds of a step of training, or of a whole run.
  package var seconds: Double
  /// Examples in a second; for curves examples of all levels.
  package var examplesPerSecond: Double
  /// Of what so many ranks would do if each did as much as one alone, 0…1.
  package var efficiency: Double
  /// Bytes that a rank sends in a step or run.
  package var bytesPerRank: Double
  /// Bytes that the network card of a host sends.
  package var bytesPerCard: Double
  /// Seconds of communication while the rank computes.
  package var hidden: Double
  /// Seconds of communication with nothing left to compute.
  package var exposed: Double

  /// A row.
  package init(
    ranks: Int, seconds: Double, examplesPerSecond: Double, efficiency: Double, bytesPerRank: Double,
    bytesPerCard: Double, hidden: Double, exposed: Double
  ) {
    self.ranks = ranks
    self.seconds = seconds
    self.examplesPerSecond = examplesPerSecond
    self.efficiency = efficiency
    self.bytesPerRank = bytesPerRank
    self.bytesPerCard = bytesPerCard
    self.hidden = hidden
    self.exposed = exposed
  }
}

/// What may be changed where the network is too slow, and what that comes to.
package struct ScalingRemedy: Sendable, Hashable, Codable {
  /// What is changed.
  package var name: String
  /// The rows from where the efficiency was too low on.
  package var rows: [ScalingRow]

  /// A remedy.
  package init(name: String, rows: [ScalingRow]) {
    self.name = name
    self.rows = rows
  }

  /// The efficiency where it was too low.
  package var efficiency: Double { rows.first?.efficiency ?? 0 }

  /// The most ranks up to which the efficiency stays at or above a bound; `nil` where it is below at once.
  package func reach(_ bound: Double) -> Int? {
    rows.prefix { $0.efficiency >= bound }.last?.ranks
  }
}

/// One kind of work on one network, by number of ranks.
package struct ScalingTable: Sendable, Hashable, Codable {
  /// What work.
  package enum Work: String, Sendable, Hashable, CaseIterable, Codable {
    /// Steps of training.
    case train
    /// Scores of kernels with their statistics.
    case score
    /// Moments of what readers of channels read, for refits and the criterion that takes them.
    case grams
    /// Curves of sensitivity.
    case curves
  }

  /// The least efficiency that is good enough.
  package static let bound = 0.8

  /// What work.
  package var work: Work
  /// The network's name, such as `10 Gbit/s`.
  package var network: String
  /// By number of ranks, ascending.
  package var rows: [ScalingRow]
  /// What helps from where the efficiency falls below the bound; empty where it does not.
  package var remedies: [ScalingRemedy]

  /// A table.
  package init(work: Work, network: String, rows: [ScalingRow], remedies: [ScalingRemedy]) {
    self.work = work
    self.network = network
    self.rows = rows
    self.remedies = remedies
  }

  /// The first row whose efficiency is below the bound.
  package var threshold: ScalingRow? { rows.first { $0.efficiency < Self.bound } }
}

/// Forecasts tables for a workload.
package struct ScalingForecast: Sendable {
  /// What each rank does.
  package var workload: Workload
  /// Hosts and links; the number of ranks is that of each row.
  package var cluster: Cluster
  /// The numbers of ranks, ascending.
  package var ranks: [Int]
  /// How gradients and Grams go from rank to rank.
  package var exchange: GradientExchange
  /// How ranks differ.
  package var jitter: Jitter
  /// Examples of a step of all ranks together; `nil` where each rank has as many however many there are.
  package var globalBatch: Int?
  /// Examples that are scored.
  package var examples: Int

  /// A forecast.
  package init(
    _ workload: Workload, on cluster: Cluster, ranks: [Int], exchange: GradientExchange,
    jitter: Jitter = .none, globalBatch: Int? = nil, examples: Int
  ) {
    self.workload = workload
    self.cluster = cluster
    self.ranks = ranks
    self.exchange = exchange
    self.jitter = jitter
    self.globalBatch = globalBatch
    self.examples = examples
  }

  /// The table of one kind of work.
  package func table(_ work: ScalingTable.Work, network: String) -> ScalingTable {
    let rows = ranks.map { row(work, ranks: $0, Change()) }
    var table = ScalingTable(work: work, network: network, rows: rows, remedies: [])
    guard let threshold = table.threshold else { return table }
    let past = ranks.filter { $0 >= threshold.ranks }
    table.remedies = changes(for: work).map { name, change in
      ScalingRemedy(name: name, rows: past.map { row(work, ranks: $0, change) })
    }
    return table
  }

  /// What is done otherwise.
  private struct Change {
    var allReduce: AllReduce?
    var bucketFactor = 1
    var bytesPerElement: Int?
    var dealing = CurveDealing.Unit.group
    var exampleFactor = 1
  }

  private func changes(for work: ScalingTable.Work) -> [(name: String, change: Change)] {
    let hierarchical = Change(allReduce: .hierarchical)
    switch work {
    case .train:
      let bucket = exchange.bucketBytes * 4 / 1_000_000
      return [
        ("hierarchical reduce", hierarchical), ("buckets of \(bucket) MB", Change(bucketFactor: 4)),
        ("gradients in bf16", Change(bytesPerElement: 2)),
        ("all three", Change(allReduce: .hierarchical, bucketFactor: 4, bytesPerElement: 2)),
      ]
    case .score: return [("4 times as many examples", Change(exampleFactor: 4))]
    case .grams:
      return [
        ("hierarchical reduce", hierarchical), ("4 times as many examples", Change(exampleFactor: 4)),
        ("both", Change(allReduce: .hierarchical, exampleFactor: 4)),
      ]
    case .curves:
      return [CurveDealing.Unit.level, .batch].map { ("dealing by \($0.title)", Change(dealing: $0)) }
    }
  }

  private func row(_ work: ScalingTable.Work, ranks: Int, _ change: Change) -> ScalingRow {
    var cluster = cluster
    cluster.ranks = ranks
    switch work {
    case .train: return trainingRow(cluster, change)
    case .score: return scoringRow(cluster, change, workload.scoring)
    case .grams:
      var scoring = workload.scoring
      scoring.gramBytes = workload.gramBytes
      return scoringRow(cluster, change, scoring)
    case .curves: return curvesRow(cluster, change)
    }
  }

  /// Steps that are simulated: a mean over many ranks needs few of them.
  private static func steps(_ ranks: Int) -> Int { ranks == 1 ? 1 : max(2, min(8, 1024 / ranks)) }

  private func trainingRow(_ cluster: Cluster, _ change: Change) -> ScalingRow {
    let own = globalBatch.map { max(1, ($0 + cluster.ranks - 1) / cluster.ranks) } ?? workload.training.batch
    let examples = min(own * cluster.ranks, globalBatch ?? .max)
    var exchange = exchange
    exchange.allReduce = change.allReduce ?? exchange.allReduce
    exchange.bucketBytes *= change.bucketFactor
    exchange.bytesPerElement = change.bytesPerElement ?? exchange.bytesPerElement
    let alone = workload.training(batch: globalBatch ?? workload.training.batch)
    // One rank is what was measured.
    let outcome = TrainingSimulation(
      workload.training(batch: own), exchange, jitter: cluster.ranks > 1 ? jitter : .none
    ).run(on: cluster, steps: Self.steps(cluster.ranks))
    let rate = Double(examples) / outcome.seconds
    let ideal = Double(cluster.ranks) * Double(alone.batch) / alone.seconds
    return ScalingRow(
      ranks: cluster.ranks, seconds: outcome.seconds, examplesPerSecond: rate, efficiency: rate / ideal,
      bytesPerRank: outcome.bytesPerRank, bytesPerCard: outcome.bytesPerCard, hidden: outcome.hidden,
      exposed: outcome.exposed)
  }

  private func scoringRow(_ cluster: Cluster, _ change: Change, _ scoring: ScoringModel) -> ScalingRow {
    let examples = examples * change.exampleFactor
    let outcome = scoring.run(
      examples: examples, on: cluster, grams: change.allReduce ?? exchange.allReduce,
      jitter: cluster.ranks > 1 ? jitter : .none)
    let alone = Double(examples) * scoring.secondsPerExample
    return ScalingRow(
      ranks: cluster.ranks, seconds: outcome.seconds, examplesPerSecond: Double(examples) / outcome.seconds,
      efficiency: alone / (Double(cluster.ranks) * outcome.seconds), bytesPerRank: outcome.bytesPerRank,
      bytesPerCard: outcome.bytesPerCard, hidden: 0, exposed: outcome.exposed)
  }

  private func curvesRow(_ cluster: Cluster, _ change: Change) -> ScalingRow {
    let curves = workload.curves
    let seconds = curves.seconds(dealing: change.dealing, to: cluster.ranks)
    return ScalingRow(
      ranks: cluster.ranks, seconds: seconds, examplesPerSecond: Double(curves.examples) / seconds,
      efficiency: curves.seconds / (Double(cluster.ranks) * seconds), bytesPerRank: 0, bytesPerCard: 0,
      hidden: 0, exposed: 0)
  }
}
