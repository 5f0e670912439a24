package import Graph
package import TerminalUI

/// Where the user is in the table of layers.
package struct LayersState: ScreenState {
  /// The selected row and the first visible one; rows are indices in `rows`.
  package var list = ListState()
  /// The rows that are shown. Scores that change leave them alone.
  package var rows: [LayerRow] = []
  /// The layers that pass the filter, those inside closed modules too: indices in `ChannelGroups.layers`.
  package var order: [Int] = []
  /// What all layers are called on the screen, by their index in `ChannelGroups.layers`.
  package var labels = LayerLabels()
  /// The columns of the widest shape of weights.
  var shapeColumns = 0
  /// The modules that layers stand in.
  package var modules = ModuleTree()
  /// What the modules are called on the screen, by their index in `modules`.
  package var moduleLabels = LayerLabels()
  /// The layers of each module that pass the filter.
  package var shownMembers: [[Int]] = []
  /// Whether modules have rows of their own.
  package var showsModules = false
  /// The names of the modules whose layers are not shown.
  package var closed: Set<String> = []
  /// Which rows feed which.
  package var gutter = LayerGutter()
  /// Whether that is left out of the table.
  package var hidesGutter = false
  /// The way that was explained last.
  package var path: FlowPath?
  /// Whether bars grow with the order of magnitude.
  package var isLogarithmic = false
  /// Whether a layer's bar shows how the scores of its kernels are spread.
  package var showsDistribution = false
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

  /// The row under the cursor.
  package var selectedRow: LayerRow? { rows.indices.contains(list.selected) ? rows[list.selected] : nil }

  /// The index in `ChannelGroups.layers` of the layer under the cursor; `nil` on a module.
  package var selectedLayer: Int? {
    if case .layer(let layer)? = selectedRow { layer } else { nil }
  }

  /// The module under the cursor.
  package var selectedModule: Int? {
    if case .module(let module)? = selectedRow { module } else { nil }
  }

  /// The layers that a row stands for.
  package func layers(of row: LayerRow) -> [Int] {
    switch row {
    case .layer(let layer): [layer]
    case .module(let module): shownMembers.indices.contains(module) ? shownMembers[module] : []
    }
  }

  /// The rows of the range that is being marked.
  package var range: ClosedRange<Int>? {
    rangeStart.map { min($0, list.selected)...max($0, list.selected) }
  }

  /// The layers of the range that is being marked, in the order of its rows.
  package var layersInRange: [Int]? {
    range.map { range in
      var seen: Set<Int> = []
      return range.filter(rows.indices.contains).flatMap { layers(of: rows[$0]) }.filter {
        seen.insert($0).inserted
      }
    }
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
