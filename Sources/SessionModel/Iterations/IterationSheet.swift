import Graph
package import Pruning
import Quantities

/// All iterations of a session side by side: their figures, in an order, and the front of two of them.
package struct IterationSheet: Sendable {
  /// In the order in which they were made.
  package let iterations: [IterationSummary]
  /// What times are measured under: others are no figures.
  package let conditions: LatencyConditions?
  /// What deviations count: those that count something else are no figures.
  package let deviationMeasure: LossCurves.Measure?

  /// A sheet of iterations.
  ///
  /// - Parameter current: the one that is worked on, whose deviation says what the others' must count.
  package init(_ iterations: [IterationSummary], current: Int, conditions: LatencyConditions?) {
    self.iterations = iterations
    self.conditions = conditions
    let now = iterations.first { $0.id == current }?.outputDeviation
    deviationMeasure = (now ?? iterations.last { $0.outputDeviation != nil }?.outputDeviation)?.measure
  }

  /// A figure of an iteration, accuracies and output errors in per cent; `nil` where it is not known, compares with nothing, or
  /// is no number.
  package func value(of iteration: IterationSummary, by figure: IterationFigure) -> Double? {
    switch figure {
    case .number: Double(iteration.id)
    case .title: nil
    case .accuracy: iteration.evaluation?.accuracy.map { 100 * $0 }
    case .loss: iteration.evaluation?.loss
    case .deviation: deviation(of: iteration)
    case .parameters: Double(iteration.parameters)
    case .macs: Double(iteration.multiplyAccumulates)
    case .latency: iteration.latency?.seconds(under: conditions)
    case .size: iteration.bytes > 0 ? Double(iteration.bytes) : nil
    case .made: iteration.made
    }
  }

  private func deviation(of iteration: IterationSummary) -> Double? {
    guard let measure = deviationMeasure else { return nil }
    if iteration.parent == nil { return 0 }
    guard let deviation = iteration.outputDeviation, deviation.measure == measure else { return nil }
    return measure == .outputError ? 100 * deviation.value : deviation.value
  }

  /// A figure as it stands in a column, in brackets where it compares with nothing; `nil` where it is not known.
  package func text(of iteration: IterationSummary, by figure: IterationFigure) -> String? {
    switch figure {
    case .title: iteration.name ?? iteration.title
    case .deviation: iteration.outputDeviation?.text
    case .latency:
      iteration.latency.map { latency in
        let text = Quantity.time(seconds: latency.seconds)
        return latency.seconds(under: conditions) == nil ? "(\(text))" : text
      }
    default: value(of: iteration, by: figure).map { text($0, of: figure) }
    }
  }

  /// A value of a figure as people read it.
  package func text(_ value: Double, of figure: IterationFigure) -> String {
    switch figure {
    case .number, .title: Quantity.fixed(value, digits: 0)
    case .accuracy: Quantity.percent(value / 100, digits: 1)
    case .loss: Quantity.significant(value, digits: 3)
    case .deviation:
      deviationMeasure?.deviationText(deviationMeasure == .outputError ? value / 100 : value)
        ?? Quantity.significant(value, digits: 3)
    case .parameters, .macs: Quantity.count(value)
    case .latency: Quantity.time(seconds: value)
    case .size: Quantity.bytes(Int(cut: value))
    case .made: Moment.text(value)
    }
  }

  /// Whether some iteration has a figure of this kind.
  package func knows(_ figure: IterationFigure) -> Bool {
    iterations.contains { value(of: $0, by: figure) != nil }
  }

  // MARK: Order

  /// The iterations by a figure; those without it come last either way, in the order in which they were made.
  package func sorted(by figure: IterationFigure, ascending: Bool) -> [IterationSummary] {
    if figure == .title {
      let labels = iterations.map { ($0, ($0.name ?? $0.title).lowercased()) }
      let order = labels.enumerated().sorted { one, other in
        one.element.1 == other.element.1
          ? one.offset < other.offset : (one.element.1 < other.element.1) == ascending
      }
      return order.map(\.element.0)
    }
    let known = iterations.enumerated().compactMap { index, iteration in
      value(of: iteration, by: figure).flatMap { $0.isNaN ? nil : (index: index, value: $0) }
    }
    let order = known.sorted { one, other in
      one.value == other.value ? one.index < other.index : (one.value < other.value) == ascending
    }
    let placed = Set(order.map(\.index))
    return order.map { iterations[$0.index] }
      + iterations.indices.filter { !placed.contains($0) }.map { iterations[$0] }
  }

  // MARK: The front

  /// An iteration's place among two figures.
  package struct Place: Sendable, Hashable {
    /// The iteration's number.
    package let id: Int
    /// What it costs.
    package let cost: Double
    /// What it is worth.
    package let worth: Double
  }

  /// The places of the iterations of which both figures are known.
  package func places(_ cost: IterationFigure, _ worth: IterationFigure) -> [Place] {
    iterations.compactMap { iteration in
      guard let x = value(of: iteration, by: cost), let y = value(of: iteration, by: worth), x.isFinite,
        y.isFinite
      else { return nil }
      return Place(id: iteration.id, cost: x, worth: y)
    }
  }

  /// The places that no other one beats in one of the two figures without being worse in the other, the cheapest first.
  package func front(_ cost: IterationFigure, _ worth: IterationFigure) -> [Place] {
    let places = places(cost, worth)
    return CostFront(places.map { ($0.cost, $0.worth) }, higherIsBetter: worth == .accuracy)
      .indices.map { places[$0] }
  }
}
