import Foundation
import Schedules
import Screens
import TerminalUI

extension TimelineSummary {
  init(_ view: ScheduleView) {
    self.init(
      name: (view.path as NSString).lastPathComponent, rows: view.rows.map { Row($0, view) },
      epochs: view.epochs,
      epoch: view.epoch, isWaiting: view.isWaiting, outcome: view.outcome,
      results: view.log.map { row in
        var parts = ["loss \(Quantity.significant(row.loss, digits: 3))"]
        if let accuracy = row.validationAccuracy ?? row.accuracy {
          parts.append("accuracy \(Quantity.percent(accuracy, digits: 1))")
        }
        parts.append("rate \(Quantity.scientific(row.rate))")
        parts.append("\(Quantity.grouped(row.size.weights)) weights")
        return parts.joined(separator: ", ")
      })
  }
}

extension TimelineSummary.Row {
  init(_ row: ScheduleView.Row, _ view: ScheduleView) {
    let kind: TimelineSummary.Kind =
      switch row.kind {
      case .pruner: .pruner
      case .regularizer: .regularizer
      case .remover: .remover
      case .rate: .rate
      }
    var range: Range?
    if case .range(let start, let end, let frequency) = row.epochs {
      range = Range(start: start, end: end, frequency: frequency)
    }
    var cells = row.cells.mapValues(TimelineSummary.Cell.init)
    if kind == .regularizer || kind == .rate {
      for epoch in 0..<view.epochs where row.epochs.contains(epoch) {
        let factor = view.rateFactors.indices.contains(epoch) ? view.rateFactors[epoch] : 1
        let text = kind == .rate ? "×\(Quantity.significant(factor, digits: 2))" : "on"
        cells[epoch] = .init(
          text: String(text.prefix(5)),
          details: [
            kind == .rate ? "the rate is \(Quantity.significant(factor, digits: 4)) of the first" : "penalty"
          ])
      }
    }
    self.init(
      kind: kind, name: row.name, className: row.className, finalSparsity: row.finalSparsity, range: range,
      cells: cells)
  }
}

extension TimelineSummary.Cell {
  init(_ cell: Rehearsal.Cell) {
    if !cell.sizes.isEmpty {
      self.init(text: "cut", details: [ScheduleReport.text(cell.sizes)])
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
}

extension ScheduleOrder {
  init(_ order: TimelineOrder) {
    self =
      switch order {
      case .goOn: .goOn
      case .step: .step
      case .pause: .pause
      case .change(let policy, let sparsity, let range):
        .change(
          policy: policy, finalSparsity: sparsity,
          epochs: range.map { .range(start: $0.start, end: $0.end, frequency: $0.frequency) })
      }
  }
}
