import Graph
import Pruning
import Quantities
import Session

/// What iterations are worth for what they cost.
extension ReportWriter {
  /// A way to say what a network is worth.
  private struct Worth {
    let title: String
    let axis: String
    let higherIsBetter: Bool
    let text: (Double) -> String
    let value: (Iteration) -> Double?
  }

  /// A way to say what a network costs.
  private struct Cost {
    let title: String
    let axis: String
    let text: (Double) -> String
    let value: (Iteration) -> Double?
  }

  mutating func addFronts() {
    guard history.iterations.count > 1 else { return }
    let worth = self.worth
    let plots = costs.compactMap { cost in worth.flatMap { self.plot($0, against: cost) } }
    document.parts.append(
      .heading(plots.isEmpty ? "Iterations" : "What it is worth for its cost", level: 2))
    document.parts += plots.map { .plot($0.0) }
    addIterations(onFront: plots.first?.front ?? [])
  }

  /// What most iterations have of what worth can be: accuracy, loss, or how far the outputs are from the original's.
  private var worth: Worth? {
    let measure = history.iterations.lazy.compactMap(\.outputDeviation).last?.measure
    let all = [
      Worth(
        title: "Accuracy", axis: "accuracy %", higherIsBetter: true,
        text: { Quantity.significant($0, digits: 3) }, value: { $0.evaluation?.accuracy.map { 100 * $0 } }),
      Worth(
        title: "Loss", axis: "loss", higherIsBetter: false, text: { Quantity.precise($0, digits: 3) },
        value: { $0.evaluation?.loss }),
      Worth(
        title: "Deviation of the outputs", axis: measure?.deviationMeaning ?? "", higherIsBetter: false,
        text: { Quantity.precise($0, digits: 3) },
        value: { iteration in
          guard iteration.parent != nil else { return 0 }
          return iteration.outputDeviation.flatMap { $0.measure == measure ? $0.value : nil }
        }),
    ]
    return all.first { worth in history.iterations.count { worth.value($0) != nil } > 1 }
  }

  private var costs: [Cost] {
    let conditions = iteration.latency ?? original.latency
    return [
      Cost(
        title: "multiply-accumulates", axis: "MACs", text: { Quantity.count($0) },
        value: { Double($0.network.summary.multiplyAccumulates) }),
      Cost(
        title: "the time of an example", axis: "ms an example", text: { Quantity.significant($0, digits: 3) },
        value: { iteration in
          guard let latency = iteration.latency, let conditions, latency.compares(with: conditions) else {
            return nil
          }
          return 1000 * latency.seconds
        }),
    ]
  }

  /// The plot and the numbers of the iterations on the front; `nil` where fewer than two can be plotted.
  private func plot(_ worth: Worth, against cost: Cost) -> (ReportDocument.Plot, front: Set<Int>)? {
    let known = history.iterations.compactMap { iteration -> (iteration: Iteration, x: Double, y: Double)? in
      guard let x = cost.value(iteration), let y = worth.value(iteration), x.isFinite, y.isFinite else {
        return nil
      }
      return (iteration, x, y)
    }
    guard known.count > 1 else { return nil }
    let front = CostFront(
      known.map { ($0.x, $0.y) }, higherIsBetter: worth.higherIsBetter
    ).indices.map { known[$0] }
    let ids = Set(front.map(\.iteration.id))
    let others = known.filter { !ids.contains($0.iteration.id) }
    let target = known.filter { $0.iteration.id == iteration.id }
    func label(_ iteration: Iteration) -> String { iteration.name ?? String(iteration.id) }
    func series(
      _ name: String, _ entries: [(iteration: Iteration, x: Double, y: Double)],
      _ style: ReportDocument.Plot.Series.Style
    ) -> ReportDocument.Plot.Series {
      .init(
        name: name, points: entries.map { ($0.x, $0.y) }, style: style,
        labels: style == .target || style == .line ? [] : entries.map { label($0.iteration) })
    }
    let place =
      !target.isEmpty
      ? ids.contains(iteration.id) ? "It is on the front." : "Others are better for the cost." : ""
    return (
      ReportDocument.Plot(
        title: "\(worth.title) against \(cost.title)",
        summary: "Iteration \(iteration.id) has a ring. Of \(known.count) iterations "
          + "\(ids.count) \(ids.count == 1 ? "is" : "are") on the front: none costs less and is as good. \(place)",
        xTitle: cost.axis, yTitle: worth.axis,
        series: [
          series("", front, .line), series("on the front", front, .points),
          series("others", others, .hollowPoints), series("this iteration", target, .target),
        ], xText: cost.text, yText: worth.text), ids
    )
  }

  /// Every iteration in a table, those that lead to this one marked.
  private mutating func addIterations(onFront: Set<Int>) {
    let ids = Set(chain.map(\.id))
    let shown = history.iterations.count <= Self.mostIterations ? history.iterations : chain
    var table = self.table(of: shown, onFront: onFront)
    table.marked = Set(shown.indices.filter { ids.contains(shown[$0].id) })
    table.caption =
      shown.count == ids.count
      ? "The iterations that lead here" : "All iterations; those that lead here stand out"
    if shown.count <= Self.mostIterations { return document.parts.append(.table(table)) }
    document.parts.append(
      .fold(
        .init(
          title: "The iterations that lead here", note: Quantity.grouped(shown.count), bar: nil,
          isOpen: false, parts: [.table(table)])))
  }

  /// Iterations that a page shows one below the other.
  private static let mostIterations = 25

  private func table(of iterations: [Iteration], onFront: Set<Int>) -> ReportDocument.Table {
    var table = ReportDocument.Table(columns: [
      "iteration", "parameters", "MACs", "accuracy", "loss", "deviation of the outputs", "time of an example",
      "front",
    ])
    let start = original.network.summary
    func amount(_ now: Int, _ before: Int) -> String {
      "\(Quantity.count(now)) (\(Quantity.percent(Double(now) / Double(max(1, before)))))"
    }
    for iteration in iterations {
      let summary = iteration.network.summary
      table.add([
        title(of: iteration), amount(summary.parameters, start.parameters),
        amount(summary.multiplyAccumulates, start.multiplyAccumulates),
        iteration.evaluation?.accuracy.map(Self.percent) ?? "",
        iteration.evaluation.map { Self.loss($0.loss) } ?? "", iteration.outputDeviation?.text ?? "",
        time(of: iteration), onFront.contains(iteration.id) ? "on it" : "",
      ])
    }
    return table
  }

  /// An iteration's time; one that does not compare with this iteration's says so.
  private func time(of other: Iteration) -> String {
    guard let latency = other.latency else { return "" }
    let compares = other.id == iteration.id || iteration.latency.map(latency.compares(with:)) ?? true
    return Self.time(latency.seconds) + (compares ? "" : " (measured otherwise)")
  }
}
