internal import TerminalUI

/// Where the parts of the screen stand, and what is said of the selected iteration.
extension IterationsScreen {
  /// Where sheet, details and plot stand; what has no room is empty.
  static func layout(_ state: ProgramState, in inside: Rectangle) -> (
    sheet: Rectangle, details: Rectangle, plot: Rectangle
  ) {
    let nothing = Rectangle(width: 0, height: 0)
    guard state.engine.iterations.count > 1, inside.height >= 9, inside.width >= 40 else {
      return (inside, nothing, nothing)
    }
    let canPlot = canPlot(state)
    // The sheet has what it needs, and so much at most where that is more than there is room for.
    func sheetRows(_ share: (Int) -> Int) -> Int {
      min(state.engine.iterations.count + 1, max(4, share(inside.height)))
    }
    if inside.width >= ScreenLayout.wideColumns, inside.height >= 14 {
      let rows = inside.split(vertically: [.fixed(sheetRows { $0 / 2 }), .flexible()])
      guard canPlot else { return (rows[0], rows[1], nothing) }
      let columns = rows[1].split(horizontally: [.flexible(weight: 5), .flexible(weight: 6)], gap: 1)
      return (rows[0], columns[0], columns[1])
    }
    let rest = inside.height - sheetRows { $0 * 2 / 5 }
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
      let (text, circumstances) = (Quantity.time(seconds: latency.seconds), latency.circumstances)
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
    lines += origin(of: selected, state).map { [Span($0, .dim)] }
    return lines.flatMap { ScrollText.wrap($0, width: width) }
  }

  /// What an iteration was made from, when, and by which commands.
  private static func origin(of iteration: IterationSummary, _ state: ProgramState) -> [String] {
    guard let parent = iteration.parent else { return [] }
    let time = state.iterationSheet.text(of: iteration, by: .made)
    let words = RecordWords.making(iteration, in: state.record)
    return ["Made from \(parent)" + (time.map { ", \($0)" } ?? "") + "."]
      + (words.isEmpty ? [] : [":" + words.joined(separator: "  :")])
  }
}

extension String {
  /// The text as a sentence begins.
  var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
