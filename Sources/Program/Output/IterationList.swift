import Foundation
import Graph
import Session
import TerminalUI

/// The iterations of a session as they are printed: the sheet of the terminal program for scripts.
struct IterationList {
  private let sheet: IterationSheet
  private let current: Int
  private let rows: [IterationSummary]
  private let front: Set<Int>

  /// The iterations in an order.
  ///
  /// - Parameters:
  ///   - current: the one that is worked on.
  ///   - sort: what they are sorted by; `nil` for the order in which they were made.
  ///   - isReversed: whether the order is turned round.
  ///   - axes: what the front is of; the first worth that is known where it does not say.
  ///   - frontOnly: whether those that are not on the front are left out.
  init(
    _ workbench: Workbench, current: Int, sort: IterationFigure? = nil, isReversed: Bool = false,
    axes: (cost: IterationFigure, worth: IterationFigure?) = (.macs, nil), frontOnly: Bool = false
  ) {
    let sheet = IterationSheet(
      workbench.history.iterations.map(\.summary), current: current,
      conditions: LatencyConditions(workbench.options))
    let figure = sort ?? .number
    let worth = axes.worth ?? IterationFigure.worths.first(where: sheet.knows) ?? .accuracy
    let front = Set(sheet.front(axes.cost, worth).map(\.id))
    let sorted = sheet.sorted(by: figure, ascending: figure.isAscendingAtFirst != isReversed)
    (self.sheet, self.current, self.front) = (sheet, current, front)
    rows = frontOnly ? sorted.filter { front.contains($0.id) } : sorted
  }

  func show(asJSON: Bool) {
    if asJSON { Console.json(rows.map(entry)) } else { Console.result(text) }
  }

  // MARK: JSON

  private struct Entry: Encodable {
    let id: Int
    let parent: Int?
    let name: String?
    let title: String
    let isCurrent: Bool
    let isOnFront: Bool
    let parameters: Int
    let macs: Int
    let bytes: Int
    let evaluation: Evaluation?
    let outputDeviation: OutputDeviation?
    let latencyMilliseconds: Double?
    /// What the time was measured under, its spread as a share, and seconds since 1970.
    let latencyConditions: LatencyConditions?
    let latencySpread: Double?
    let latencyDate: Double?
    /// Seconds since 1970.
    let made: Double?
  }

  private func entry(_ iteration: IterationSummary) -> Entry {
    Entry(
      id: iteration.id, parent: iteration.parent, name: iteration.name, title: iteration.title,
      isCurrent: iteration.id == current, isOnFront: front.contains(iteration.id),
      parameters: iteration.parameters, macs: iteration.multiplyAccumulates, bytes: iteration.bytes,
      evaluation: iteration.evaluation, outputDeviation: iteration.outputDeviation,
      latencyMilliseconds: iteration.latency.map { 1000 * $0.seconds },
      latencyConditions: iteration.latency?.conditions, latencySpread: iteration.latency?.spread,
      latencyDate: iteration.latency?.date?.timeIntervalSince1970, made: iteration.made)
  }

  // MARK: Text

  private var text: TerminalText {
    var figures: [(head: String, figure: IterationFigure)] = [
      ("PARAMS", .parameters), ("MACS", .macs), ("FILE", .size), ("ACCURACY", .accuracy), ("LOSS", .loss),
    ]
    let hasDeviations = rows.contains { $0.outputDeviation != nil }
    if hasDeviations { figures.append(("DEVIATION", .deviation)) }
    figures.append(("LATENCY", .latency))
    if sheet.knows(.made) { figures.append(("MADE", .made)) }
    var table = TextTable(
      [("ITERATION", .left), ("FROM", .right), ("NAME", .left)]
        + figures.map { ($0.head, $0.figure == .made ? .left : .right) } + [("", .left)])
    for iteration in rows {
      let states = [
        iteration.id == current ? "current" : "", front.contains(iteration.id) ? "front" : "",
      ]
      table.add(
        ["\(iteration.id) \(iteration.title)", iteration.parent.map(String.init) ?? "", iteration.name ?? ""]
          + figures.map { sheet.text(of: iteration, by: $0.figure) ?? "" }
          + [states.filter { !$0.isEmpty }.joined(separator: ", ")])
    }
    var text = table.text
    if rows.contains(where: { $0.latency != nil && sheet.value(of: $0, by: .latency) == nil }) {
      text =
        text + "\na latency in brackets was measured with other threads, in another precision or elsewhere"
    }
    guard hasDeviations, let measure = sheet.deviationMeasure else { return text }
    return text + "\nthe deviation is \(measure.deviationMeaning)"
  }
}

/// Several iterations layer by layer, as they are printed.
struct IterationComparisonReport: Encodable {
  struct Layer: Encodable {
    let name: String
    /// Output channels in each of the iterations; nothing where one has no such layer.
    let kernels: [Int?]
  }

  let iterations: [Int]
  let parameters: [Int]
  let macs: [Int]
  /// Those that differ in their widths.
  let layers: [Layer]
  let unchangedLayers: Int

  init(_ iterations: [Iteration]) {
    self.iterations = iterations.map(\.id)
    parameters = iterations.map(\.parameters)
    macs = iterations.map(\.multiplyAccumulates)
    var names: [String] = []
    var widths: [String: [Int?]] = [:]
    for (index, iteration) in iterations.enumerated() {
      for layer in iteration.network.summary.layers {
        if widths[layer.name] == nil { names.append(layer.name) }
        widths[layer.name, default: Array(repeating: nil, count: iterations.count)][index] = layer.kernels
      }
    }
    let all = names.map { Layer(name: $0, kernels: widths[$0] ?? []) }
    layers = all.filter { Set($0.kernels).count > 1 }
    unchangedLayers = all.count - layers.count
  }

  var text: TerminalText {
    var table = TextTable([("LAYER", .left)] + iterations.map { ("KERNELS \($0)", .right) })
    for layer in layers {
      table.add([layer.name] + layer.kernels.map { $0.map(String.init) ?? Quantity.missing })
    }
    var totals = TextTable([("ITERATION", .left), ("PARAMS", .right), ("MACS", .right)])
    for (index, id) in iterations.enumerated() {
      totals.add(["\(id)", Quantity.grouped(parameters[index]), Quantity.grouped(macs[index])])
    }
    let rest = unchangedLayers == 1 ? "1 layer has" : "\(unchangedLayers) layers have"
    let end: TerminalText = "\(rest) the same width in all"
    let parts = [totals.text] + (layers.isEmpty ? [] : [table.text]) + [end]
    return parts.joined(separator: "\n\n")
  }
}
