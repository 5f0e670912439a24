package import TerminalUI

/// Something to read: an explanation, an error, a report.
package struct MessageOverlay: Overlay {
  package var title: String
  package var text: ScrollText
  /// Whether something went wrong.
  package var isError = false

  package init(title: String, lines: [[Span]], isError: Bool = false) {
    self.title = title
    text = ScrollText(lines)
    self.isError = isError
  }

  /// What is wrong, and what to do about it.
  static func failure(sentence: String, remedy: String) -> MessageOverlay {
    var lines = [[Span(sentence)]]
    if !remedy.isEmpty { lines += [[], [Span(remedy, .title)]] }
    return MessageOverlay(title: "Something went wrong", lines: lines, isError: true)
  }

  package var hints: [(Key, String)] { [(.escape, "close")] }

  package mutating func handle(_ event: Event, _ state: inout ProgramState) -> OverlayReaction {
    switch event {
    case .key(let key):
      guard let movement = Movement(key) else { return .closes() }
      text.move(movement)
    case .mouse(let mouse):
      guard let movement = mouse.wheel else { return .closes() }
      text.move(movement)
    default: break
    }
    return .stays()
  }

  /// Draws the text in a frame as large as it needs.
  package mutating func draw(_ state: ProgramState, into grid: inout Grid, in area: Rectangle) {
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

  /// What is to be read stays true.
  package mutating func adopt(_ news: News, _ state: ProgramState) -> Bool { true }
}
