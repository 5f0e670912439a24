internal import TerminalUI

extension IterationsScreen {
  /// The tree of iterations as a table of so many columns.
  static func table(_ state: ProgramState, width: Int) -> Table {
    let rows = Self.rows(state)
    let marked = state.iterations.marked
    let glyphs = state.usesASCII ? Glyphs.ascii : .unicode
    let hasOtherTimes = state.engine.iterations.contains { $0.latency != nil && state.seconds(of: $0) == nil }
    var columns: [Table.Column] = [
      .init("title", "ITERATION", minimumWidth: 16, isFlexible: true)
    ]
    let isJudged = state.knownWorths != [.deviation]
    if isJudged {
      columns += [
        .init("accuracy", "ACCURACY", .aligned(.right), minimumWidth: 8),
        .init("change", "SINCE", minimumWidth: 9, dropPriority: 4),
        .init("loss", "LOSS", .aligned(.right), minimumWidth: 6, dropPriority: 3),
      ]
    }
    let compares = state.knownWorths.contains(.deviation)
    if compares {
      // Without labels nothing else says what an iteration is worth.
      let hasAccuracy = state.knownWorths.contains(.accuracy)
      columns.append(
        .init("deviation", "DEVIATION", .aligned(.right), minimumWidth: 9, dropPriority: hasAccuracy ? 2 : 0))
    }
    columns += [
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
      var cells: [Table.Content] = [.spans(title)]
      if isJudged {
        cells += [
          .text(
            accuracy.map { Quantity.percent($0, digits: 1) } ?? Quantity.missing,
            accuracy == nil ? .dim : style),
          .spans(Self.change(iteration.evaluation, since: parent?.evaluation)),
          .text(
            iteration.evaluation.map { Quantity.significant($0.loss, digits: 3) } ?? Quantity.missing, .dim),
        ]
      }
      if compares { cells.append(Self.deviation(of: iteration, style)) }
      return Table.Row(
        cells + [
          .text(Quantity.count(iteration.parameters), style),
          .text(Quantity.count(iteration.multiplyAccumulates), style),
          .text(
            seconds.map(ScatterAxis.latency.text)
              ?? iteration.latency.map { "(\(ScatterAxis.latency.text($0.seconds)))" } ?? Quantity.missing,
            seconds == nil ? .dim : style),
        ], mark: isCurrent ? "*" : " ", markStyle: .role(.success))
    }
  }

  /// How far the outputs are from the original's, as a warning where that is far.
  private static func deviation(of iteration: IterationSummary, _ style: Style) -> Table.Content {
    guard let deviation = iteration.outputDeviation else { return .text(Quantity.missing, .dim) }
    return .text(deviation.text, deviation.isLarge ? .role(.warning) : style)
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
    let canPlot = canPlot(state)
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
    if let warning = selected.deviationWarning { lines.append([Span(warning, .warning)]) }
    lines += (selected.recovery?.lines ?? []).map { [Span($0)] }
    if let deviation = selected.outputDeviation, !deviation.isLarge {
      lines.append([Span(deviation.sentence, .dim)])
    }
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
}

extension String {
  /// The text as a sentence begins.
  var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
