import Compute
import Datasets
import Graph
package import Pruning

/// One set of tied layers that is to be measured.
struct SensitivityWork {
  let trial: SensitivityTrial
  /// The layers' names.
  let names: [String]
  /// The layers' units: all that a mask may silence.
  let units: Set<Int>
  /// Values that the tail begins with.
  let borders: Set<ValueID>
  /// Removals that differ and that the loss depends on; each is one pass a batch.
  let variants: [[Int]]
  /// Multiply-accumulates of a pass over an example.
  let cost: Double
  /// Whether some removal changes statistics over channels, so that each has a tail of its own.
  let changesStatistics: Bool
  /// By level: its index in `variants`; `nil` where nothing changes.
  private let variantOfLevel: [Int?]

  init(_ trial: SensitivityTrial, _ network: OpenNetwork, outputs: [ValueID]) throws {
    let (groups, bound) = (network.groups, network.bound)
    self.trial = trial
    names = trial.layers.map { groups.layers[$0].layer.name }
    units = Set(
      Set(trial.layers.flatMap { groups.layers[$0].groups }).flatMap { groups.groups[$0].units })
    let tail = SilencedTail(units: units, of: groups, in: bound, outputs: outputs)
    var variants: [[Int]] = []
    variantOfLevel = trial.removals.map { removed in
      guard tail != nil, !removed.isEmpty else { return nil }
      if let known = variants.firstIndex(of: removed) { return known }
      variants.append(removed)
      return variants.count - 1
    }
    self.variants = variants
    changesStatistics = variants.contains { groups.changesStatistics(removing: $0, in: bound) }
    var borders = Set(tail?.borders ?? [])
    var cost = tail?.workload ?? 0
    if changesStatistics {
      // Statistics are taken in front of the sums at which masks would stand.
      borders = []
      for removed in variants {
        let own = try SilencedTail(removing: removed, of: groups, in: bound, outputs: outputs)
        borders.formUnion(own?.borders ?? [])
        cost = max(cost, own?.workload ?? 0)
      }
    }
    self.borders = borders
    self.cost = max(1, cost)
  }

  /// A curve with nothing measured yet.
  func curve(in network: OpenNetwork) -> SensitivityTable.Curve {
    SensitivityTable.Curve(
      trial, weights: trial.layers.map { network.network.name(of: network.groups.layers[$0].layer.weight) },
      groups: network.groups)
  }

  /// The points of the curve from what was measured so far.
  func points(
    _ measured: CurveMeasurement, levels: [Double], in groups: ChannelGroups
  ) -> [SensitivityTable.Point] {
    func kernels(without removed: [Int]) -> Int {
      let layers = Set(trial.layers)
      let gone = removed.reduce(0) { sum, unit in
        sum + groups.units[unit].kernels.count { layers.contains($0.layer) }
      }
      return trial.layers.reduce(-gone) { $0 + groups.layers[$1].layer.kernels }
    }
    let whole = measured.baseline.measurement
    return [.init(level: 0, kernels: kernels(without: []), measurement: whole)]
      + levels.enumerated().map { index, level in
        .init(
          level: level, kernels: kernels(without: trial.removals[index]),
          measurement: variantOfLevel[index].map { measured.sums[$0].measurement } ?? whole)
      }
  }
}

extension OpenNetwork {
  /// What curves of sensitivity cost: by set of tied layers, the multiply-accumulates for an example of each level that is
  /// measured by itself.
  package func curveCosts(_ settings: SensitivitySettings = SensitivitySettings()) throws -> [[Double]] {
    let ranking = UnitScores(
      ScoreTable(.l2, of: groups, in: bound), groups: groups, settings: settings.pruning)
    return try settings.trials(ranking, groups: groups).map { trial in
      let work = try SensitivityWork(trial, self, outputs: network.outputs)
      return work.variants.map { _ in work.cost }
    }
  }
}

/// One set of tied layers being measured, batch by batch and level by level.
final class CurveMeasurement {
  /// Batches of which every level is measured.
  private(set) var batchesDone = 0
  /// The unpruned network on them.
  private(set) var baseline = LossSums()
  /// By variant of the work: the pruned network on them.
  private(set) var sums: [LossSums]

  private let work: SensitivityWork
  private let network: OpenNetwork
  private let objective: Objective
  private let options: ComputeOptions
  private var found: [LossSums] = []
  /// Plans of the size that came last.
  private var plans: TailPlans?

  init(_ work: SensitivityWork, _ network: OpenNetwork, _ objective: Objective, _ options: ComputeOptions) {
    self.work = work
    self.network = network
    self.objective = objective
    self.options = options
    sums = work.variants.map { _ in LossSums() }
  }

  /// What the unpruned network is, where no level takes anything out.
  func finish(_ batches: [LossSums]) {
    for batch in batches { baseline += batch }
    batchesDone = batches.count
  }

  /// Measures one more level of a batch.
  ///
  /// - Parameters:
  ///   - baseline: the unpruned network on the batch.
  ///   - inputShapes: the shapes of the network's inputs for the batch.
  ///   - borders: gives the values that the tail begins with.
  /// - Returns: passes made, and whether the batch is done.
  func step(
    _ batch: Batch, seed: UInt64, baseline whole: LossSums, inputShapes: [ValueID: [Int]],
    borders: () throws -> [ValueID: [Float]]
  ) throws -> (passes: Int, isBatchDone: Bool) {
    var passes = 0
    if batch.count == 0 {
      passes = work.variants.count
      found = work.variants.map { _ in LossSums() }
    } else if found.count < work.variants.count {
      let plans = try plans(for: batch, inputShapes)
      let plan = try plans.forward(variant: found.count, from: try borders())
      var sum = LossSums()
      sum.add(try objective.evaluate(plan, batch: batch, seed: seed), examples: batch.count)
      found.append(sum)
      passes = 1
    }
    guard found.count == work.variants.count else { return (passes, false) }
    for index in found.indices { sums[index] += found[index] }
    baseline += whole
    found = []
    batchesDone += 1
    return (passes, true)
  }

  private func plans(
    for batch: Batch, _ inputShapes: [ValueID: [Int]]
  ) throws -> TailPlans {
    if let plans, plans.batchSize == batch.count { return plans }
    let made = try TailPlans(
      work, network, batch, inputShapes, outputs: objective.values, options)
    plans = made
    return made
  }
}

/// The tail behind a set of tied layers, ready to run for batches of one size.
private final class TailPlans {
  let batchSize: Int
  private let work: SensitivityWork
  private let bound: BoundNetwork
  private let groups: ChannelGroups
  private let outputs: [ValueID]
  private let options: ComputeOptions
  /// The tail with masks; `nil` where each variant has one of its own.
  private let masked: (tail: SilencedTail, plan: ExecutionPlan)?
  private var own: [Int: (tail: SilencedTail, plan: ExecutionPlan)] = [:]

  init(
    _ work: SensitivityWork, _ network: OpenNetwork, _ batch: Batch, _ inputShapes: [ValueID: [Int]],
    outputs: [ValueID], _ options: ComputeOptions
  ) throws {
    let batched = network.batched
    let bound = try BoundNetwork(batched, inputShapes: inputShapes, batch: batch.count)
    batchSize = batch.count
    self.work = work
    self.bound = bound
    groups = network.groups
    self.outputs = outputs
    self.options = options
    masked =
      work.changesStatistics
      ? nil
      : try SilencedTail(units: work.units, of: network.groups, in: bound, outputs: outputs)
        .map { tail in (tail, try tail.plan(outputs: outputs, options: options)) }
  }

  /// Runs the tail with a variant's channels silent; the plan holds what came of it.
  func forward(variant: Int, from values: [ValueID: [Float]]) throws -> ExecutionPlan {
    let (tail, plan) = try tail(variant)
    var feeds = values.filter { tail.borders.contains($0.key) }
    if masked != nil {
      feeds.merge(tail.masks(silencing: Set(work.variants[variant])), uniquingKeysWith: { $1 })
    }
    let complete = feeds
    try plan.forward(complete)
    return plan
  }

  private func tail(_ variant: Int) throws -> (tail: SilencedTail, plan: ExecutionPlan) {
    if let known = masked ?? own[variant] { return known }
    let (removed, groups, bound, outputs) = (work.variants[variant], groups, bound, outputs)
    let tail = try SilencedTail(removing: removed, of: groups, in: bound, outputs: outputs)
    guard let tail else { throw SessionError.nothingBefore(outputs.map(bound.network.name(of:))) }
    let made = (tail, try tail.plan(outputs: outputs, options: options))
    own[variant] = made
    return made
  }
}
