package import TerminalUI

/// Where the user is in the table of layers.
package struct LayerListState: Sendable, Hashable {
  /// The selected row and the first visible one; rows are places in `order`.
  package var list = ListState()
  /// The rows: places in `ChannelGroups.layers`. Scores that change leave it alone.
  package var order: [Int] = []
  /// What the names must contain, in any case.
  package var filter = ""
  /// What the rows are sorted by.
  package var sort = LayerSort.order
  /// Whether small values come first.
  package var isAscending = true
  /// Marked layers: places in `ChannelGroups.layers`.
  package var marked: Set<Int> = []
  /// The row where a range begins, while one is being marked.
  package var rangeStart: Int?

  /// The place in `ChannelGroups.layers` of the layer under the cursor.
  package var selectedLayer: Int? { order.indices.contains(list.selected) ? order[list.selected] : nil }

  /// The rows of the range that is being marked.
  package var range: ClosedRange<Int>? {
    rangeStart.map { min($0, list.selected)...max($0, list.selected) }
  }
}

/// Where the user is in the kernels of a layer.
package struct KernelListState: Sendable, Hashable {
  /// The selected row and the first visible one; rows are places in `order`.
  package var list = ListState()
  /// The rows: numbers of kernels.
  package var order: [Int] = []
  /// The name of the layer that `order` is for.
  package var layer = ""
  /// Whether rows are sorted by score, best first, rather than by number.
  package var isByRank = true
  /// Whether the kernels are shown as heat maps.
  package var showsWeights = false
  /// How many heat maps stand side by side: the last frame says so.
  package var mapsPerRow = 1

  /// The number of the kernel under the cursor.
  package var selectedKernel: Int? { order.indices.contains(list.selected) ? order[list.selected] : nil }
}

/// Where the user is in the table of tensors that change.
package struct ShapeListState: Sendable, Hashable {
  /// The selected row and the first visible one.
  package var list = ListState()
  /// What the names must contain, in any case.
  package var filter = ""
}

/// Where the user is in the log.
package struct LogState: Sendable, Hashable {
  /// The text, with what is searched in it.
  package var text = ScrollText(followsEnd: true)
  /// How many lines of the engine's log `text` holds.
  package var lineCount = 0
}
