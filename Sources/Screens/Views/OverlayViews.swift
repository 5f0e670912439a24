internal import Datasets
internal import Pruning
internal import TerminalUI

extension ProgramState {
  /// Draws one of the overlays over what is there.
  mutating func drawOverlay(_ place: Int, into grid: inout Grid, in area: Rectangle) {
    switch overlays[place] {
    case .help(var help):
      help.draw(allBindings(), into: &grid, in: area)
      overlays[place] = .help(help)
    case .message(var message):
      message.draw(into: &grid, in: area)
      overlays[place] = .message(message)
    case .data(let dialog): dialog.shownForm(on: grid.glyphs).draw(into: &grid, in: area)
    case .export(let dialog): dialog.shownForm(on: grid.glyphs).draw(into: &grid, in: area)
    case .target(let dialog):
      var form = dialog.form
      // What stands in a latency's way says how far it is.
      if engine.latency.value == nil,
        form.fields.contains(where: { $0.id == "quantity" && $0.problem != nil })
      {
        form.setProblem(latencyObstacle, of: "quantity")
      }
      form.draw(into: &grid, in: area)
    case .settings(let dialog):
      var form = dialog.form
      form.message = settingsMessage
      // On a wide screen the percentages, which change with the settings, stay in view.
      let width = form.idealWidth + 2
      let isWide = area.width >= ScreenLayout.wideColumns
      form.draw(
        into: &grid,
        in: isWide
          ? Rectangle(x: area.endX - width, y: area.y, width: width, height: area.height) : area)
    case .amount(let dialog): dialog.form.draw(into: &grid, in: area)
    case .timeline(var timeline):
      // The line of messages stays in view.
      let above = Rectangle(x: area.x, y: area.y, width: area.width, height: area.height - 1)
      if let summary = engine.timeline { timeline.draw(summary, into: &grid, in: above) }
      overlays[place] = .timeline(timeline)
    case .recovery(let form), .suggestion(let form), .training(let form), .iterating(let form),
      .open(let form), .confirmation(let form, _), .policy(let form, _):
      form.draw(into: &grid, in: area)
    case .name(let dialog): dialog.form.draw(into: &grid, in: area)
    case .comparison(var comparison):
      drawComparison(&comparison, into: &grid, in: area)
      overlays[place] = .comparison(comparison)
    case .sort(var menu):
      menu.draw(into: &grid, in: area)
      overlays[place] = .sort(menu)
    case .criterion(var menu):
      menu.draw(into: &grid, in: area)
      overlays[place] = .criterion(menu)
    case .themes(var menu, let before):
      menu.draw(into: &grid, in: area)
      overlays[place] = .themes(menu, before: before)
    }
  }
}

extension ProgramState {
  /// What stands above the settings: the target they share out, and what comes of them.
  private var settingsMessage: [[Span]] {
    var lines: [[Span]] = []
    if let pursuit = history.pursuit {
      lines.append([Span("Target      ", .dim), Span("\(pursuit.target.text) may remain", .title)])
    } else {
      lines.append([
        Span("Target      ", .dim), Span("none (t); percentages are as they were set by hand", .dim),
      ])
    }
    guard let preview = decision?.preview else { return lines }
    lines.append([Span("Parameters  ", .dim), Span(ChangeText.sentence(preview.parameters))])
    lines.append([Span("MACs        ", .dim), Span(ChangeText.sentence(preview.multiplyAccumulates))])
    if let latencySentence { lines.append([Span("Latency     ", .dim), Span(latencySentence)]) }
    return lines
  }
}

extension HelpOverlay {
  /// Draws the list of bindings, with the filter above.
  mutating func draw(_ map: KeyMap, into grid: inout Grid, in area: Rectangle) {
    let frame = area.centered(width: 92, height: max(8, area.height - 2))
    grid.cursor = nil
    grid.fill(frame)
    text.lines = map.helpLines(filter: filter.text, glyphs: grid.glyphs)
    if text.lines.isEmpty { text.lines = [[Span("No binding contains this.", .dim)]] }
    let inside = grid.box(frame, title: "Help", note: text.position, isFocused: true).inset(
      horizontal: 1, vertical: 0)
    let rows = inside.split(vertically: [.fixed(1), .fixed(1), .flexible()])
    filter.draw(into: &grid, in: rows[0])
    text.draw(into: &grid, in: rows[2])
  }
}

extension MessageOverlay {
  /// Draws the text in a frame as large as it needs.
  mutating func draw(into grid: inout Grid, in area: Rectangle) {
    let width = min(76, area.width)
    let wrapped = text.lines.reduce(0) { $0 + max(1, ScrollText.wrap($1, width: width - 4).count) }
    let frame = area.centered(width: width, height: wrapped + 4)
    grid.cursor = nil
    grid.fill(frame)
    let mark = isError ? String(Character(grid.glyphs.failure)) + " " : ""
    let inside = grid.box(frame, title: mark + title, note: text.position, isFocused: true)
    text.draw(into: &grid, in: inside.inset(horizontal: 1, vertical: 1))
    if isError {
      grid.restyle(Rectangle(x: frame.x, y: frame.y, width: frame.width, height: 1)) {
        $0.foreground = .role(.error)
      }
    }
  }
}

extension DataDialog {
  /// The form with what was found above the fields.
  func shownForm(on glyphs: Glyphs) -> Form {
    var form = form
    if awaited != nil {
      form.message = [[Span("Looking…", .dim)]]
    } else if let inspection {
      let summary = inspection.summary
      form.message =
        [[Span(summary.title, .title)]] + summary.details.map { [Span($0)] }
        + summary.findings.flatMap { $0.lines(glyphs) }
      if summary.isUsable, let path = form.fields.firstIndex(where: { $0.id == "path" }) {
        form.fields[path].hint = "Enter uses these data"
      }
    } else {
      form.message = [
        [Span("Scores and accuracy are measured on these data. Empty fields are found out.", .dim)]
      ]
    }
    return form
  }
}

extension Finding {
  /// What was noticed and the way out, with a mark that says how bad it is.
  fileprivate func lines(_ glyphs: Glyphs) -> [[Span]] {
    let (mark, role): (Unicode.Scalar, Role) =
      switch severity {
      case .warning: (glyphs.warning, .warning)
      case .error: (glyphs.failure, .error)
      }
    var lines = [[Span(String(Character(mark)) + " " + sentence, role)]]
    if !remedy.isEmpty { lines.append([Span("  " + remedy)]) }
    return lines
  }
}

extension ExportDialog {
  /// The form, or the question whether files may be replaced.
  func shownForm(on glyphs: Glyphs) -> Form {
    var form = form
    if isWriting {
      form.message += [[Span("Writing and checking…", .title)]]
    } else if !existing.isEmpty {
      let files = existing.count == 1 ? "This file exists:" : "These files exist:"
      form = Form(
        title: "Overwrite", message: [[Span(files, .warning)]] + existing.map { [Span("  " + $0)] },
        buttons: [
          Form.Button("no", "No", key: "n"), Form.Button("yes", "Overwrite", key: "y", takesEnter: false),
        ],
        idealWidth: form.idealWidth)
      form.focus = 0
    } else if let change {
      form = Form(
        title: "Write",
        message: [
          [Span(change.sentence, .warning)],
          [
            Span(
              "What is written now is the network from before. Or it waits, and what comes of it is written.")
          ],
        ],
        buttons: [
          Form.Button("no", "No", key: "n"), Form.Button("before", "Write the one from before", key: "b"),
          Form.Button("wait", "Wait, then write", key: "w"),
        ],
        idealWidth: form.idealWidth)
      form.focus = 0
    }
    return form
  }
}
