internal import TerminalUI

/// What iterations are worth against their size.
extension IterationsScreen {
  /// An iteration's place in the plot.
  struct ScatterPoint: Hashable {
    let id: Int
    let location: Plot.Location
  }

  /// The iterations that can be plotted.
  private static func scatterPoints(_ state: ProgramState) -> [ScatterPoint] {
    let worth = state.plottedWorth
    return state.engine.iterations.compactMap { iteration in
      guard let x = state.iterations.axis.value(of: iteration, under: state.engine.latencyConditions),
        let y = state.worth(of: iteration, by: worth), x.isFinite, y.isFinite
      else { return nil }
      return ScatterPoint(id: iteration.id, location: .init(x, y))
    }
  }

  /// Whether there is something to plot.
  static func canPlot(_ state: ProgramState) -> Bool { scatterPoints(state).count > 1 }

  /// The points that no other one beats in one of the two without being worse in the other, by size.
  private static func front(_ state: ProgramState, of points: [ScatterPoint]) -> [ScatterPoint] {
    let sign: Double = state.plottedWorth == .accuracy ? 1 : -1
    return points.filter { point in
      !points.contains { other in
        let better = sign * (other.location.y - point.location.y)
        return other.location.x <= point.location.x && better >= 0
          && (other.location.x < point.location.x || better > 0)
      }
    }.sorted { ($0.location.x, sign * $0.location.y) < ($1.location.x, sign * $1.location.y) }
  }

  /// Draws what iterations are worth against what the axis shows: the front joined by a line, the current iteration marked.
  static func drawScatter(_ state: ProgramState, into grid: inout Grid, in area: Rectangle) {
    guard area.height >= 6 else { return }
    let points = scatterPoints(state)
    let front = Self.front(state, of: points)
    let selectedID = state.selectedIteration?.id
    let current = points.filter { $0.id == state.engine.currentIteration }
    let selected = points.filter { $0.id == selectedID && $0.id != state.engine.currentIteration }
    func series(_ name: String, _ points: [ScatterPoint], _ role: Role, _ kind: Plot.Series.Kind = .scatter)
      -> Plot.Series
    {
      Plot.Series(points.isEmpty ? "" : name, points.map(\.location), kind: kind, style: .role(role))
    }
    let worth = state.plottedWorth
    var plot = Plot(
      [
        series("", front, .graphSecond, .line), series("iterations", points, .graph),
        series("front", front, .graphSecond), series("current", current, .success),
        series("selected", selected, .changed),
      ], xTitle: state.iterations.axis.rawValue + " (Space x)", yTitle: state.title(of: worth))
    plot.xRange = Self.padded(points.map(\.location.x))
    plot.yRange = Self.padded(points.map(\.location.y))
    // No output is nearer to the original's than its own.
    if worth == .deviation { plot.yRange = plot.yRange.map { 0...$0.upperBound } }
    plot.hasLegendBelow = worth == .accuracy
    let axis = state.iterations.axis
    plot.xLabel = { axis.text($0) }
    plot.draw(into: &grid, in: area)
  }

  /// The range of values with a little room, so that marks do not stand on the axes; `nil` leaves it to the plot.
  private static func padded(_ values: [Double]) -> ClosedRange<Double>? {
    guard let low = values.min(), let high = values.max(), high > low else { return nil }
    let room = 0.04 * (high - low)
    return (low - (low > 0 ? min(room, low) : room))...(high + room)
  }
}
