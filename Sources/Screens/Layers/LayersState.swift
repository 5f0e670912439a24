package import TerminalUI

/// Where the user is in the table of layers.
package struct LayersState: ScreenState {
  /// The selected row and the first visible one; rows are indices in `order`.
  package var list = ListState()
  /// The rows: indices in `ChannelGroups.layers`. Scores that change leave it alone.
  package var order: [Int] = []
  /// What all layers are called on the screen, by their index in `ChannelGroups.layers`.
  package var labels = LayerLabels()
  /// What the names must contain, in any case.
  package var filter = ""
  /// What the rows are sorted by.
  package var sort = LayerSort.order
  /// Whether small values come first.
  package var isAscending = true
  /// Marked layers: indices in `ChannelGroups.layers`.
  package var marked: Set<Int> = []
  /// The row where a range begins, while one is being marked.
  package var rangeStart: Int?

  /// The index in `ChannelGroups.layers` of the layer under the cursor.
  package var selectedLayer: Int? { order.indices.contains(list.selected) ? order[list.selected] : nil }

  /// The rows of the range that is being marked.
  package var range: ClosedRange<Int>? {
    rangeStart.map { min($0, list.selected)...max($0, list.selected) }
  }

  package init() {}
}

extension ProgramState {
  /// Where the user is in the table of layers.
  package var layers: LayersState {
    get { screens[LayersState.self] }
    set { screens[LayersState.self] = newValue }
  }
}
