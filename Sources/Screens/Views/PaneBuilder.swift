internal import TerminalUI

/// Shares an area out among panes.
struct PaneBuilder {
  let focus: Screen
  let wishes: ScreenLayout.Wishes
  let shift: DividerShift
  private(set) var panes: [ScreenLayout.Pane] = []
  private(set) var dividers: [ScreenLayout.Divider] = []

  /// What the kernels keep beside the layers.
  private static let kernelColumns = 44
  /// What any pane keeps.
  private static let leastColumns = 32
  /// What shapes and iterations keep of the height when there is next to nothing in them: a frame, a head, two rows.
  private static let leastRows = 5

  init(focus: Screen, wishes: ScreenLayout.Wishes, shift: DividerShift) {
    (self.focus, self.wishes, self.shift) = (focus, wishes, shift)
  }

  /// One pane.
  mutating func show(_ screen: Screen, in area: Rectangle) {
    panes.append(ScreenLayout.Pane(screen: screen, frame: area))
  }

  /// The layers and another pane: beside each other, one below the other, or the one with the focus, as room allows.
  mutating func showLayers(beside companion: Screen, in area: Rectangle) {
    guard focus == .layers || focus == companion else { return show(focus, in: area) }
    if area.width >= ScreenLayout.wideColumns {
      let half = companion == .kernels ? layerColumns(of: area.width) : area.width / 2
      showBeside(.layers, companion, in: area, columns: half)
    } else if area.height >= 3 * Self.leastRows {
      showBelow(area, rows: area.height * 2 / 5) { builder, upper, lower in
        builder.show(.layers, in: upper)
        builder.show(companion, in: lower)
      }
    } else {
      show(focus, in: area)
    }
  }

  /// Layers beside kernels, and below them what of shapes and iterations is not empty; the focus alone where there is less
  /// room.
  mutating func showAll(in area: Rectangle, isTall: Bool) {
    guard area.width >= ScreenLayout.wideColumns, ![.log, .sensitivity, .train].contains(focus) else {
      return show(focus, in: area)
    }
    guard isTall else {
      guard focus == .layers || focus == .kernels else { return show(focus, in: area) }
      return showBeside(.layers, .kernels, in: area, columns: layerColumns(of: area.width))
    }
    let lower = [Screen.shapes, .iterations].filter { $0 == focus || !wishes.empty.contains($0) }
    guard let first = lower.first, let last = lower.last else {
      return showBeside(.layers, .kernels, in: area, columns: layerColumns(of: area.width))
    }
    // A pane with little in it leaves its rows to the layers.
    let wished = min(wishes.lowerRows, area.height) + 3
    let rows = min(area.height * 2 / 5, max(Self.leastRows, wished))
    showBelow(area, rows: rows) { builder, upper, below in
      builder.showBeside(.layers, .kernels, in: upper, columns: builder.layerColumns(of: area.width))
      if first == last {
        builder.show(first, in: below)
      } else {
        builder.showBeside(first, last, in: below, columns: below.width / 2, isMovable: false)
      }
    }
  }

  /// The columns that layers have beside kernels: as many as their names need, if kernels keep theirs.
  private func layerColumns(of width: Int) -> Int {
    let least = ScreenLayout.layerColumns(of: width)
    return min(max(least, width - Self.kernelColumns), max(least, wishes.layerColumns))
  }

  private mutating func showBeside(
    _ first: Screen, _ second: Screen, in area: Rectangle, columns: Int, isMovable: Bool = true
  ) {
    let range = Self.range(Self.leastColumns, in: area.width)
    let columns = isMovable ? Self.bounded(columns + shift.columns, range) : columns
    let parts = area.split(horizontally: [.fixed(columns), .flexible()])
    show(first, in: parts[0])
    show(second, in: parts[1])
    guard isMovable else { return }
    dividers.append(
      ScreenLayout.Divider(
        isVertical: true, place: parts[1].x, range: Self.moved(range, by: area.x),
        area: Rectangle(x: parts[1].x - 1, y: area.y, width: 2, height: area.height)))
  }

  private mutating func showBelow(
    _ area: Rectangle, rows: Int, _ fill: (inout PaneBuilder, Rectangle, Rectangle) -> Void
  ) {
    let range = Self.range(Self.leastRows, in: area.height)
    let upper = Self.bounded(area.height - rows + shift.rows, range)
    let parts = area.split(vertically: [.fixed(upper), .flexible()])
    fill(&self, parts[0], parts[1])
    dividers.append(
      ScreenLayout.Divider(
        isVertical: false, place: parts[1].y, range: Self.moved(range, by: area.y),
        area: Rectangle(x: area.x, y: parts[1].y - 1, width: area.width, height: 2)))
  }

  /// Where a border can stand so that both sides keep something.
  private static func range(_ least: Int, in length: Int) -> ClosedRange<Int> {
    let low = min(least, length / 2)
    return low...max(low, length - low)
  }

  private static func bounded(_ value: Int, _ range: ClosedRange<Int>) -> Int {
    max(range.lowerBound, min(range.upperBound, value))
  }

  private static func moved(_ range: ClosedRange<Int>, by distance: Int) -> ClosedRange<Int> {
    range.lowerBound + distance...range.upperBound + distance
  }
}
