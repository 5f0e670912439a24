/// A bar in a row of cells, with eighths of a cell where the glyphs have them.
package struct HorizontalBar: Hashable, Sendable {
  /// How much of the area is filled, 0–1; what is not a number is nothing.
  package var fraction: Double
  /// The style of the full part.
  package var style: Style
  /// A place (0–1) at which a line is drawn over the bar, such as a cut.
  package var marker: Double?

  /// A bar of this length.
  package init(_ fraction: Double, style: Style = .role(.bar), marker: Double? = nil) {
    self.fraction = fraction
    self.style = style
    self.marker = marker
  }

  /// Draws the bar into the first row of an area.
  package func draw(into grid: inout Grid, in area: Rectangle) {
    guard !area.isEmpty else { return }
    let steps = grid.glyphs.horizontalSteps
    let perCell = steps.count - 1
    let share = fraction.isNaN ? 0 : min(1, max(0, fraction))
    var filled = Int((share * Double(area.width * perCell)).rounded())
    // A little is not nothing, and nearly all is not all.
    if share > 0 { filled = max(1, filled) }
    if share < 1 { filled = min(area.width * perCell - 1, filled) }
    for column in 0..<area.width {
      let level = min(perCell, max(0, filled - column * perCell))
      let isTrack = level == 0
      let scalar = isTrack ? grid.glyphs.track : steps[level]
      grid.put(scalar, x: area.x + column, y: area.y, style: isTrack ? .role(.barTrack) : style, clip: area)
    }
    if let marker, marker >= 0, marker <= 1 {
      let x = area.x + min(area.width - 1, Int(marker * Double(area.width)))
      grid.put(grid.glyphs.vertical, x: x, y: area.y, style: .role(.changed), clip: area)
    }
  }
}

/// A bar that says how far something is: bounds, bar, then a label such as `37/200` to its left.
package struct ProgressBar: Hashable, Sendable {
  /// How much is done, 0–1; nil if nobody knows, which is drawn as a moving piece.
  package var fraction: Double?
  /// What is written before the bar.
  package var label: String
  /// What is written after it, such as the time left.
  package var note: String
  /// Counts up while the amount is unknown, to move the piece.
  package var phase: Int

  /// A progress bar from its parts.
  package init(_ fraction: Double?, label: String = "", note: String = "", phase: Int = 0) {
    self.fraction = fraction
    self.label = label
    self.note = note
    self.phase = phase
  }

  /// Draws label, bar and note into the first row of an area; the bar gives way to the texts.
  package func draw(into grid: inout Grid, in area: Rectangle) {
    guard !area.isEmpty else { return }
    var x = area.x
    if !label.isEmpty { x = grid.write(label + " ", x: x, y: area.y, clip: area) }
    let noteColumns = note.isEmpty ? 0 : note.columns + 1
    let width = area.endX - x - noteColumns - 2
    if width >= 3 {
      grid.put(grid.glyphs.barStart, x: x, y: area.y, style: .role(.border), clip: area)
      let inside = Rectangle(x: x + 1, y: area.y, width: width, height: 1)
      if let fraction {
        HorizontalBar(fraction).draw(into: &grid, in: inside)
      } else {
        grid.fill(inside, with: grid.glyphs.track, style: .role(.barTrack))
        let piece = max(1, width / 4)
        // There and back again.
        let way = max(1, width - piece)
        let step = ((phase % (2 * way)) + 2 * way) % (2 * way)
        let start = inside.x + (step < way ? step : 2 * way - step)
        let full = grid.glyphs.horizontalSteps.last ?? "#"
        grid.fill(Rectangle(x: start, y: area.y, width: piece, height: 1), with: full, style: .role(.bar))
      }
      grid.put(grid.glyphs.barEnd, x: inside.endX, y: area.y, style: .role(.border), clip: area)
      x = inside.endX + 1
    }
    if !note.isEmpty {
      grid.write(note, x: width >= 3 ? x + 1 : x, y: area.y, style: .dim, clip: area)
    }
  }
}

/// A curve one row high; the last values are shown, one a column.
package struct Sparkline: Hashable, Sendable {
  /// The values, oldest first; what is not finite leaves a gap.
  package var values: [Double]
  /// The style of the curve.
  package var style: Style
  /// The values of the lowest and the highest level; nil takes those that are shown.
  package var range: ClosedRange<Double>?

  /// A curve of values.
  package init(_ values: [Double], style: Style = .role(.graph), range: ClosedRange<Double>? = nil) {
    self.values = values
    self.style = style
    self.range = range
  }

  /// Draws the curve into the first row of an area.
  package func draw(into grid: inout Grid, in area: Rectangle) {
    let shown = values.suffix(area.width)
    let finite = shown.filter(\.isFinite)
    guard !area.isEmpty, let low = range?.lowerBound ?? finite.min(),
      let high = range?.upperBound ?? finite.max()
    else { return }
    let steps = grid.glyphs.verticalSteps
    for (column, value) in shown.enumerated() where value.isFinite {
      // A flat curve is drawn in the middle.
      let share = high > low ? min(1, max(0, (value - low) / (high - low))) : 0.5
      let level = min(steps.count - 1, Int(share * Double(steps.count)))
      grid.put(steps[level], x: area.x + column, y: area.y, style: style, clip: area)
    }
  }
}
