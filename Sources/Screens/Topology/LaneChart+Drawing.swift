package import TerminalUI

extension LaneChart {
  /// How lanes look: what their colours say is known by whoever knows what runs in them.
  package struct Look {
    /// The signs of the terminal.
    let glyphs: Glyphs
    /// Columns of a lane: 1, or more with lines between.
    let pitch: Int
    /// What stands at the row.
    let node: Unicode.Scalar
    /// How that looks.
    let nodeStyle: Style
    /// How a net looks.
    let style: (Int) -> Style

    /// A look from its parts.
    package init(
      glyphs: Glyphs, pitch: Int = 1, node: Unicode.Scalar, nodeStyle: Style = .text,
      style: @escaping (Int) -> Style = { _ in .text }
    ) {
      (self.glyphs, self.pitch, self.node, self.nodeStyle) = (glyphs, pitch, node, nodeStyle)
      self.style = style
    }
  }

  /// The lanes of a row, as they are written: as many columns as the chart has lanes, and the number of nets without one.
  package func spans(_ row: Int, _ look: Look) -> [Span] {
    guard cells.indices.contains(row) else { return [] }
    var spans = cells[row].enumerated().flatMap { lane, cell -> [Span] in
      let glyph = Span(String(Character(glyph(cell, look))), style: style(cell, look))
      guard look.pitch > 1, lane < lanes - 1 else { return [glyph] }
      // Lines across belong to what stands at the row.
      let line = cell.right ? look.glyphs.horizontal : " "
      let gap = Span(String(repeating: Character(line), count: look.pitch - 1), style: look.nodeStyle)
      return [glyph, gap]
    }
    if countColumns > 0 {
      let count = bundled[row] > 0 ? String(bundled[row]) : ""
      let fill = touchesBundle[row] ? look.glyphs.horizontal : " "
      spans.append(
        Span(String(repeating: Character(fill), count: countColumns - count.count), style: look.nodeStyle))
      spans.append(Span(count, style: touchesBundle[row] ? look.nodeStyle : .dim))
    }
    return spans
  }

  /// The lanes below a row, where nothing stands.
  func spans(below row: Int, _ look: Look) -> [Span] {
    guard cells.indices.contains(row) else { return [] }
    let gap = String(repeating: " ", count: look.pitch - 1)
    return cells[row].map { cell in
      cell.down.map { Span(String(Character(look.glyphs.vertical)) + gap, style: look.style($0)) }
        ?? Span(" " + gap)
    }
  }

  private func style(_ cell: Cell, _ look: Look) -> Style {
    if cell.isNode { return look.nodeStyle }
    return (cell.down ?? cell.up).map(look.style) ?? look.nodeStyle
  }

  private func glyph(_ cell: Cell, _ look: Look) -> Unicode.Scalar {
    let glyphs = look.glyphs
    if cell.isNode { return look.node }
    switch (cell.up != nil, cell.down != nil, cell.left, cell.right) {
    case (true, true, true, true): return cell.isTouched ? glyphs.joint : glyphs.overpass
    case (true, true, false, true): return glyphs.teeLeft
    case (true, true, true, false): return glyphs.teeRight
    case (true, true, false, false): return glyphs.vertical
    case (true, false, true, true): return glyphs.teeBottom
    case (true, false, false, true): return glyphs.bottomLeft
    case (true, false, true, false): return glyphs.bottomRight
    case (false, true, true, true): return glyphs.teeTop
    case (false, true, false, true): return glyphs.topLeft
    case (false, true, true, false): return glyphs.topRight
    case (false, false, true, _), (false, false, _, true): return glyphs.horizontal
    case (true, false, false, false), (false, true, false, false): return glyphs.vertical
    case (false, false, false, false): return " "
    }
  }
}
