internal import TerminalUI

/// The two lines at the bottom: messages and what is typed, and the keys.
enum Footer {
  /// Draws the line above the footer: what is being typed, a message, or what is to be said of the selection.
  static func drawStatus(_ state: ProgramState, into grid: inout Grid, in area: Rectangle) {
    let inner = area.inset(horizontal: 1, vertical: 0)
    if let line = state.inputLine {
      let start = grid.write(line.word(state) + " ", x: inner.x, y: inner.y, style: .role(.title))
      line.field.draw(into: &grid, in: Rectangle(x: start, y: inner.y, width: inner.endX - start, height: 1))
    } else if let status = state.status {
      status.draw(into: &grid, in: inner)
    } else {
      let tour = Tour.sentence(state)
      grid.write(tour ?? standingMessage(state), in: inner, style: tour == nil ? .dim : .role(.title))
    }
  }

  /// What the line above the footer says when nothing happened.
  private static func standingMessage(_ state: ProgramState) -> String {
    guard state.engine.structure.value != nil else { return "^O opens a model, q leaves." }
    return state.focus.feature.standingMessage(state) ?? LayersScreen.layerMessage(state)
  }

  /// Draws the keys that can be pressed now.
  static func drawKeys(_ state: ProgramState, into grid: inout Grid, in area: Rectangle) {
    grid.fill(area, style: .role(.footerText))
    let spans: [Span]
    if let overlay = state.overlays.last {
      spans = hints(overlay.hints, grid.glyphs)
    } else if let line = state.inputLine {
      spans = hints(
        [(.enter, line.purpose == .search ? "go there" : "done"), (.escape, "cancel")], grid.glyphs)
    } else if state.pending.leader != nil {
      spans = hints([(.escape, "cancel")], grid.glyphs)
    } else {
      spans = state.keys.footer(of: state.focus, state).footer(width: area.width, glyphs: grid.glyphs)
    }
    grid.write(spans, in: area)
  }

  /// The command whose item stands at a column of the footer.
  static func command(_ state: ProgramState, at x: Int) -> String? {
    var start = 0
    let glyphs = state.usesASCII ? Glyphs.ascii : .unicode
    for item in state.keys.footer(of: state.focus, state).footerItems(width: state.width, glyphs: glyphs) {
      let end = start + item.spans.columns
      if (start..<end).contains(x) { return item.id }
      start = end
    }
    return nil
  }

  private static func hints(_ list: [(Key, String)], _ glyphs: Glyphs) -> [Span] {
    list.flatMap { [Span(" " + $0.0.label(glyphs), .footerKey), Span(" " + $0.1 + " ", .footerText)] }
  }
}
