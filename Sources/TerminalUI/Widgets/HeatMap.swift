/// A small matrix in colours, two rows a cell; in shades of one row a cell where colours are few.
///
/// Values run from the theme's `heatLow` over `heatMiddle` (zero) to `heatHigh`.
package struct HeatMap: Hashable, Sendable {
  /// The matrix's rows.
  package let rows: Int
  /// The matrix's columns.
  package let columns: Int
  /// The values, row by row.
  package let values: [Float]
  /// The absolute value that is drawn in full; nil takes the matrix's largest.
  package var scale: Float?

  /// A matrix; missing values are zero and those beyond `rows` × `columns` are left out.
  package init(rows: Int, columns: Int, values: [Float], scale: Float? = nil) {
    self.rows = min(Grid.largestSide, max(0, rows))
    self.columns = min(Grid.largestSide, max(0, columns))
    self.values = values
    self.scale = scale
  }

  private static func usesHalves(_ grid: Grid) -> Bool {
    grid.depth >= .palette256 && grid.glyphs.upperHalf != nil
  }

  /// How many cells it takes on this grid; shades are drawn two cells wide, so that they look square.
  package func size(on grid: Grid) -> (width: Int, height: Int) {
    Self.usesHalves(grid) ? (columns, (rows + 1) / 2) : (2 * columns, rows)
  }

  /// Draws the matrix from the area's upper left corner.
  package func draw(into grid: inout Grid, in area: Rectangle) {
    let largest = scale ?? values.lazy.map(abs).filter(\.isFinite).max() ?? 0
    func share(_ row: Int, _ column: Int) -> Float {
      let index = row * columns + column
      guard row < rows, index < values.count, largest > 0, !values[index].isNaN else { return 0 }
      return min(1, max(-1, values[index] / largest))
    }
    let size = size(on: grid)
    for y in 0..<min(size.height, area.height) {
      if Self.usesHalves(grid), let half = grid.glyphs.upperHalf {
        for x in 0..<min(columns, area.width) {
          let upper = Self.paint(share(2 * y, x))
          let style: Style
          if 2 * y + 1 < rows {
            style = Style(upper, on: Self.paint(share(2 * y + 1, x)))
          } else {
            style = Style(upper)
          }
          grid.put(half, x: area.x + x, y: area.y + y, style: style, clip: area)
        }
      } else {
        let shades = grid.glyphs.shades
        for x in 0..<columns where 2 * x < area.width {
          let value = share(y, x)
          let level = Int((abs(value) * Float(shades.count - 1)).rounded())
          let style = Style.role(value < 0 ? .heatLow : .heatHigh)
          grid.put(shades[level], x: area.x + 2 * x + 1, y: area.y + y, style: style, clip: area)
          // The sign is drawn too: shades alone tell only how much.
          let sign: Unicode.Scalar = value < 0 && level > 0 ? "-" : level > 0 ? "+" : " "
          grid.put(sign, x: area.x + 2 * x, y: area.y + y, style: style, clip: area)
        }
      }
    }
  }

  private static func paint(_ share: Float) -> Paint {
    .blend(.heatMiddle, share < 0 ? .heatLow : .heatHigh, UInt8(abs(share) * 255))
  }
}
