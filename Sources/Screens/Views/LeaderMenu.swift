internal import TerminalUI

/// The menu that pops up behind a leader: what can be pressed next.
enum LeaderMenu {
  /// Draws the menu in the lower right corner of an area.
  static func draw(_ state: ProgramState, _ leader: Leader, into grid: inout Grid, in area: Rectangle) {
    let items = state.keys.menu(leader, on: state.focus)
    let perColumn = max(1, min(items.count, area.height - 2))
    let columns = stride(from: 0, to: items.count, by: perColumn).map {
      Array(items[$0..<min(items.count, $0 + perColumn)])
    }
    let rows = columns.map { column in column.map { spans($0.key, $0.entry, state, grid.glyphs) } }
    let widths = rows.map { $0.map(\.columns).max() ?? 0 }
    let width = min(area.width, widths.reduce(0) { $0 + $1 + 2 } + 2)
    let height = min(area.height, perColumn + 2)
    let frame = Rectangle(x: area.endX - width, y: area.endY - height, width: width, height: height)
    grid.fill(frame)
    let inside = grid.box(frame, title: leader.title, note: "Esc", isFocused: true).inset(
      horizontal: 1, vertical: 0)
    var x = inside.x
    for (column, width) in zip(rows, widths) {
      for (line, row) in column.enumerated() where line < inside.height {
        grid.write(row, x: x, y: inside.y + line, clip: inside)
      }
      x += width + 2
    }
  }

  private static func spans(_ key: Key, _ entry: KeyTables.Entry, _ state: ProgramState, _ glyphs: Glyphs)
    -> [Span]
  {
    let isDisabled = entry.command.disabledReason(state) != nil
    let direct = entry.keys.first.map { "  " + $0.label(glyphs) } ?? ""
    return [
      Span(key.label(glyphs), isDisabled ? .dim : .footerKey),
      Span(" " + entry.command.title(state), isDisabled ? .dim : .text), Span(direct, .dim),
    ]
  }
}
