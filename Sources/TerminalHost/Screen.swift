internal import CTerminal
internal import TerminalUI

/// The terminal as something that shows grids. It exists while the terminal is in full-screen mode.
struct Screen {
  let depth: ColorDepth
  let glyphs: Glyphs
  private var theme: Theme?
  private var looks: [Style: term_cell] = [:]
  private var buffer: [term_cell] = []
  /// What ncurses has; `nil` where it may have lost some of it.
  private var shown: Grid?

  /// Reads what the open terminal can do.
  init(glyphs: Glyphs?, useColors: Bool) {
    depth = useColors ? ColorDepth(colors: Int(term_colors())) : .mono
    self.glyphs = glyphs ?? (term_is_utf8() ? .unicode : .ascii)
  }

  /// The size in cells, as the system has it now.
  mutating func size() -> (width: Int, height: Int) {
    var (width, height): (Int32, Int32) = (0, 0)
    term_measure(&width, &height)
    // ncurses cuts off what a smaller terminal has no room for.
    if let shown, shown.width != Int(width) || shown.height != Int(height) { self.shown = nil }
    return (Int(width), Int(height))
  }

  /// Sends a grid; ncurses finds what differs from the last one. Rows that are as they were it need not look at: handing a
  /// cell over costs more than comparing it here.
  mutating func show(_ grid: Grid, theme: Theme) {
    if theme != self.theme {
      self.theme = theme
      looks.removeAll(keepingCapacity: true)
      shown = nil
    }
    for y in 0..<grid.height where shown?.row(y) != grid.row(y) {
      buffer.removeAll(keepingCapacity: true)
      var style: Style?
      var look = term_cell()
      for cell in grid.row(y) {
        if cell.style != style {
          look = self.look(of: cell.style, in: theme)
          style = cell.style
        }
        look.scalar = cell.scalar.value
        buffer.append(look)
      }
      term_put_row(Int32(y), buffer, Int32(buffer.count))
    }
    shown = grid
    if let cursor = grid.cursor, grid.bounds.contains(x: cursor.x, y: cursor.y) {
      term_set_cursor(Int32(cursor.x), Int32(cursor.y))
    } else {
      term_set_cursor(-1, -1)
    }
    term_flush()
  }

  private mutating func look(of style: Style, in theme: Theme) -> term_cell {
    if let known = looks[style] { return known }
    let resolved = theme.resolve(style, depth: depth)
    var look = term_cell()
    look.foreground = code(of: resolved.foreground)
    look.background = code(of: resolved.background)
    // The bits of `Attributes` and of the shim are the same by design.
    look.attributes = UInt16(resolved.attributes.rawValue)
    // Heat maps make many blends; the table must not grow without end.
    if looks.count > 4_096 { looks.removeAll(keepingCapacity: true) }
    looks[style] = look
    return look
  }

  private func code(of color: Color) -> Int32 {
    switch color {
    case .standard: return -1
    case .palette(let index):
      guard depth == .trueColor, index >= 8 else { return Int32(index) }
      let (red, green, blue) = color.components
      return Int32(red) << 16 | Int32(green) << 8 | Int32(blue)
    case .rgb(let red, let green, let blue):
      let value = Int32(red) << 16 | Int32(green) << 8 | Int32(blue)
      // Terminals with direct colours take 0–7 as palette indices; the nearest darker colour is black, 0.
      return value < 8 ? 0 : value
    }
  }
}
