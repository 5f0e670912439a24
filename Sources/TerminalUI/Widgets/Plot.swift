/// Curves and points over two axes: eight dots a cell in braille, or one mark a cell in ASCII.
package struct Plot: Hashable, Sendable {
  /// A place in the plot.
  package struct Location: Hashable, Sendable {
    /// The value of the horizontal axis.
    package var x: Double
    /// The value of the vertical axis.
    package var y: Double

    /// A place from its values.
    package init(_ x: Double, _ y: Double) {
      self.x = x
      self.y = y
    }
  }

  /// Points that belong together.
  package struct Series: Hashable, Sendable {
    /// How the points are shown.
    package enum Kind: Hashable, Sendable {
      /// Joined by lines.
      case line
      /// Each by a mark of its own.
      case scatter
    }

    /// The name in the legend; empty for none.
    package var name: String
    /// The points; those that are not finite break the line.
    package var points: [Location]
    /// How they are shown.
    package var kind: Kind
    /// Their style.
    package var style: Style
    /// What stands beside the points, where there is room: one a point, or none.
    package var labels: [String]

    /// A series from its parts.
    package init(
      _ name: String = "", _ points: [Location], kind: Kind = .line, style: Style = .role(.graph),
      labels: [String] = []
    ) {
      self.name = name
      self.points = points
      self.kind = kind
      self.style = style
      self.labels = labels
    }
  }

  /// What is drawn, later ones over earlier ones.
  package var series: [Series]
  /// The horizontal axis' ends; nil takes the points'.
  package var xRange: ClosedRange<Double>?
  /// The vertical axis' ends; nil takes the points'.
  package var yRange: ClosedRange<Double>?
  /// What the horizontal axis shows.
  package var xTitle: String
  /// What the vertical axis shows, written above it.
  package var yTitle: String
  /// Whether the legend stands below, for curves that rise; otherwise it stands above.
  package var hasLegendBelow = false
  /// How a value reads at the horizontal axis.
  package var xLabel: @Sendable (Double) -> String {
    get { xFormat.text }
    set { xFormat = Format(text: newValue) }
  }
  /// How a value reads at the vertical axis.
  package var yLabel: @Sendable (Double) -> String {
    get { yFormat.text }
    set { yFormat = Format(text: newValue) }
  }
  private var xFormat = Format { Quantity.significant($0, digits: 3) }
  private var yFormat = Format { Quantity.significant($0, digits: 3) }

  /// A formatter, which does not take part in comparing plots.
  private struct Format: Hashable, Sendable {
    let text: @Sendable (Double) -> String
    static func == (first: Format, second: Format) -> Bool { true }
    func hash(into hasher: inout Hasher) {}
  }

  /// A plot of series.
  package init(
    _ series: [Series], xRange: ClosedRange<Double>? = nil, yRange: ClosedRange<Double>? = nil,
    xTitle: String = "", yTitle: String = ""
  ) {
    self.series = series
    self.xRange = xRange
    self.yRange = yRange
    self.xTitle = xTitle
    self.yTitle = yTitle
  }

  /// Draws axes, labels, legend and series; only the series where there is no room for more.
  package func draw(into grid: inout Grid, in area: Rectangle) {
    let points = series.flatMap(\.points).filter { $0.x.isFinite && $0.y.isFinite }
    guard !area.isEmpty else { return }
    guard !points.isEmpty || (xRange != nil && yRange != nil) else {
      grid.write("no data yet", in: area.row(area.height / 2), alignment: .center, style: .dim)
      return
    }
    let horizontal = Self.widened(xRange, points.map(\.x))
    let vertical = Self.widened(yRange, points.map(\.y))
    let inside = drawAxes(into: &grid, in: area, horizontal, vertical)
    var dots = DotCanvas(area: inside, isBraille: !grid.glyphs.isASCII)
    var labels: [(cell: (x: Int, y: Int), text: String, style: Style)] = []
    for (index, one) in series.enumerated() {
      let locations = one.points.map { point -> (x: Int, y: Int)? in
        guard point.x.isFinite, point.y.isFinite else { return nil }
        return dots.location(
          x: (point.x - horizontal.lowerBound) / (horizontal.upperBound - horizontal.lowerBound),
          y: (point.y - vertical.lowerBound) / (vertical.upperBound - vertical.lowerBound))
      }
      let mark = grid.glyphs.plotMarks[index % grid.glyphs.plotMarks.count]
      switch one.kind {
      case .line:
        for (location, next) in zip(locations, locations.dropFirst() + [nil]) {
          guard let location else { continue }
          dots.line(from: location, to: next ?? location, style: one.style, mark: mark)
        }
        dots.draw(into: &grid)
        dots.clear()
      case .scatter:
        for case let location? in locations { dots.mark(location, mark, style: one.style, into: &grid) }
        labels += zip(locations, one.labels).compactMap { location, text in
          location.map { (dots.cell(of: $0), text, one.style) }
        }
      }
    }
    drawLegend(into: &grid, in: inside)
    // Last, so that they find the room that everything else leaves.
    for (cell, text, style) in labels {
      Self.drawLabel(text, beside: cell, style: style, into: &grid, in: inside)
    }
  }

  /// Writes a text to the right of a cell, to its left, above or below, where nothing stands; else not at all.
  private static func drawLabel(
    _ text: String, beside cell: (x: Int, y: Int), style: Style, into grid: inout Grid, in area: Rectangle
  ) {
    let columns = text.columns
    let places = [
      (cell.x + 1, cell.y), (cell.x - columns, cell.y), (cell.x, cell.y - 1), (cell.x, cell.y + 1),
    ]
    let place = places.first { x, y in
      x >= area.x && x + columns <= area.endX && y >= area.y && y < area.endY
        && (x..<x + columns).allSatisfy { grid[$0, y].scalar == " " }
    }
    if let place { grid.write(text, x: place.0, y: place.1, style: style, clip: area) }
  }

  /// The range, never empty, so that dividing by its length is safe.
  private static func widened(_ range: ClosedRange<Double>?, _ values: [Double]) -> ClosedRange<Double> {
    let low = range?.lowerBound ?? values.min() ?? 0
    let high = range?.upperBound ?? values.max() ?? 1
    guard low.isFinite, high.isFinite, (high - low).isFinite else { return 0...1 }
    if high > low { return low...high }
    let margin = max(abs(low) * 0.05, 0.5)
    return (low - margin)...(low + margin)
  }

  private func drawAxes(
    into grid: inout Grid, in area: Rectangle, _ horizontal: ClosedRange<Double>,
    _ vertical: ClosedRange<Double>
  ) -> Rectangle {
    let (top, bottom) = (yLabel(vertical.upperBound), yLabel(vertical.lowerBound))
    let margin = max(top.columns, bottom.columns) + 1
    guard area.width >= margin + 8, area.height >= 5 else { return area }
    let titleRows = yTitle.isEmpty ? 0 : 1
    let inside = Rectangle(
      x: area.x + margin + 1, y: area.y + titleRows, width: area.width - margin - 1,
      height: area.height - 2 - titleRows)
    let style = Style.role(.axis)
    grid.write(yTitle, in: area.row(0), style: style)
    let labels = Rectangle(x: area.x, y: inside.y, width: margin - 1, height: inside.height)
    grid.write(top, in: labels.row(0), alignment: .right, style: style)
    if inside.height >= 5 {
      let middle = (vertical.lowerBound + vertical.upperBound) / 2
      grid.write(yLabel(middle), in: labels.row(inside.height / 2), alignment: .right, style: style)
    }
    grid.write(bottom, in: labels.row(inside.height - 1), alignment: .right, style: style)
    grid.verticalLine(x: inside.x - 1, y: inside.y, length: inside.height, style: style)
    grid.put(grid.glyphs.bottomLeft, x: inside.x - 1, y: inside.endY, style: style)
    grid.horizontalLine(x: inside.x, y: inside.endY, length: inside.width, style: style)
    let foot = Rectangle(x: inside.x, y: inside.endY + 1, width: inside.width, height: 1)
    let (left, right) = (xLabel(horizontal.lowerBound), xLabel(horizontal.upperBound))
    grid.write(left, in: foot, style: style)
    grid.write(right, in: foot, alignment: .right, style: style)
    if left.columns + xTitle.columns + right.columns + 4 <= foot.width {
      grid.write(xTitle, in: foot, alignment: .center, style: style)
    }
    return inside
  }

  private func drawLegend(into grid: inout Grid, in area: Rectangle) {
    let named = series.enumerated().filter { !$0.element.name.isEmpty }
    guard named.count > 1, named.count < area.height / 2 else { return }
    let start = hasLegendBelow ? area.height - named.count : 0
    for (line, (index, one)) in named.enumerated() {
      // A line of dots has no marks.
      let isDotted = one.kind == .line && !grid.glyphs.isASCII
      let scalar =
        isDotted ? grid.glyphs.horizontal : grid.glyphs.plotMarks[index % grid.glyphs.plotMarks.count]
      let mark = String(Character(scalar))
      grid.write(
        [Span(mark + " " + one.name, style: one.style)], in: area.row(start + line), alignment: .right)
    }
  }
}
