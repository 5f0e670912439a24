internal import TerminalUI

extension IterationsScreen {
  /// The tree of iterations as a table of so many columns.
  static func table(_ state: ProgramState, width: Int) -> Table {
    let rows = Self.rows(state)
    let marked = state.iterations.marked
    let glyphs = state.usesASCII ? Glyphs.ascii : .unicode
    let hasOtherTimes = state.engine.iterations.contains { $0.latency != nil && state.seconds(of: $0) == nil }
    let columns: [Table.Column] = [
      .init("title", "ITERATION", minimumWidth: 16, isFlexible: true),
      .init("accuracy", "ACCURACY", .aligned(.right), minimumWidth: 8),
      .init("change", "SINCE", minimumWidth: 9, dropPriority: 3),
      .init("loss", "LOSS", .aligned(.right), minimumWidth: 6, dropPriority: 2),
      .init("parameters", "PARAMS", .aligned(.right), minimumWidth: 7),
      .init("macs", "MACS", .aligned(.right), minimumWidth: 7),
      .init("latency", "TIME", .aligned(.right), minimumWidth: hasOtherTimes ? 9 : 7, dropPriority: 1),
    ]
    let bare = Table(columns: columns, rowCount: 0) { _ in Table.Row([]) }
    let titleWidth = bare.slots(width: width).first?.width ?? 0
    let known = Dictionary(
      state.engine.iterations.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    return Table(columns: columns, rowCount: rows.count, placeholder: "No model is open.") { index in
      let row = rows[index]
      let iteration = row.iteration
      let isCurrent = iteration.id == state.engine.currentIteration
      let style: Style = isCurrent ? .role(.title) : .text
      var title = [Span(row.branch(glyphs), .border), Span("\(iteration.id) ", .dim)]
      if iteration.id == marked { title.append(Span("(marked) ", .changed)) }
      var states: [Span] = []
      if iteration.isWritten {
        states.append(Span("  written", .success))
      } else if let change = iteration.firstUnwrittenChange {
        states.append(Span("  written before \(change.name)", .warning))
      }
      if iteration.id == state.engine.training?.iteration { states.append(Span("  training", .changed)) }
      // What has a name goes by it; what was done stands below the tree, and gives way to the state.
      let room = max(4, titleWidth - title.columns - states.columns)
      let label = (iteration.name ?? iteration.title).truncated(toColumns: room, ellipsis: glyphs.ellipsis)
      title.append(Span(label, style: style))
      title += states
      let parent = iteration.parent.flatMap { known[$0] }
      let accuracy = iteration.evaluation?.accuracy
      let seconds = state.seconds(of: iteration)
      return Table.Row(
        [
          .spans(title),
          .text(
            accuracy.map { Quantity.percent($0, digits: 1) } ?? Quantity.missing,
            accuracy == nil ? .dim : style),
          .spans(Self.change(iteration.evaluation, since: parent?.evaluation)),
          .text(
            iteration.evaluation.map { Quantity.significant($0.loss, digits: 3) } ?? Quantity.missing, .dim),
          .text(Quantity.count(iteration.parameters), style),
          .text(Quantity.count(iteration.multiplyAccumulates), style),
          .text(
            seconds.map(ScatterAxis.latency.text)
              ?? iteration.latency.map { "(\(ScatterAxis.latency.text($0.seconds)))" } ?? Quantity.missing,
            seconds == nil ? .dim : style),
        ], mark: isCurrent ? "*" : " ", markStyle: .role(.success))
    }
  }

  /// What became of the accuracy since the parent, in points and in a word; without accuracies of the loss.
  private static func change(_ now: Evaluation?, since before: Evaluation?) -> [Span] {
    guard let now, let before else { return [] }
    guard let accuracy = now.accuracy, let earlier = before.accuracy else {
      guard before.loss > 0, now.loss.isFinite, abs(now.loss / before.loss - 1) >= 0.0005 else {
        return [Span("same", .dim)]
      }
      let text = Quantity.percent(abs(now.loss / before.loss - 1), digits: 1)
      return now.loss > before.loss ? [Span("rose \(text)", .warning)] : [Span("fell \(text)", .success)]
    }
    let points = 100 * (accuracy - earlier)
    if abs(points) < 0.05 { return [Span("same", .dim)] }
    let text = Quantity.fixed(abs(points), digits: 1)
    return points < 0
      ? [Span("fell \(text)", points < -1 ? .error : .warning)] : [Span("rose \(text)", .success)]
  }

  // MARK: The parts of the screen

  /// Where tree, details and plot stand; what has no room is empty.
  static func layout(_ state: ProgramState, in inside: Rectangle) -> (
    tree: Rectangle, details: Rectangle, plot: Rectangle
  ) {
    let nothing = Rectangle(width: 0, height: 0)
    guard state.engine.iterations.count > 1, inside.height >= 9, inside.width >= 40 else {
      return (inside, nothing, nothing)
    }
    let canPlot = scatterPoints(state).count > 1
    if inside.width >= ScreenLayout.wideColumns, inside.height >= 14 {
      let columns = inside.split(horizontally: [.flexible(weight: 6), .flexible(weight: 5)], gap: 1)
      let height = min(detailLines(state, width: columns[1].width - 2).count + 1, 9)
      let rows = columns[1].split(vertically: [.fixed(height), .flexible()])
      return (columns[0], rows[0], canPlot ? rows[1] : nothing)
    }
    // The tree has what it needs, and two fifths at most where that is more than there is room for.
    let rest = inside.height - min(rows(state).count + 1, max(4, inside.height * 2 / 5))
    let details = min(detailLines(state, width: inside.width - 2).count + 1, 5)
    let smaller = rest - details < 8 ? min(details, 3) : details
    let plot = canPlot && rest - smaller >= 7 ? min(16, rest - smaller) : 0
    let rows = inside.split(vertically: [
      .flexible(), .fixed(plot > 0 ? smaller : min(details, rest)), .fixed(plot),
    ])
    return (rows[0], rows[1], plot > 0 ? rows[2] : nothing)
  }

  /// Draws what is to be said of the selected iteration.
  static func drawDetails(_ state: ProgramState, into grid: inout Grid, in area: Rectangle) {
    guard area.height > 1 else { return }
    grid.horizontalLine(x: area.x, y: area.y, length: area.width)
    let text = area.inset(horizontal: 1, vertical: 0)
    for (row, line) in detailLines(state, width: text.width).prefix(area.height - 1).enumerated() {
      grid.write(line, in: text.row(row + 1))
    }
  }

  private static func detailLines(_ state: ProgramState, width: Int) -> [[Span]] {
    guard let selected = state.selectedIteration else { return [] }
    var lines = [[Span("\(selected.id) ", .dim), Span(selected.label, .title)]]
    if let change = selected.firstUnwrittenChange {
      lines.append([Span("Written before \(change.name): as it is now, no file has it (w).", .warning)])
    }
    lines += (selected.recovery?.lines ?? []).map { [Span($0)] }
    if let latency = selected.latency {
      let (text, circumstances) = (ScatterAxis.latency.text(latency.seconds), latency.circumstances)
      if state.seconds(of: selected) == nil {
        lines.append([
          Span("Time \(text) was measured otherwise: \(circumstances)."),
          Span(" Going to it measures it anew.", .dim),
        ])
      } else if latency.date != nil {
        lines.append([Span("Time \(text): \(circumstances).", .dim)])
      }
    }
    for training in selected.trainings {
      lines.append([Span(training.outcome.capitalizedFirst)])
      lines.append([Span("  " + training.settings.commandLine, .dim)])
    }
    return lines.flatMap { ScrollText.wrap($0, width: width) }
  }

  // MARK: Worth against size

  /// An iteration's place in the plot.
  struct ScatterPoint: Hashable {
    let id: Int
    let location: Plot.Location
  }

  /// Whether the iterations have accuracies; otherwise losses are plotted.
  private static func plotsAccuracy(_ state: ProgramState) -> Bool {
    state.engine.iterations.contains { $0.evaluation?.accuracy != nil }
  }

  /// The iterations that can be plotted.
  private static func scatterPoints(_ state: ProgramState) -> [ScatterPoint] {
    let plotsAccuracy = plotsAccuracy(state)
    return state.engine.iterations.compactMap { iteration in
      guard let evaluation = iteration.evaluation,
        let x = state.iterations.axis.value(of: iteration, under: state.engine.latencyConditions),
        let y = plotsAccuracy ? evaluation.accuracy.map({ 100 * $0 }) : evaluation.loss, x.isFinite,
        y.isFinite
      else { return nil }
      return ScatterPoint(id: iteration.id, location: .init(x, y))
    }
  }

  /// The points that no other one beats in one of the two without being worse in the other, by size.
  private static func front(_ state: ProgramState, of points: [ScatterPoint]) -> [ScatterPoint] {
    let sign: Double = plotsAccuracy(state) ? 1 : -1
    return points.filter { point in
      !points.contains { other in
        let better = sign * (other.location.y - point.location.y)
        return other.location.x <= point.location.x && better >= 0
          && (other.location.x < point.location.x || better > 0)
      }
    }.sorted { ($0.location.x, sign * $0.location.y) < ($1.location.x, sign * $1.location.y) }
  }

  /// Draws accuracy, or loss, against what the axis shows: the front joined by a line, the current iteration marked.
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
    var plot = Plot(
      [
        series("", front, .graphSecond, .line), series("iterations", points, .graph),
        series("front", front, .graphSecond), series("current", current, .success),
        series("selected", selected, .changed),
      ], xTitle: state.iterations.axis.rawValue + " (x)", yTitle: plotsAccuracy(state) ? "accuracy %" : "loss"
    )
    plot.xRange = Self.padded(points.map(\.location.x))
    plot.yRange = Self.padded(points.map(\.location.y))
    plot.hasLegendBelow = plotsAccuracy(state)
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

extension String {
  /// The text as a sentence begins.
  var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
