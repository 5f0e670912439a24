package import Compute
package import Datasets
import Graph
package import Pruning
import Ranks

/// How closely the curves of a network's groups are measured.
public struct CurveSettings: Sendable, Hashable {
  /// Examples that the channels' moments are taken over.
  public var examples: Int
  /// Examples, the first of those, that the losses are measured on at most.
  public var measuredExamples: Int
  /// Widths of each group at most.
  public var widths: Int
  /// What computing the losses may take, as `BoundNetwork.workload` counts it: of larger networks fewer examples and widths are
  /// measured. `nil` where there is no limit.
  public var operations: Double?

  /// So many examples, and so many widths of each group.
  public init(
    examples: Int = 512, measuredExamples: Int = 256, widths: Int = 14, operations: Double? = nil
  ) {
    self.examples = examples
    self.measuredExamples = measuredExamples
    self.widths = widths
    self.operations = operations
  }

  /// What scores may take: about two minutes on two cores. Loops score at every step, and on a screen somebody waits.
  static let operationsOfScores = 5e12

  /// Shares of a group's units that stay, falling.
  var shares: [Double] { (1...max(1, widths)).map { 1 - 0.94 * Double($0) / Double(max(1, widths)) } }

  /// The same with as many examples and widths as can be measured where one width on one example takes so
  /// much over all groups: examples are saved first, then widths, and again.
  func affordable(operationsPerPass cost: Double) -> CurveSettings {
    guard let operations, cost > 0 else { return self }
    var result = self
    func fitting(_ count: Int, least: Int, beside other: Int) -> Int {
      max(min(least, count), min(count, Int(cut: operations / cost / Double(other))))
    }
    result.measuredExamples = fitting(measuredExamples, least: 64, beside: result.widths)
    result.widths = fitting(widths, least: 6, beside: result.measuredExamples)
    result.measuredExamples = fitting(result.measuredExamples, least: 16, beside: result.widths)
    result.widths = fitting(result.widths, least: 4, beside: result.measuredExamples)
    return result
  }
}

/// Measures what a network loses as each of its groups is narrowed by itself, with what reads it refitted: the curves that
/// a target is shared out by. Used on one thread; can be stopped between any two steps, and what was measured by then can
/// be used.
///
/// No labels are looked at: losses are distances from the original's outputs.
package final class CurveRun: DataRun {
  /// The curves measured so far.
  package private(set) var curves: LossCurves
  /// How far the run is, in passes over a batch.
  package private(set) var progress: RunProgress
  /// Groups that were measured so far.
  private(set) var measuredGroups = 0
  /// Examples that could not be read.
  package var skipped: [Batch.Skipped] { calibration.skipped }

  private let network: OpenNetwork
  private let original: OpenNetwork?
  private var originalPlans: PlanCache?
  private let calibration: CalibrationSet
  private let change: OutputChange
  private let moments: MomentsOfReaders
  private let surgeries: ReaderSurgeries
  /// What losses are measured on.
  private let measured: [BatchFeed.Values]
  private var references: [OutputChange.Reference] = []
  /// The groups that this rank measures.
  private let work: [GroupWork]
  /// Groups that one rank measures at most; ranks share what they have after each.
  private let rounds: Int
  private var roundsDone = 0
  private let options: ComputeOptions
  private let fronts: NetworkFronts
  private var next = 0
  private var current: CurveOfGroup?
  private var bounds: [Int: BoundNetwork] = [:]
  private var doneCost = 0.0
  private var totalCost = 0.0
  private let wholeCost: Double

  /// A group that is to be measured.
  private struct GroupWork {
    let group: Int
    let borders: Set<ValueID>
    let starts: Set<NodeID>
    let cost: Double
    /// Units gone at each width, ascending.
    let widths: [Int]
  }

  /// Values in the middle of the network that are held at most, in bytes.
  private static let heldBytes = 512 << 20

  /// A run that has not begun.
  ///
  /// - Parameters:
  ///   - original: what the network was made from, by whose outputs losses are measured; the network itself without it.
  ///   - earlier: what a run of the same network that was broken off had measured; that is taken over where it was measured
  ///     on as many examples.
  package init(
    _ network: OpenNetwork, original: OpenNetwork? = nil, dataset: Dataset,
    settings: CurveSettings = CurveSettings(), continuing earlier: LossCurves? = nil,
    options: ComputeOptions = ComputeOptions()
  ) throws {
    self.network = network
    self.original = original
    calibration = try CalibrationSet(
      network, dataset: dataset, examples: settings.examples, options: options)
    let change = try OutputChange(network, dataset: dataset)
    self.change = change
    let readers = network.groups.readers(in: network.bound)
    moments = try MomentsOfReaders(readers, network, calibration)
    surgeries = ReaderSurgeries(readers, moments, network.bound)
    let outputs = change.values
    var tails: [(group: Int, tail: SilencedTail)] = []
    for (group, known) in network.groups.groups.enumerated() {
      // Statistics are not taken over nothing.
      let leavesOne = network.groups.changesStatistics(removing: known.units, in: network.bound)
      let tail = try SilencedTail(
        removing: known.units.dropLast(leavesOne ? 1 : 0), of: network.groups, in: network.bound,
        outputs: outputs)
      if let tail { tails.append((group, tail)) }
    }
    let settings = settings.affordable(
      operationsPerPass: tails.reduce(0) { $0 + $1.tail.workload })
    measured = calibration.batches(upTo: settings.measuredExamples)
    let (batches, count) = (measured.count, measured.reduce(0) { $0 + $1.count })
    var curves = LossCurves(
      measure: change.measure, groups: network.groups.groups.count, examples: count)
    if let earlier, earlier.measure == curves.measure, earlier.examples == count,
      earlier.isAbout(network.groups)
    {
      curves.curves = earlier.curves
    }
    // Nothing is lost where nothing that is compared depends on a group.
    let compared = Set(tails.map(\.group))
    for (group, known) in network.groups.groups.enumerated() where !compared.contains(group) {
      curves.curves[group] = LossCurves.Curve(order: known.units, points: [])
    }
    self.curves = curves
    let open = tails.filter { curves.curves[$0.group] == nil }
    let ranks = options.ranks
    rounds = (open.count + ranks.count - 1) / ranks.count
    self.options = options
    work = ranks.dealt(open.count).map { open[$0] }.map { group, tail in
      let units = network.groups.groups[group].units.count
      var widths: [Int] = []
      for share in settings.shares {
        let gone = units - max(1, Int((share * Double(units)).rounded()))
        if gone > widths.last ?? 0 { widths.append(gone) }
      }
      return GroupWork(
        group: group, borders: Set(tail.borders), starts: tail.starts,
        cost: max(1, tail.workload),
        widths: widths)
    }
    fronts = NetworkFronts(
      network, calibration.inputShapes, calibration.options, portions: work.map(\.borders), examples: count,
      heldBytes: Self.heldBytes)
    let passes = work.reduce(0) { $0 + $1.widths.count } * batches
    let preparations = work.isEmpty ? 0 : moments.steps + batches
    wholeCost = network.bound.workload
    totalCost =
      wholeCost * Double(preparations)
      + work.reduce(0) { $0 + $1.cost * Double($1.widths.count * batches) }
    progress = RunProgress(
      done: 0, total: preparations + passes, seconds: 0, unit: "passes")
  }

  /// Goes a step on, of about a fifth of a second; `false` when everything is measured.
  package func step() throws -> Bool {
    guard roundsDone < rounds else { return false }
    let slice = TimeSlice()
    defer { progress.add(slice, done: doneCost, of: totalCost) }
    repeat {
      if next == work.count {
        // Others have a group more.
        try share(nil)
      } else if moments.done < moments.steps {
        _ = try moments.step()
        advance(wholeCost)
      } else if references.count < measured.count {
        try takeReference()
      } else {
        try measure(work[next])
      }
    } while roundsDone < rounds && !slice.isOver
    return roundsDone < rounds
  }

  /// Ends a round: every rank tells the curve of the group that it has measured, if one was left for it.
  private func share(_ group: Int?) throws {
    roundsDone += 1
    measuredGroups += group == nil ? 0 : 1
    guard options.ranks.count > 1 else { return }
    let own = group.map { SharedCurve(group: $0, curve: curves.curves[$0]) }
    for shared in try options.ranks.collect(values: own) where curves.curves.indices.contains(shared.group) {
      if curves.curves[shared.group] == nil { measuredGroups += 1 }
      curves.curves[shared.group] = shared.curve
    }
  }

  private struct SharedCurve: Codable {
    let group: Int
    let curve: LossCurves.Curve?
  }

  private func advance(_ cost: Double) {
    progress.done += 1
    doneCost += cost
  }

  private func takeReference() throws {
    let batch = measured[references.count]
    let plan = try fronts.whole(batch, outputs: change.values)
    if let original {
      // What the rewriting leaves of a value goes by the same number.
      let plans = originalPlans ?? calibration.plans(of: original.network, outputs: change.values)
      originalPlans = plans
      let before = try plans.forward(batch)
      references.append(change.reference(try change.outputs(of: before), examples: batch.count))
      curves.base +=
        change.loss(try change.outputs(of: plan), references[references.count - 1]) * Double(batch.count)
        / Double(max(1, curves.examples))
    } else {
      references.append(change.reference(try change.outputs(of: plan), examples: batch.count))
    }
    advance(wholeCost)
  }

  private func measure(_ work: GroupWork) throws {
    var curve: CurveOfGroup
    if let current {
      curve = current
    } else {
      curve = CurveOfGroup(surgery: try GroupSurgery(work.group, of: network.groups, surgeries))
    }
    current = nil
    if curve.points.count < work.widths.count {
      let gone = work.widths[curve.points.count]
      if curve.batch == 0 {
        curve.surgery.remove(until: gone)
        curve.tails = [:]
        curve.sum = 0
        curve.refits = try curve.surgery.refits()
      }
      let batch = measured[curve.batch]
      let tail: ExecutionPlan
      if let known = curve.tails[batch.count] {
        tail = known
      } else {
        tail = try self.tail(curve, work.starts, examples: batch.count)
        curve.tails[batch.count] = tail
      }
      let values = try fronts.values(of: batch, number: curve.batch, for: next)
      try tail.forward(values)
      curve.sum += change.loss(try change.outputs(of: tail), references[curve.batch]) * Double(batch.count)
      curve.batch += 1
      advance(work.cost)
      if curve.batch == measured.count {
        let loss = curve.sum / Double(max(1, curves.examples))
        curve.points.append(.init(removed: gone, loss: max(0, loss - curves.base)))
        curve.batch = 0
      }
    }
    guard curve.points.count == work.widths.count else {
      current = curve
      return
    }
    curve.surgery.remove(until: .max)
    curves.curves[work.group] = LossCurves.Curve(order: curve.surgery.order, points: curve.points)
    next += 1
    surgeries.keep(readersOf: self.work[next...].map(\.group), in: network.groups)
    try share(work.group)
  }

  /// What stands behind the group, with what is gone by now silent and its readers refitted.
  private func tail(
    _ curve: CurveOfGroup, _ starts: Set<NodeID>, examples: Int
  ) throws -> ExecutionPlan {
    let bound: BoundNetwork
    if let known = bounds[examples] {
      bound = known
    } else {
      bound = try calibration.bound(network.network, examples: examples)
      bounds[examples] = bound
    }
    let tail = try SilencedTail(
      removing: curve.surgery.order.sorted(), refits: curve.refits, startingWith: starts,
      of: network.groups, in: bound,
      outputs: change.values)
    guard let tail else { throw SessionError.nothingBefore(change.values.map(network.network.name(of:))) }
    return try tail.plan(outputs: change.values, options: calibration.options)
  }
}

/// A group on its way through its widths.
private struct CurveOfGroup {
  var surgery: GroupSurgery
  var points: [LossCurves.Point] = []
  var refits: [LayerRefit] = []
  /// By number of examples: the plan at the width that is being measured.
  var tails: [Int: ExecutionPlan] = [:]
  var batch = 0
  var sum = 0.0
}
