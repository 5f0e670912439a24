package import TerminalUI

/// The list of all bindings, with a field that filters it.
package struct HelpOverlay: Overlay {
  package var filter = TextField(placeholder: "type to filter")
  package var text = ScrollText()

  package var hints: [(Key, String)] { [(.up, "scroll up"), (.down, "scroll down"), (.escape, "close")] }
  package var takesText: Bool { true }

  package mutating func handle(_ event: Event, _ state: inout ProgramState) -> OverlayReaction {
    if case .mouse(let mouse) = event {
      if let movement = mouse.wheel { text.move(movement) }
      return .stays()
    }
    // Arrows scroll the list; letters go to the filter.
    if case .key(let key) = event, key.typed == nil, let movement = Movement(key), key != .home, key != .end {
      text.move(movement)
      return .stays()
    }
    switch filter.handle(event) {
    case .submitted: return .closes()
    case .cancelled:
      // Escape empties the filter first.
      if filter.text.isEmpty { return .closes() }
      filter.text = ""
    case .edited: text.move(.first)
    case .ignored: break
    }
    return .stays()
  }

  /// Draws the list of bindings, with the filter above.
  package mutating func draw(_ state: ProgramState, into grid: inout Grid, in area: Rectangle) {
    let frame = area.centered(width: 92, height: max(8, area.height - 2))
    grid.cursor = nil
    grid.fill(frame)
    text.lines = state.allBindings().helpLines(filter: filter.text, glyphs: grid.glyphs)
    if text.lines.isEmpty { text.lines = [[Span("No binding contains this.", .dim)]] }
    let inside = grid.box(frame, title: "Help", note: text.position, isFocused: true).inset(
      horizontal: 1, vertical: 0)
    let rows = inside.split(vertically: [.fixed(1), .fixed(1), .flexible()])
    filter.draw(into: &grid, in: rows[0])
    text.draw(into: &grid, in: rows[2])
  }

  /// What can be done is the same for every model.
  package mutating func adopt(_ news: News, _ state: ProgramState) -> Bool { true }
}
