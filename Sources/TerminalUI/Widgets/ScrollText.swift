/// Lines of text that scroll, wrap and can be searched: logs, help, explanations.
package struct ScrollText: Hashable, Sendable {
  /// The lines, before wrapping.
  package var lines: [[Span]]
  /// Whether lines are broken at the edge rather than cut.
  package var wraps: Bool
  /// Whether the end stays visible while lines are added; moving up ends it, moving to the end begins it.
  package var followsEnd: Bool
  /// What is marked; empty for nothing. Letters match in both cases.
  package var search: String
  /// The first visible row, after wrapping.
  package private(set) var offset = 0
  private var page = 1
  private var rowCount = 0

  /// A text from its lines.
  package init(_ lines: [[Span]] = [], wraps: Bool = true, followsEnd: Bool = false, search: String = "") {
    self.lines = lines
    self.wraps = wraps
    self.followsEnd = followsEnd
    self.search = search
  }

  /// Scrolls.
  package mutating func move(_ movement: Movement) {
    let last = max(0, rowCount - page)
    offset = movement.destination(from: min(offset, last), count: last + 1, page: page)
    if movement == .last { followsEnd = true }
    if offset < last { followsEnd = false }
  }

  /// Scrolls to a row, as far as there are rows.
  package mutating func scroll(to row: Int) {
    offset = max(0, min(row, rowCount - page))
    followsEnd = false
  }

  /// Scrolls so that the next row with the searched text is visible, in either direction, going around the
  /// ends; returns whether there is one.
  ///
  /// - Parameters:
  ///   - row: where the search begins; the first visible row where `nil`.
  ///   - includesOrigin: whether that row itself will do.
  @discardableResult
  package mutating func find(
    from row: Int? = nil, backwards: Bool = false, includesOrigin: Bool = false, width: Int
  ) -> Bool {
    let rows = rows(width: width).map(\.text)
    guard !search.isEmpty, !rows.isEmpty else { return false }
    let (needle, origin) = (search.lowercased(), row ?? offset)
    for step in (includesOrigin ? 0 : 1)...rows.count {
      let index = ((origin + (backwards ? -step : step)) % rows.count + rows.count) % rows.count
      if rows[index].lowercased().contains(needle) {
        offset = index
        followsEnd = false
        return true
      }
    }
    return false
  }

  /// Where the visible part lies, such as `12–30/120`; empty if all is visible.
  package var position: String {
    rowCount <= page ? "" : "\(offset + 1)–\(min(rowCount, offset + page))/\(rowCount)"
  }

  /// Draws the visible part.
  package mutating func draw(into grid: inout Grid, in area: Rectangle) {
    let rows = rows(width: area.width)
    page = max(1, area.height)
    rowCount = rows.count
    let last = max(0, rows.count - page)
    offset = followsEnd ? last : min(offset, last)
    for line in 0..<min(area.height, rows.count - offset) {
      let row = rows[offset + line]
      if wraps {
        grid.write(row, x: area.x, y: area.y + line, clip: area)
      } else {
        grid.write(row, in: area.row(line))
      }
      grid.markMatches(of: search, in: area.row(line))
    }
  }

  private func rows(width: Int) -> [[Span]] {
    wraps ? lines.flatMap { Self.wrap($0, width: width) } : lines
  }

  /// Breaks a line into rows of at most `width` columns: between words where that is possible. Rows after the
  /// first begin under the first word.
  package static func wrap(_ line: [Span], width: Int) -> [[Span]] {
    guard width > 0, line.columns > width else { return [line] }
    let styled = line.flatMap { span in span.text.unicodeScalars.map { ($0, span.style) } }
    let indent = min(styled.prefix { $0.0 == " " }.count, width / 2)
    var rows: [[Span]] = []
    var start = 0
    while start < styled.count {
      let margin = rows.isEmpty ? 0 : indent
      var end = start
      var columns = margin
      var lastSpace: Int?
      while end < styled.count {
        let taken = abs(styled[end].0.columns)
        if columns + taken > width { break }
        if styled[end].0 == " ", end > start + indent { lastSpace = end }
        columns += taken
        end += 1
      }
      // A scalar wider than the whole row must not hold things up.
      if end == start { end = start + 1 }
      if end < styled.count, styled[end].0 != " ", let lastSpace { end = lastSpace }
      var row = margin > 0 ? [Span(String(repeating: " ", count: margin))] : []
      for (scalar, style) in styled[start..<end] {
        if let last = row.indices.last, row[last].style == style {
          row[last].text.unicodeScalars.append(scalar)
        } else {
          row.append(Span(String(Character(scalar)), style: style))
        }
      }
      rows.append(row)
      start = end
      while start < styled.count, styled[start].0 == " " { start += 1 }
    }
    return rows
  }
}
