/// Dots finer than cells: two by four a cell in braille patterns (Unicode U+2800), else one a cell.
struct DotCanvas {
  let area: Rectangle
  let isBraille: Bool
  private var patterns: [UInt8]
  private var style = Style.text
  private var asciiMark: Unicode.Scalar = "*"

  init(area: Rectangle, isBraille: Bool) {
    self.area = area
    self.isBraille = isBraille
    patterns = Array(repeating: 0, count: area.width * area.height)
  }

  private var across: Int { isBraille ? 2 : 1 }
  private var down: Int { isBraille ? 4 : 1 }

  /// The dot of a place given in shares of the area, from its lower left corner; nil outside.
  func location(x: Double, y: Double) -> (x: Int, y: Int)? {
    guard x >= 0, x <= 1, y >= 0, y <= 1, !area.isEmpty else { return nil }
    return (
      Int((x * Double(area.width * across - 1)).rounded()),
      Int(((1 - y) * Double(area.height * down - 1)).rounded())
    )
  }

  /// Sets the dots of a line (Bresenham).
  mutating func line(
    from start: (x: Int, y: Int), to end: (x: Int, y: Int), style: Style, mark: Unicode.Scalar
  ) {
    self.style = style
    asciiMark = mark
    let (width, height) = (abs(end.x - start.x), -abs(end.y - start.y))
    let (stepX, stepY) = (start.x < end.x ? 1 : -1, start.y < end.y ? 1 : -1)
    var error = width + height
    var (x, y) = start
    while true {
      set(x: x, y: y)
      if x == end.x, y == end.y { return }
      let twice = 2 * error
      if twice >= height {
        error += height
        x += stepX
      }
      if twice <= width {
        error += width
        y += stepY
      }
    }
  }

  private mutating func set(x: Int, y: Int) {
    // The bits of a braille pattern run down the left column, then the right; the lowest row came later.
    let bits: [[UInt8]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]
    patterns[y / down * area.width + x / across] |= isBraille ? bits[y % 4][x % 2] : 1
  }

  /// Draws the dots that were set, over what is there.
  func draw(into grid: inout Grid) {
    for (index, pattern) in patterns.enumerated() where pattern != 0 {
      let scalar = isBraille ? Unicode.Scalar(UInt32(0x2800) + UInt32(pattern)) ?? asciiMark : asciiMark
      grid.put(
        scalar, x: area.x + index % area.width, y: area.y + index / area.width, style: style, clip: area)
    }
  }

  /// Forgets all dots.
  mutating func clear() {
    for index in patterns.indices { patterns[index] = 0 }
  }

  /// Draws a mark over the cell of a dot.
  func mark(_ location: (x: Int, y: Int), _ mark: Unicode.Scalar, style: Style, into grid: inout Grid) {
    let cell = cell(of: location)
    grid.put(mark, x: cell.x, y: cell.y, style: style, clip: area)
  }

  /// The cell of a dot.
  func cell(of location: (x: Int, y: Int)) -> (x: Int, y: Int) {
    (area.x + location.x / across, area.y + location.y / down)
  }
}
