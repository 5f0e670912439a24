internal import Pruning
internal import TerminalUI

/// What iterations are worth against what they cost.
extension IterationsScreen {
  /// Whether there is something to plot.
  static func canPlot(_ state: ProgramState) -> Bool {
    state.iterationSheet.places(state.iterations.axis, state.plottedWorth).count > 1
  }

  /// The numbers of the iterations on the front of what is plotted.
  static func front(_ state: ProgramState) -> Set<Int> {
    let sheet = state.iterationSheet
    guard sheet.places(state.iterations.axis, state.plottedWorth).count > 1 else { return [] }
    return Set(sheet.front(state.iterations.axis, state.plottedWorth).map(\.id))
  }

  /// What stands for the front, in the plot and in the sheet: the mark of the plot's third series.
  static func frontMark(_ glyphs: Glyphs) -> Unicode.Scalar { glyphs.plotMarks[2] }

  /// Draws what iterations are worth against what the axis shows: the front joined by a line, the current iteration marked.
  static func drawScatter(_ state: ProgramState, into grid: inout Grid, in area: Rectangle) {
    guard area.height >= 6 else { return }
    let (sheet, axis, worth) = (state.iterationSheet, state.iterations.axis, state.plottedWorth)
    let places = sheet.places(axis, worth)
    let front = sheet.front(axis, worth)
    let selectedID = state.selectedIteration?.id
    let current = places.filter { $0.id == state.engine.currentIteration }
    let selected = places.filter { $0.id == selectedID && $0.id != state.engine.currentIteration }
    func series(
      _ name: String, _ places: [IterationSheet.Place], _ role: Role, _ kind: Plot.Series.Kind = .scatter,
      isNumbered: Bool = false
    ) -> Plot.Series {
      Plot.Series(
        places.isEmpty ? "" : name, places.map { .init($0.cost, $0.worth) }, kind: kind, style: .role(role),
        labels: isNumbered ? places.map { "\($0.id)" } : [])
    }
    var plot = Plot(
      [
        series("", front, .graphSecond, .line), series("iterations", places, .graph, isNumbered: true),
        series("front", front, .graphSecond), series("current", current, .success),
        series("selected", selected, .changed),
      ], xTitle: axis.title + " (Space x)", yTitle: Self.title(of: worth, sheet))
    plot.xRange = Self.padded(places.map(\.cost))
    plot.yRange = Self.padded(places.map(\.worth))
    // No output is nearer to the original's than its own.
    if worth == .deviation { plot.yRange = plot.yRange.map { 0...$0.upperBound } }
    plot.hasLegendBelow = worth == .accuracy
    plot.xLabel = { sheet.text($0, of: axis) }
    plot.draw(into: &grid, in: area)
  }

  /// What stands at the plot's vertical axis.
  private static func title(of worth: IterationFigure, _ sheet: IterationSheet) -> String {
    let isPercent = worth == .accuracy || worth == .deviation && sheet.deviationMeasure == .outputError
    return worth.title + (isPercent ? " % (Space v)" : " (Space v)")
  }

  /// The range of values with a little room, so that marks do not stand on the axes; `nil` leaves it to the plot.
  private static func padded(_ values: [Double]) -> ClosedRange<Double>? {
    guard let low = values.min(), let high = values.max(), high > low else { return nil }
    let room = 0.04 * (high - low)
    return (low - (low > 0 ? min(room, low) : room))...(high + room)
  }
}
