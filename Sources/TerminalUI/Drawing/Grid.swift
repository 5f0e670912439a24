/// A screen of cells that widgets draw into. The host shows it; tests read it as text.
///
/// Coordinates outside the grid are allowed everywhere: what falls outside is not drawn.
///
///     var grid = Grid(width: 80, height: 24)
///     grid.write("conv1", x: 2, y: 0, style: .role(.title))
package struct Grid: Hashable, Sendable {
  /// Columns.
  package let width: Int
  /// Rows.
  package let height: Int
  /// The drawing characters that widgets must use here.
  package let glyphs: Glyphs
  /// How many colours the screen shows, for widgets that draw otherwise without colours.
  package let depth: ColorDepth
  /// Where the terminal's cursor stands; nil hides it. Only text fields set it.
  package var cursor: Point?
  private var cells: [Cell]

  /// The largest width and height; a terminal that claims more is drawn up to here.
  package static let largestSide = 2_000

  /// A blank grid. Sizes are held between 0 and `largestSide`.
  package init(
    width: Int, height: Int, glyphs: Glyphs = .unicode, depth: ColorDepth = .trueColor
  ) {
    self.width = min(Self.largestSide, max(0, width))
    self.height = min(Self.largestSide, max(0, height))
    self.glyphs = glyphs
    self.depth = depth
    self.cells = Array(repeating: .blank, count: self.width * self.height)
  }

  /// The whole grid as an area.
  package var bounds: Rectangle { Rectangle(width: width, height: height) }

  /// The cell at (`x`, `y`); a blank one outside of the grid.
  package subscript(x: Int, y: Int) -> Cell {
    guard bounds.contains(x: x, y: y) else { return .blank }
    return cells[y * width + x]
  }

  /// The cells of a row, from left to right; none if there is no such row.
  package func row(_ y: Int) -> ArraySlice<Cell> {
    guard y >= 0, y < height else { return [] }
    return cells[(y * width)..<((y + 1) * width)]
  }

  /// Puts one scalar; returns the columns it took, 0 if it does not fit or takes no column.
  ///
  /// Control characters become the replacement glyph, combining marks are dropped, a wide scalar whose second
  /// half would fall outside becomes a blank.
  @discardableResult
  package mutating func put(
    _ scalar: Unicode.Scalar, x: Int, y: Int, style: Style, clip: Rectangle? = nil
  ) -> Int {
    var scalar = scalar
    var columns = scalar.columns
    if columns == 0 { return 0 }
    if columns < 0 { (scalar, columns) = (glyphs.replacement, 1) }
    if glyphs.isASCII, !scalar.isASCII { (scalar, columns) = (Glyphs.asciiForm(of: scalar), 1) }
    let area = clip.map { bounds.intersection($0) } ?? bounds
    guard area.contains(x: x, y: y) else { return columns }
    if columns == 2, !area.contains(x: x + 1, y: y) { scalar = " " }
    let fitsWide = columns == 2 && scalar != " "
    detach(x: x, y: y)
    cells[y * width + x] = Cell(scalar: scalar, style: style)
    if fitsWide {
      detach(x: x + 1, y: y)
      cells[y * width + x] = Cell(scalar: scalar, style: style)
      cells[y * width + x + 1] = Cell(scalar: Cell.continuation, style: style)
    }
    return columns
  }

  /// Blanks the other half of a wide scalar of which the cell at (`x`, `y`) is about to be overwritten.
  private mutating func detach(x: Int, y: Int) {
    let index = y * width + x
    if cells[index].isContinuation {
      if x > 0 { cells[index - 1].scalar = " " }
      cells[index].scalar = " "
    }
    if x + 1 < width, cells[index + 1].isContinuation { cells[index + 1].scalar = " " }
  }

  /// Changes the style of the cells of an area, not their text.
  package mutating func restyle(_ area: Rectangle, _ change: (inout Style) -> Void) {
    let area = bounds.intersection(area)
    for y in area.y..<area.endY {
      for x in area.x..<area.endX { change(&cells[y * width + x].style) }
    }
  }
}
