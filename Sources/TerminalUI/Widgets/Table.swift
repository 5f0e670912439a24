/// A table: columns that vanish when there is no room, rows made only when they are visible.
///
///     let table = Table(columns: columns, rowCount: layers.count) { index in row(for: layers[index]) }
///     table.draw(into: &grid, in: inside, state: &state.list, isFocused: true)
package struct Table {
  /// A column: what it is called and how it shares the width.
  package struct Column: Hashable, Sendable {
    /// How its cells are placed.
    package enum Placement: Hashable, Sendable {
      /// To one side.
      case aligned(Alignment)
      /// The decimal point, or the end of the number, stands this many columns before the right edge, so that
      /// `1.82 G` and `11.7 M` line up whatever rows are visible.
      case decimal(trailing: Int)
    }

    /// The name it is known by, for sorting and clicking.
    package var id: String
    /// The head.
    package var title: String
    /// How its cells are placed; the head leans to the same side.
    package var placement: Placement
    /// Below this it is dropped rather than drawn.
    package var minimumWidth: Int
    /// What it gets if there is room.
    package var idealWidth: Int
    /// The highest is dropped first; columns of priority 0 stay.
    package var dropPriority: Int
    /// Whether it takes what is left when all have their ideal width.
    package var isFlexible: Bool
    /// Whether the next column stands close to it.
    package var isJoined: Bool

    /// A column from its parts; an ideal width of nil is the minimum.
    package init(
      _ id: String, _ title: String, _ placement: Placement = .aligned(.left), minimumWidth: Int,
      idealWidth: Int? = nil, dropPriority: Int = 0, isFlexible: Bool = false, isJoined: Bool = false
    ) {
      self.id = id
      self.title = title
      self.placement = placement
      self.minimumWidth = max(1, minimumWidth)
      self.idealWidth = max(self.minimumWidth, idealWidth ?? minimumWidth)
      self.dropPriority = dropPriority
      self.isFlexible = isFlexible
      self.isJoined = isJoined
    }
  }

  /// What stands in a cell.
  package enum Content: Hashable, Sendable {
    /// Text in one style.
    case text(String, Style = .text)
    /// Text in several styles.
    case spans([Span])
    /// The first of these that has room: a number is said with fewer words, and never cut.
    case fitting([[Span]])
    /// A bar of this length (0–1), in the style, over the whole width.
    case bar(Double, Style = .role(.bar))
    /// A curve from the left on, between the values of the lowest and the highest level; its own where `nil`.
    case sparkline([Double], Style = .role(.graph), range: ClosedRange<Double>? = nil)
  }

  /// A row of cells.
  package struct Row: Hashable, Sendable {
    /// One a column, in the order of the table's columns; missing ones are empty.
    package var cells: [Content]
    /// What stands in the column of marks: the glyphs' `mark` or `pinned`, or nothing.
    package var mark: Unicode.Scalar
    /// The style of the mark.
    package var markStyle: Style
    /// Attributes of the whole row, such as the underline of partners.
    package var attributes: Attributes

    /// A row from its parts.
    package init(
      _ cells: [Content], mark: Unicode.Scalar = " ", markStyle: Style = .role(.changed),
      attributes: Attributes = []
    ) {
      self.cells = cells
      self.mark = mark
      self.markStyle = markStyle
      self.attributes = attributes
    }
  }

  /// The column by which rows are sorted.
  package struct Sort: Hashable, Sendable {
    /// The column's name.
    package var column: String
    /// Whether small values come first.
    package var isAscending: Bool

    /// A sort order.
    package init(column: String, isAscending: Bool) {
      self.column = column
      self.isAscending = isAscending
    }
  }

  /// A place in a table, for clicks.
  package enum Hit: Hashable, Sendable {
    /// The head of the column of this name.
    case header(String)
    /// A row, by its index.
    case row(Int)
  }

  /// The columns, in order.
  package var columns: [Column]
  /// How many rows there are.
  package var rowCount: Int
  /// The sort order, shown in the head.
  package var sort: Sort?
  /// What is shown instead of rows if there are none.
  package var placeholder: String
  private let row: (Int) -> Row

  /// Columns taken by the selector and the mark.
  static let gutter = 2

  /// A table whose rows are made by `row` when they become visible.
  package init(
    columns: [Column], rowCount: Int, sort: Sort? = nil, placeholder: String = "",
    row: @escaping (Int) -> Row
  ) {
    self.columns = columns
    self.rowCount = max(0, rowCount)
    self.sort = sort
    self.placeholder = placeholder
    self.row = row
  }

  /// How many rows are visible in an area: all but the head's.
  package static func page(in area: Rectangle) -> Int { max(0, area.height - 1) }

  /// What a click at (`x`, `y`) meets when the table was drawn in `area` with this state.
  package func hit(x: Int, y: Int, in area: Rectangle, state: ListState) -> Hit? {
    guard area.contains(x: x, y: y) else { return nil }
    if y == area.y {
      let slot = slots(width: area.width).last { area.x + $0.x <= x } ?? nil
      return slot.map { .header(columns[$0.column].id) }
    }
    let index = state.clamped(count: rowCount, page: Self.page(in: area)).offset + y - area.y - 1
    return index < rowCount ? .row(index) : nil
  }

  /// Draws the table and clamps the state: the selection ends up visible.
  package func draw(
    into grid: inout Grid, in area: Rectangle, state: inout ListState, isFocused: Bool = true
  ) {
    let area = grid.bounds.intersection(area)
    let page = Self.page(in: area)
    state = state.clamped(count: rowCount, page: page)
    let slots = slots(width: area.width)
    drawHeader(into: &grid, in: area, slots)
    if rowCount == 0, page > 0 {
      grid.write(placeholder, in: area.row(1), alignment: .center, style: .dim)
    }
    for line in 0..<min(page, rowCount - state.offset) {
      let index = state.offset + line
      let row = row(index)
      let place = area.row(line + 1)
      let isSelected = index == state.selected
      if isSelected {
        let style = isFocused ? Style.role(.selection) : .text
        grid.fill(place, style: style)
        grid.put(grid.glyphs.selector, x: place.x, y: place.y, style: style, clip: place)
      }
      grid.put(row.mark, x: place.x + 1, y: place.y, style: row.markStyle, clip: place)
      for slot in slots where slot.column < row.cells.count {
        let cell = Rectangle(x: area.x + slot.x, y: place.y, width: slot.width, height: 1)
        draw(row.cells[slot.column], of: columns[slot.column], into: &grid, in: cell.intersection(area))
      }
      if isSelected, isFocused {
        grid.restyle(place) { style in
          if style.foreground == .role(.text) { style.foreground = .role(.selection) }
          style.background = .role(.selection)
        }
      }
      if !row.attributes.isEmpty { grid.restyle(place) { $0.attributes.formUnion(row.attributes) } }
    }
  }

  private func drawHeader(into grid: inout Grid, in area: Rectangle, _ slots: [Slot]) {
    grid.fill(area.row(0), style: .role(.header))
    for slot in slots {
      let column = columns[slot.column]
      var title = column.title
      if let sort, sort.column == column.id {
        let arrow = sort.isAscending ? grid.glyphs.sortAscending : grid.glyphs.sortDescending
        // The arrow must stay when the title is cut.
        title = title.truncated(toColumns: max(0, slot.width - 2), ellipsis: grid.glyphs.ellipsis)
        title += (title.isEmpty ? "" : " ") + String(Character(arrow))
      }
      let alignment: Alignment =
        switch column.placement {
        case .aligned(let alignment): alignment
        case .decimal: .right
        }
      let place = Rectangle(x: area.x + slot.x, y: area.y, width: slot.width, height: 1)
      grid.write(title, in: place.intersection(area), alignment: alignment, style: .role(.header))
    }
  }

  private func draw(_ content: Content, of column: Column, into grid: inout Grid, in area: Rectangle) {
    switch content {
    case .bar(let fraction, let style): HorizontalBar(fraction, style: style).draw(into: &grid, in: area)
    case .sparkline(let values, let style, let range):
      Sparkline(values, style: style, range: range).draw(into: &grid, in: area)
    case .text(let text, let style): place([Span(text, style: style)], of: column, into: &grid, in: area)
    case .spans(let spans): place(spans, of: column, into: &grid, in: area)
    case .fitting(let forms):
      guard let form = forms.first(where: { $0.columns <= area.width }) ?? forms.last else { return }
      place(form, of: column, into: &grid, in: area)
    }
  }

  private func place(_ spans: [Span], of column: Column, into grid: inout Grid, in area: Rectangle) {
    switch column.placement {
    case .aligned(.right) where spans.columns > area.width:
      // Half a number is a wrong one.
      grid.write([Span(String(Character(grid.glyphs.ellipsis)), .dim)], in: area, alignment: .right)
    case .aligned(let alignment): grid.write(spans, in: area, alignment: alignment)
    case .decimal(let trailing):
      let columns = spans.columns
      let after = columns - Self.integerColumns(of: spans.text)
      let start = area.endX - columns - max(0, trailing - after)
      if start < area.x {
        grid.write(spans, in: area, alignment: .right)
      } else {
        grid.write(spans, x: start, y: area.y, clip: area)
      }
    }
  }

  /// The columns before the decimal point, or before what follows the number.
  static func integerColumns(of text: String) -> Int {
    var columns = 0
    for scalar in text.unicodeScalars {
      if scalar == "." || scalar == " " && columns > 0 { break }
      if scalar == "e" || scalar == "%" { break }
      columns += abs(scalar.columns)
    }
    return columns
  }
}
