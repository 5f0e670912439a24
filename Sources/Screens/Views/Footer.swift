internal import TerminalUI

/// The two lines at the bottom: messages and what is typed, and the keys.
enum Footer {
  /// Draws the line above the footer: what is being typed, a message, or what is to be said of the selection.
  static func drawStatus(_ state: ProgramState, into grid: inout Grid, in area: Rectangle) {
    let inner = area.inset(horizontal: 1, vertical: 0)
    switch state.inputLine {
    case .filter(let field, _):
      let start = grid.write(
        InputLine.filter(state).word + " ", x: inner.x, y: inner.y, style: .role(.title))
      field.draw(into: &grid, in: Rectangle(x: start, y: inner.y, width: inner.endX - start, height: 1))
    case .command(let field):
      let start = grid.write(":", x: inner.x, y: inner.y, style: .role(.title))
      field.draw(into: &grid, in: Rectangle(x: start, y: inner.y, width: inner.endX - start, height: 1))
    case nil:
      if let status = state.status {
        status.draw(into: &grid, in: inner)
      } else {
        grid.write(standingMessage(state), in: inner, style: .dim)
      }
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
    } else if let inputLine = state.inputLine {
      let candidates = inputLine.field.candidates
      if candidates.isEmpty {
        let isCommand = if case .command = inputLine { true } else { false }
        spans = hints(
          [(.enter, isCommand ? "run" : "done"), (.escape, "cancel")]
            + (isCommand ? [(.tab, "complete")] : []), grid.glyphs)
      } else {
        spans = [Span(" " + candidates.joined(separator: "  "), .footerText)]
      }
    } else {
      spans = state.keys.footer(of: state.focus, state).footer(width: area.width, glyphs: grid.glyphs)
    }
    grid.write(spans, in: area)
  }

  private static func hints(_ list: [(Key, String)], _ glyphs: Glyphs) -> [Span] {
    list.flatMap { [Span(" " + $0.0.label(glyphs), .footerKey), Span(" " + $0.1 + " ", .footerText)] }
  }
}
