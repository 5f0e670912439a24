public import Compute
public import Datasets
import Foundation
import Graph
public import Pruning
import Ranks

/// Measures how much a network loses when one set of tied layers after another is pruned, level by level; the table can
/// be read between any two steps. Used on one thread.
///
/// Nothing is rewritten: what stands behind the pruned channels is run again with the removed ones silent, once a level
/// that removes something else. What stands before them is computed once a batch, and held for as many of the following
/// sets as memory allows (`heldBytes`). A step takes about a fifth of a second and ends between any two passes.
public final class SensitivityRun: DataRun {
  /// Bytes of data, and as many of values in the middle of the network, that are held at most.
  package static let heldBytes = 512 << 20

  /// What was measured so far; a curve that is not complete stands for the batches that were done.
  public private(set) var table: SensitivityTable
  /// How far the run is.
  public private(set) var progress: RunProgress
  /// Examples that could not be read.
  public var skipped: [Batch.Skipped] { source.skipped }
  /// What is measured, and how.
  public let settings: SensitivitySettings

  /// What decides which kernels go.
  var criterion: Criterion { table.subject.criterion }

  private let network: OpenNetwork
  private let objective: Objective
  private let source: HeldBatches
  private let feed: BatchFeed
  private let fronts: NetworkFronts
  private let options: ComputeOptions
  /// The sets that this rank measures.
  private let work: [SensitivityWork]
  /// Sets that one rank measures at most; ranks share what they have after each.
  private let rounds: Int
  private var roundsDone = 0
  /// By work: the index of its curve in the table.
  private let curveOfWork: [Int]
  private let totalCost: Double
  private let wholeCost: Double
  private var doneCost = 0.0

  /// By batch: the unpruned network.
  private var baseline: [LossSums] = []
  private var current: CurveMeasurement?
  /// The set that is measured next.
  private var next = 0

  /// A run that has not begun.
  ///
  /// - Parameters:
  ///   - scores: decide which kernels go.
  ///   - earlier: a table of the same subject: its complete curves are kept where the same kernels would go, and not
  ///     measured again.
  ///   - times: what widths were measured, for settings that snap to fast ones.
  /// - Throws: when the data do not fit the network or give no loss, when nothing can be pruned, and
  ///   `PruningError.curvesOfAnother` for a table of another subject.
  public init(
    _ network: OpenNetwork, dataset: Dataset, scores: ScoreTable, settings: SensitivitySettings,
    earlier: SensitivityTable? = nil, times: WidthTimes = WidthTimes(), batchSize: Int = 64,
    options: ComputeOptions = ComputeOptions()
  ) throws {
    guard dataset.loss != .outputEnergy else {
      throw SessionError.lossComparesNothing
    }
    let objective = try Objective(network.bound, dataset: dataset)
    try dataset.requireFit(network, objective: objective)
    guard network.groups.layers.contains(where: \.isPrunable) else { throw SessionError.notPrunable }
    let groups = network.groups
    let trials = try settings.trials(
      UnitScores(scores, groups: groups, settings: settings.pruning), groups: groups, times: times)
    let feed = try BatchFeed(network, dataset: dataset)
    let (order, size) = try network.batches(
      of: Array(dataset.order().prefix(settings.examples)), size: batchSize)
    let subject = SensitivityTable.Subject(
      model: network.network.fingerprint, criterion: scores.criterion, data: dataset.identity,
      examples: order.count, settings: settings)
    if let earlier {
      try earlier.check(fits: subject)
    }
    self.network = network
    self.objective = objective
    self.feed = feed
    self.settings = settings
    self.options = options
    source = HeldBatches(
      dataset, order: order, size: size, fixedBatch: network.fixedBatch, heldBytes: Self.heldBytes)
    var made: [SensitivityWork] = []
    for trial in trials { made.append(try SensitivityWork(trial, network, outputs: objective.values)) }
    var table = SensitivityTable(subject: subject)
    var open: [SensitivityWork] = []
    var kept: [[String]: SensitivityTable.Curve] = [:]
    for curve in earlier?.curves ?? [] where curve.isComplete { kept[curve.layers] = curve }
    for work in made {
      let curve = work.curve(in: network)
      if let known = kept.removeValue(forKey: curve.layers), known.digest == curve.digest {
        table.curves.append(known)
      } else {
        table.curves.append(curve)
        open.append(work)
      }
    }
    let (shared, ranks) = (open, options.ranks)
    // Curves of layers that are not asked about stay.
    table.curves += kept.values
    let indices = Dictionary(
      groups.layers.enumerated().map { ($1.layer.name, $0) }, uniquingKeysWith: { first, _ in first })
    table.curves.sort { indices[$0.layers[0]] ?? 0 < indices[$1.layers[0]] ?? 0 }
    self.table = table
    let own = ranks.dealt(shared.count).map { shared[$0] }
    work = own
    rounds = (shared.count + ranks.count - 1) / ranks.count
    let curves = Dictionary(
      table.curves.enumerated().map { ($1.layers, $0) }, uniquingKeysWith: { first, _ in first })
    curveOfWork = own.map { curves[$0.names] ?? 0 }
    fronts = NetworkFronts(
      network, feed.shapes, options,
      portions: own.map(\.borders), examples: order.count, heldBytes: Self.heldBytes)
    let batches = source.count
    wholeCost = max(1, network.bound.workload)
    totalCost =
      own.isEmpty
      ? 0 : Double(batches) * (wholeCost + own.reduce(0) { $0 + $1.cost * Double($1.variants.count) })
    progress = RunProgress(
      done: 0, total: own.isEmpty ? 0 : batches * own.reduce(1) { $0 + $1.variants.count }, seconds: 0,
      unit: "passes")
  }

  /// Goes a step on; `false` when everything is measured.
  public func step() throws -> Bool {
    guard roundsDone < rounds else { return false }
    let slice = TimeSlice()
    defer { progress.add(slice, done: doneCost, of: totalCost) }
    repeat {
      if next == work.count {
        // Others have a set more.
        try share(nil)
      } else if baseline.count < source.count {
        try measureBaseline()
      } else {
        try measure(work[next])
      }
    } while roundsDone < rounds && !slice.isOver
    return roundsDone < rounds
  }

  /// Ends a round: every rank tells the curve that it has measured, if one was left for it.
  private func share(_ curve: Int?) throws {
    roundsDone += 1
    guard options.ranks.count > 1 else { return }
    let own = curve.map { SharedCurve(index: $0, curve: table.curves[$0]) }
    for shared in try options.ranks.collect(values: own) where table.curves.indices.contains(shared.index) {
      table.curves[shared.index] = shared.curve
    }
  }

  private struct SharedCurve: Codable {
    let index: Int
    let curve: SensitivityTable.Curve
  }

  private func measureBaseline() throws {
    let number = baseline.count
    let batch = try source.batch(number)
    var sums = LossSums()
    if batch.count > 0 {
      let plan = try fronts.whole(feed.values(batch), outputs: objective.values)
      sums.add(try objective.evaluate(plan, batch: batch, seed: source.seed(number)), examples: batch.count)
    }
    baseline.append(sums)
    progress.done += 1
    doneCost += wholeCost
  }

  private func measure(_ work: SensitivityWork) throws {
    let measurement: CurveMeasurement
    if let current {
      measurement = current
    } else {
      measurement = CurveMeasurement(work, network, objective, options)
      current = measurement
    }
    if work.variants.isEmpty { measurement.finish(baseline) }
    let number = measurement.batchesDone
    if number < source.count {
      let batch = try source.batch(number)
      let pass = try measurement.step(
        batch, seed: source.seed(number), baseline: baseline[number],
        inputShapes: feed.shapes(examples: batch.count),
        borders: { [fronts, feed, next] in
          try fronts.values(of: feed.values(batch), number: number, for: next)
        })
      progress.done += pass.passes
      doneCost += Double(pass.passes) * work.cost
      guard pass.isBatchDone else { return }
    }
    let isComplete = measurement.batchesDone == source.count
    table.curves[curveOfWork[next]].points = work.points(
      measurement, levels: settings.levels, in: network.groups)
    table.curves[curveOfWork[next]].isComplete = isComplete
    if isComplete {
      current = nil
      next += 1
      try share(curveOfWork[next - 1])
    }
  }
}

extension Dataset {
  /// What tells these data, and what their outputs are measured by, from others.
  var identity: String {
    var configuration = configuration
    // The same data are called by other paths from elsewhere.
    configuration.data = configuration.data?.map { URL(fileURLWithPath: $0).standardizedFileURL.path }
    return "\(configuration.yaml)part: \(split.rawValue)\n\(count) examples, \(loss.rawValue)"
  }
}
