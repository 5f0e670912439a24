import Foundation
import Quantities
import Session

extension TimelineSummary {
  /// The timeline of a schedule that has not begun: what its rehearsal found, by policy.
  init(_ schedule: Schedule, _ rehearsal: Rehearsal, epochs: Int, rate: Double) {
    let cells = Dictionary(grouping: rehearsal.cells, by: \.policy)
    let factors = schedule.rateFactors(epochs: epochs, rate: rate)
    self.init(
      name: (schedule.path as NSString).lastPathComponent,
      rows: schedule.policies.enumerated().map { index, policy in
        Row(policy, of: schedule, cells: cells[index] ?? [], epochs: epochs, rateFactors: factors)
      }, epochs: epochs, epoch: 0, isWaiting: true)
  }
}

extension TimelineSummary.Row {
  fileprivate init(
    _ policy: Policy, of schedule: Schedule, cells: [Rehearsal.Cell], epochs: Int, rateFactors: [Double]
  ) {
    let instance = policy.instance
    let pruner = policy.kind == .pruner ? schedule.pruner(instance) : nil
    let (kind, className): (TimelineSummary.Kind, String?) =
      switch policy.kind {
      case .pruner: (.pruner, pruner?.className)
      case .regularizer: (.regularizer, schedule.regularizers.first { $0.name == instance }?.className)
      case .remover: (.remover, schedule.removers.first { $0.name == instance }?.className)
      case .rate: (.rate, schedule.rates.first { $0.name == instance }?.className)
      }
    var range: Range?
    if case .range(let start, let end, let frequency) = policy.epochs {
      range = Range(start: start, end: end, frequency: frequency)
    }
    var shown = cells.reduce(into: [:]) { $0[$1.epoch] = TimelineSummary.Cell($1) }
    if kind == .regularizer || kind == .rate {
      for epoch in 0..<epochs where policy.epochs.contains(epoch) {
        let factor = rateFactors.indices.contains(epoch) ? rateFactors[epoch] : 1
        shown[epoch] = kind == .rate ? .init(rateFactor: factor) : .init(text: "on", details: ["penalty"])
      }
    }
    self.init(
      kind: kind, name: instance, className: className ?? "", finalSparsity: pruner?.ramp?.largest,
      range: range, cells: shown)
  }
}

extension TimelineSummary.Cell {
  fileprivate init(_ cell: Rehearsal.Cell) {
    if !cell.sizes.isEmpty {
      self.init(text: "cut", details: [NetworkSize.text(cell.sizes)])
      return
    }
    let share = cell.sparsity.map { Quantity.percent($0, digits: 2) }
    let counts = cell.counts.map {
      "\($0.weight)  \(Quantity.grouped($0.masked)) of \(Quantity.grouped($0.total)) \(cell.unit)"
    }
    self.init(
      text: cell.sparsity.map { "\(Int((100 * $0).rounded()))%" } ?? "on",
      details: (share.map { ["sparsity \($0)"] } ?? []) + counts)
  }

  fileprivate init(rateFactor factor: Double) {
    self.init(
      text: String("×\(Quantity.significant(factor, digits: 2))".prefix(5)),
      details: ["the rate is \(Quantity.significant(factor, digits: 4)) of the first"])
  }
}

extension ScheduleLog.Row {
  /// What was found, in a line of the timeline.
  var text: String {
    var parts = ["loss \(Quantity.significant(loss, digits: 3))"]
    if let accuracy = validationAccuracy ?? accuracy {
      parts.append("accuracy \(Quantity.percent(accuracy, digits: 1))")
    }
    parts.append("rate \(Quantity.scientific(rate))")
    parts.append("\(Quantity.grouped(size.weights)) weights")
    return parts.joined(separator: ", ")
  }
}
