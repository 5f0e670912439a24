import Graph
import Scaling
import TerminalUI

/// What `bench ranks` says.
struct RanksReport: Encodable {
  /// What one rank was measured to do.
  struct Rank: Encodable {
    let batchSize: Int
    let forwardMilliseconds: Double
    let backwardMilliseconds: Double
    let updateMilliseconds: Double
    let trainedExamplesPerSecond: Double
    let scoredExamplesPerSecond: Double
    let copiedBytesPerSecond: Double
    let addedBytesPerSecond: Double
  }

  let model: String
  let parameters: Int
  let gradientBytes: Int
  let buckets: [Int]
  let kernels: Int
  let statisticsBytes: Int
  let gramBytes: Int
  let curves: Int
  let rank: Rank
  let ranksPerHost: Int
  let allReduce: AllReduce
  let globalBatch: Int?
  let examples: Int
  let speed: Double
  let jitterPercent: Double
  let latencySeconds: Double
  let localLatencySeconds: Double
  let seed: UInt64
  let tables: [ScalingTable]
  let sentences: [String]

  init(_ workload: Workload, _ tables: [ScalingTable], _ command: BenchRanksCommand, parameters: Int) {
    let (training, scoring) = (workload.training, workload.scoring)
    model = command.subject.model.path
    self.parameters = parameters
    gradientBytes = training.gradientBytes
    buckets = training.buckets(of: command.bucket * 1_000_000).map { Int(cut: $0.bytes) }
    kernels = workload.kernels
    statisticsBytes = scoring.statisticsBytes
    gramBytes = workload.gramBytes
    curves = workload.curves.secondsOfLevels.count
    rank = Rank(
      batchSize: training.batch, forwardMilliseconds: 1000 * training.forward,
      backwardMilliseconds: 1000 * training.backward, updateMilliseconds: 1000 * training.update,
      trainedExamplesPerSecond: Double(training.batch) / training.seconds,
      scoredExamplesPerSecond: 1 / scoring.secondsPerExample,
      copiedBytesPerSecond: workload.copiedBytesPerSecond, addedBytesPerSecond: workload.addedBytesPerSecond)
    ranksPerHost = command.perHost
    allReduce = command.allReduce
    globalBatch = command.globalBatch
    examples = command.examples
    speed = command.speed
    jitterPercent = command.jitter
    latencySeconds = command.latency.seconds
    localLatencySeconds = command.localLatency.seconds
    seed = command.seed
    self.tables = tables
    sentences = tables.map(\.sentence)
  }

  var text: TerminalText {
    ([facts.text] + tables.map(text)).joined(separator: "\n\n")
  }

  private var facts: TextTable {
    var table = TextTable([("", .left), ("", .left)])
    let faster = speed == 1 ? "" : ", \(Quantity.significant(speed, digits: 3)) times as fast as measured"
    table.add([
      "model",
      "\(Quantity.count(parameters)) parameters, \(Quantity.bytes(gradientBytes)) of gradients in "
        + Self.counted(buckets.count, "bucket"),
    ])
    table.add([
      "a rank\(faster)",
      "trains \(rate(rank.trainedExamplesPerSecond)) (\(rank.batchSize) examples: forward "
        + "\(milliseconds(rank.forwardMilliseconds)), backward \(milliseconds(rank.backwardMilliseconds)), "
        + "update \(milliseconds(rank.updateMilliseconds))), scores \(rate(rank.scoredExamplesPerSecond))",
    ])
    table.add([
      "its core",
      "copies \(Quantity.bytes(Int(cut: rank.copiedBytesPerSecond)))/s, adds "
        + "\(Quantity.bytes(Int(cut: rank.addedBytesPerSecond)))/s",
    ])
    table.add([
      "a host",
      "\(Self.counted(ranksPerHost, "rank")) with one network card; a message takes \(time(latencySeconds)) and its "
        + "length, within a host \(time(localLatencySeconds))",
    ])
    table.add([
      "ranks", "differ by \(Quantity.significant(jitterPercent, digits: 2)) %; sums by \(allReduce.title)",
    ])
    return table
  }

  private func text(_ table: ScalingTable) -> TerminalText {
    let isTraining = table.work == .train
    let unit: (title: String, factor: Double) = isTraining ? ("MS A STEP", 1000) : ("SECONDS", 1)
    var columns: [(title: String, alignment: TextTable.Alignment)] = [
      ("RANKS", .right), (unit.title, .right), ("EXAMPLES/S", .right), ("EFFICIENCY", .right),
    ]
    let sends = table.work != .curves
    if sends { columns += [("MB A RANK", .right), ("MB A CARD", .right)] }
    let (hidden, exposed) = isTraining ? ("HIDDEN MS", "EXPOSED MS") : ("", "EXPOSED S")
    if isTraining { columns.append((hidden, .right)) }
    if sends { columns.append((exposed, .right)) }
    var rows = TextTable(columns)
    for row in table.rows {
      var cells = [
        Quantity.grouped(row.ranks), Quantity.fixed(unit.factor * row.seconds, digits: isTraining ? 0 : 1),
        Quantity.fixed(row.examplesPerSecond, digits: row.examplesPerSecond < 100 ? 1 : 0),
        ScalingTable.percent(row.efficiency),
      ]
      if sends { cells += [row.bytesPerRank, row.bytesPerCard].map { Quantity.fixed($0 / 1e6, digits: 1) } }
      if isTraining { cells.append(Quantity.fixed(1000 * row.hidden, digits: 0)) }
      if sends { cells.append(Quantity.fixed(unit.factor * row.exposed, digits: isTraining ? 0 : 2)) }
      rows.add(cells)
    }
    return "\(title(table))\n\n" + rows.text + "\n\n\(table.sentence)"
  }

  private func title(_ table: ScalingTable) -> String {
    let work =
      switch table.work {
      case .train:
        globalBatch.map { "training, \(Quantity.grouped($0)) examples a step" }
          ?? "training, \(rank.batchSize) examples a rank and step"
      case .score:
        "scores of \(Quantity.grouped(kernels)) kernels over \(Quantity.grouped(examples)) examples, "
          + "\(Quantity.bytes(statisticsBytes)) of statistics a rank"
      case .grams:
        "scores with moments over \(Quantity.grouped(examples)) examples, \(Quantity.bytes(gramBytes)) a rank"
      case .curves: "curves of \(Self.counted(curves, "group")), dealt by group"
      }
    return table.work == .curves ? work : "\(table.network): \(work)"
  }

  private static func counted(_ count: Int, _ noun: String) -> String {
    "\(Quantity.grouped(count)) \(noun)\(count == 1 ? "" : "s")"
  }

  private func rate(_ rate: Double) -> String { "\(Quantity.significant(rate, digits: 3)) examples/s" }
  private func milliseconds(_ value: Double) -> String { "\(Quantity.significant(value, digits: 3)) ms" }
  private func time(_ seconds: Double) -> String {
    seconds < 1e-3
      ? "\(Quantity.significant(1e6 * seconds, digits: 3)) µs"
      : "\(Quantity.significant(1e3 * seconds, digits: 3)) ms"
  }
}

/// A real step on threads beside the simulated one.
struct RanksCheck: Encodable {
  let network: String
  let step: PacedTraining.Outcome

  static func text(_ checks: [RanksCheck]) -> TerminalText {
    var table = TextTable([
      ("NETWORK", .left), ("RANKS", .right), ("MEASURED MS", .right), ("SIMULATED MS", .right),
      ("DEVIATION", .right), ("PARAMETERS", .left),
    ])
    for check in checks {
      let step = check.step
      table.add([
        check.network, Quantity.grouped(step.ranks), Quantity.fixed(1000 * step.measured, digits: 1),
        Quantity.fixed(1000 * step.simulated, digits: 1),
        "\(Quantity.fixed(100 * step.deviation, digits: 1)) %",
        step.agrees ? "the same on all ranks" : "differ",
      ])
    }
    return table.text
  }
}
