import Compute
import Datasets
import Foundation
import Graph
import Pruning
import Ranks

/// Scores by trying: for each batch and each group, the part behind the group is run again with one unit silent
/// after the other.
///
/// A step takes about a fifth of a second and can end between any two units, so that a screen may draw and a
/// person may stop; a layer's scores grow when all of its units have been tried on a batch.
final class RemovalScores: ScoreWork {
  private(set) var table: ScoreTable
  private(set) var progress: RunProgress
  private(set) var skipped: [Batch.Skipped] = []

  private let subject: ScoreSubject
  private let objective: Objective
  private let groups: ChannelGroups
  private let layers: [CoupledLayer]
  /// Groups on which the loss depends, in order, with the operations of a pass behind each.
  private let stages: [(group: Int, cost: Double)]
  private let batchCount: Int
  private let totalCost: Double
  private var doneCost = 0.0

  var visited: Int { nextExample }

  private var nextExample = 0
  private var batch: Batch?
  private var stage = 0
  /// The stages of this batch: all, but for those that an earlier run had done of it.
  private var pending: [(group: Int, cost: Double)] = []
  private var trial: Trial?
  /// By unit: the absolute change of each example's loss in this batch.
  private var changes: [Int: [Double]] = [:]
  /// Layers that this batch's changes were added to.
  private var added: Set<String> = []

  init(_ subject: ScoreSubject) throws {
    let network = subject.network
    self.subject = subject
    objective = try subject.objective()
    groups = network.groups
    let points = try subject.points(before: objective)
    let names = Set(points.map(\.layer))
    layers = groups.layers.filter { names.contains($0.layer.name) }
    table = subject.table(points)
    var stages: [(group: Int, cost: Double)] = []
    for (index, group) in network.groups.groups.enumerated() {
      let tail = SilencedTail(
        group: index, of: network.groups, in: network.bound, outputs: objective.values)
      guard let tail else { continue }
      stages.append((index, max(1, tail.workload) * Double(group.units.count + 1)))
    }
    self.stages = stages
    let perBatch = stages.reduce(0) { $0 + network.groups.groups[$1.group].units.count + 1 }
    let size = subject.batchSize
    let batches = (subject.order.count + size - 1) / size
    batchCount = batches
    totalCost = Double(batches) * stages.reduce(0) { $0 + $1.cost }
    progress = RunProgress(done: 0, total: batches * perBatch, seconds: 0, unit: "passes")
    nextExample = min(subject.earlier?.visited ?? 0, subject.order.count)
    progress.done = nextExample / size * perBatch
    progress.doneBefore = progress.done
    doneCost = Double(nextExample / size) * stages.reduce(0) { $0 + $1.cost }
    progress.shareBefore = totalCost > 0 ? doneCost / totalCost : 0
  }

  func step() throws -> Bool {
    guard nextExample < subject.order.count else { return false }
    let slice = TimeSlice()
    defer { progress.add(slice, done: doneCost, of: totalCost) }
    let batch = try currentBatch()
    if batch.count > 0, stage < pending.count {
      let trial = try currentTrial(batch)
      let group = groups.groups[pending[stage].group]
      let passCost = pending[stage].cost / Double(group.units.count + 1)
      while let (unit, losses) = try trial.next() {
        if let unit { changes[unit] = zip(losses, trial.losses).map { abs($0 - $1) } }
        progress.done += 1
        doneCost += passCost
        if slice.isOver { return true }
      }
      self.trial = nil
      stage += 1
      if subject.options.ranks.count == 1 { addLayers(batch, behind: Set(pending[..<stage].map(\.group))) }
      if stage < pending.count { return true }
    }
    if batch.count > 0, subject.options.ranks.count > 1 { try shareChanges(batch) }
    nextExample = min(nextExample + subject.batchSize, subject.order.count)
    self.batch = nil
    return nextExample < subject.order.count
  }

  private func currentBatch() throws -> Batch {
    if let batch { return batch }
    let end = min(nextExample + subject.batchSize, subject.order.count)
    let indices = subject.order[nextExample..<end]
    let dataset = subject.dataset
    let read = try dataset.batch(indices)
    skipped += read.skipped
    batch = read
    // Layers that a run that was broken off had been through with this batch have more examples than the others.
    let counts = layers.map { table.layers[$0.layer.name]?.count ?? 0 }
    added = Set(zip(layers, counts).filter { $1 > counts.min() ?? 0 }.map(\.0.layer.name))
    let needed = Set(layers.filter { !added.contains($0.layer.name) }.flatMap(\.groups))
    let ranks = subject.options.ranks
    let needing = stages.filter { needed.contains($0.group) }
    pending = ranks.dealt(needing.count).map { needing[$0] }
    changes = [:]
    stage = 0
    return read
  }

  private func currentTrial(_ batch: Batch) throws -> Trial {
    if let trial { return trial }
    let made = try Trial(
      subject, group: pending[stage].group, batch: batch, objective: objective, seed: UInt64(nextExample))
    trial = made
    return made
  }

  /// Brings together what the ranks have tried on a batch, and adds it.
  private func shareChanges(_ batch: Batch) throws {
    var message = MessageWriter()
    for (unit, change) in changes.sorted(by: { $0.key < $1.key }) {
      message.write(unit)
      message.write(change)
    }
    for (rank, bytes) in try subject.options.ranks.collect(message.bytes).enumerated() {
      var reader = MessageReader(bytes, from: rank)
      while !reader.isAtEnd {
        let unit = try reader.readInt()
        changes[unit] = try reader.readDoubles()
      }
    }
    addLayers(batch, behind: Set(stages.map(\.group)))
    // What the others did is done.
    let batches = nextExample / subject.batchSize + 1
    progress.done = batches * progress.total / batchCount
    doneCost = totalCost * Double(batches) / Double(batchCount)
  }

  /// Adds to the table what has been tried of every kernel of a layer, where all of its groups are done.
  private func addLayers(_ batch: Batch, behind done: Set<Int>) {
    let relevant = Set(stages.map(\.group))
    for layer in layers
    where !added.contains(layer.layer.name) && relevant.intersection(layer.groups).isSubset(of: done) {
      added.insert(layer.layer.name)
      for example in 0..<batch.count {
        table.layers[layer.layer.name]!.add(layer.units.map { changes[$0]?[example] ?? 0 })
      }
    }
  }
}

/// One group's units being silenced on one batch.
private final class Trial {
  /// The loss of each example with nothing silent.
  private(set) var losses: [Double] = []
  private let tail: SilencedTail
  private let plan: ExecutionPlan
  private let borders: [ValueID: [Float]]
  private let units: [Int]
  private let batch: Batch
  private let objective: Objective
  private let seed: UInt64
  private var index = -1

  init(
    _ subject: ScoreSubject, group: Int, batch: Batch, objective: Objective, seed: UInt64
  ) throws {
    let network = subject.network.batched
    let feed = try BatchFeed(subject.network, dataset: subject.dataset)
    let feeds = feed.inputs(batch)
    let bound = try BoundNetwork(network, inputShapes: feed.shapes(examples: batch.count), batch: batch.count)
    guard
      let tail = SilencedTail(
        group: group, of: subject.network.groups, in: bound, outputs: objective.values)
    else { throw SessionError.nothingBefore(objective.values.map(network.name(of:))) }
    self.tail = tail
    let computed = tail.borders.filter { feeds[$0] == nil }
    let options = subject.options
    var values = feeds.filter { tail.borders.contains($0.key) }
    if !computed.isEmpty {
      let front = try ExecutionPlan(bound, purpose: .infer, outputs: computed, options: options)
      try front.forward(feeds)
      for value in computed { values[value] = try front.value(value) }
    }
    let behind = try BoundNetwork(tail.network)
    (borders, plan) = (
      values, try ExecutionPlan(behind, purpose: .infer, outputs: objective.values, options: options)
    )
    units = subject.network.groups.groups[group].units
    self.batch = batch
    self.objective = objective
    self.seed = seed
  }

  /// The loss of each example with the next unit silent, or at first with none; `nil` when all were.
  func next() throws -> (unit: Int?, losses: [Double])? {
    guard index < units.count else { return nil }
    let unit = index < 0 ? nil : units[index]
    let feeds = borders.merging(tail.masks(silencing: unit.map { [$0] } ?? []), uniquingKeysWith: { $1 })
    try plan.forward(feeds)
    let found = try objective.evaluate(plan, batch: batch, seed: seed).losses
    if unit == nil { losses = found }
    index += 1
    return (unit, found)
  }
}
