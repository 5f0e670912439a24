/// Which side of its area a text leans to.
package enum Alignment: Hashable, Sendable {
  /// To the left.
  case left
  /// To the middle.
  case center
  /// To the right.
  case right
}

extension Grid {
  /// Writes one line of text from column `x`; returns the column after it, drawn or not.
  @discardableResult
  package mutating func write(
    _ text: String, x: Int, y: Int, style: Style = .text, clip: Rectangle? = nil
  ) -> Int {
    var x = x
    for scalar in text.unicodeScalars { x += put(scalar, x: x, y: y, style: style, clip: clip) }
    return x
  }

  /// Writes runs of text from column `x`; returns the column after them, drawn or not.
  @discardableResult
  package mutating func write(_ spans: [Span], x: Int, y: Int, clip: Rectangle? = nil) -> Int {
    var x = x
    for span in spans { x = write(span.text, x: x, y: y, style: span.style, clip: clip) }
    return x
  }

  /// Writes text into the first row of an area, aligned, with an ellipsis where it does not fit.
  package mutating func write(
    _ text: String, in area: Rectangle, alignment: Alignment = .left, style: Style = .text
  ) {
    guard !area.isEmpty else { return }
    let shown = text.truncated(toColumns: area.width, ellipsis: glyphs.ellipsis)
    write(shown, x: Self.start(of: shown.columns, in: area, alignment), y: area.y, style: style, clip: area)
  }

  /// Writes runs of text into the first row of an area, aligned, with an ellipsis where they do not fit.
  package mutating func write(_ spans: [Span], in area: Rectangle, alignment: Alignment = .left) {
    guard !area.isEmpty else { return }
    let columns = spans.columns
    guard columns > area.width else {
      write(spans, x: Self.start(of: columns, in: area, alignment), y: area.y, clip: area)
      return
    }
    // What is left of the text is known once it is cut as a whole; the runs give it their styles.
    let shown = spans.text.truncated(toColumns: area.width, ellipsis: glyphs.ellipsis)
    var left = shown.unicodeScalars.count - 1
    var x = area.x
    for span in spans where left > 0 {
      let part = span.text.unicodeScalars.prefix(left)
      x = write(String(part), x: x, y: area.y, style: span.style, clip: area)
      left -= part.count
    }
    put(glyphs.ellipsis, x: x, y: area.y, style: spans.last?.style ?? .text, clip: area)
  }

  private static func start(of columns: Int, in area: Rectangle, _ alignment: Alignment) -> Int {
    switch alignment {
    case .left: area.x
    case .center: area.x + (area.width - columns) / 2
    case .right: area.endX - columns
    }
  }

  /// Fills an area with one scalar.
  package mutating func fill(_ area: Rectangle, with scalar: Unicode.Scalar = " ", style: Style = .text) {
    let area = bounds.intersection(area)
    for y in area.y..<area.endY {
      for x in area.x..<area.endX { put(scalar, x: x, y: y, style: style, clip: area) }
    }
  }

  /// Draws a horizontal line of `length` cells.
  package mutating func horizontalLine(x: Int, y: Int, length: Int, style: Style = .role(.border)) {
    fill(Rectangle(x: x, y: y, width: length, height: 1), with: glyphs.horizontal, style: style)
  }

  /// Draws a vertical line of `length` cells.
  package mutating func verticalLine(x: Int, y: Int, length: Int, style: Style = .role(.border)) {
    fill(Rectangle(x: x, y: y, width: 1, height: length), with: glyphs.vertical, style: style)
  }

  /// Draws a pane's frame with its title above and a note in the lower right corner; returns the inside.
  ///
  /// A focused frame differs by its colour and by its title, which is bold and underlined without colours.
  @discardableResult
  package mutating func box(
    _ area: Rectangle, title: String = "", note: String = "", isFocused: Bool = false
  ) -> Rectangle {
    guard area.width >= 2, area.height >= 2 else {
      return Rectangle(x: area.x, y: area.y, width: 0, height: 0)
    }
    let style = Style.role(isFocused ? .borderFocused : .border)
    let (right, bottom) = (area.endX - 1, area.endY - 1)
    horizontalLine(x: area.x + 1, y: area.y, length: area.width - 2, style: style)
    horizontalLine(x: area.x + 1, y: bottom, length: area.width - 2, style: style)
    verticalLine(x: area.x, y: area.y + 1, length: area.height - 2, style: style)
    verticalLine(x: right, y: area.y + 1, length: area.height - 2, style: style)
    put(glyphs.topLeft, x: area.x, y: area.y, style: style)
    put(glyphs.topRight, x: right, y: area.y, style: style)
    put(glyphs.bottomLeft, x: area.x, y: bottom, style: style)
    put(glyphs.bottomRight, x: right, y: bottom, style: style)
    let room = area.width - 4
    if !title.isEmpty, room > 0 {
      let titleStyle = isFocused ? Style.role(.title, .bold) : .role(.title)
      let shown = " " + title.truncated(toColumns: room - 1, ellipsis: glyphs.ellipsis) + " "
      write(
        shown, x: area.x + 1, y: area.y, style: titleStyle,
        clip: area.inset(horizontal: 1, vertical: 0))
    }
    if !note.isEmpty, room > 2 {
      let shown = " " + note.truncated(toColumns: room - 2, ellipsis: glyphs.ellipsis) + " "
      write(shown, x: right - 1 - shown.columns, y: bottom, style: .dim)
    }
    return area.inset()
  }
}
