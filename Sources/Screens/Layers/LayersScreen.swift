internal import Graph
internal import Pruning
internal import TerminalUI

/// The table of layers, where percentages are set.
enum LayersScreen: TableScreen {
  static let title = "Layers"
  static let help = "the table of layers"

  static let editsMarkedLayers = true
  static let list: any WritableKeyPath<ProgramState, ListState> & Sendable = \.layers.list

  static let commands: [Command] =
    Percentages.commands + [
      Command(
        "open", [.enter], "kernels", "show the layer's kernels, or why it cannot be pruned", takesPath: true,
        titleNow: { $0.selectedCoupledLayer?.isPrunable == false ? "why" : nil }, disabled: \.noModel
      ) { state, _ in open(&state) },
      Command(
        "target", ["t"], "target", "share a target for the whole network out over the layers",
        disabled: \.noModel, completions: { _, _ in Target.Quantity.allCases.map { $0.rawValue + " " } }
      ) { $0.beginTarget($1) },
      Command(
        "set", ["O"], "set", "set how kernels are ranked, limits, and fast widths", disabled: \.noModel,
        completions: { $0.settingCompletions(of: $1) }
      ) { $0.beginSettings($1) },
    ]

  static let commandsBehindRunning: [Command] = [
    Command(
      "mark", [.space], "mark", "mark the layer, so that percentages go to all marked ones",
      disabled: \.noModel
    ) { state, _ in mark(&state) },
    Command(
      "sort", ["s"], "sort", "choose what the rows are sorted by", disabled: \.noModel,
      completions: { _, _ in LayerSort.allCases.map(\.word) }
    ) { SortMenu.open(&$0, $1) },
    Command(
      "protect", ["p"], "protect", "protect the layer: it loses nothing",
      disabled: {
        $0.selectedCoupledLayer?.isPrunable == false ? "the layer cannot be pruned anyway" : $0.noModel
      }
    ) { state, _ in toggleProtection(&state) },
    Command("mark-range", ["v"], "range", "mark a range of rows", footer: false, disabled: \.noModel) {
      state, _ in markRange(&state)
    },
    Command("mark-all", ["a"], "all", "mark all rows shown", footer: false, disabled: \.noModel) { state, _ in
      let shown = Set(state.layers.order)
      if shown.isSubset(of: state.layers.marked) {
        state.layers.marked.subtract(shown)
      } else {
        state.layers.marked.formUnion(shown)
      }
      return []
    },
    Command(
      "mark-invert", ["*"], "invert marks", "mark the rows that are not marked", footer: false,
      disabled: \.noModel
    ) { state, _ in
      state.layers.marked.formSymmetricDifference(state.layers.order)
      return []
    },
    explain,
    Command(
      "invert-sort", ["I"], "invert", "invert the order of the rows", footer: false, disabled: \.noModel
    ) { state, _ in
      sort(&state, by: state.layers.sort, ascending: !state.layers.isAscending)
      return []
    },
    sortAgain,
  ]

  /// Where layers are shown, it can be asked what they are tied to.
  static let explain = Command(
    "explain", ["i"], "why", "explain what the layer is tied to, or why it cannot be pruned", footer: false,
    disabled: \.noModel
  ) { state, _ in
    explain(&state)
    return []
  }

  /// Rows stay where they are while scores refine, until this is asked for.
  static let sortAgain = Command(
    "sort-again", ["S"], "sort again", "sort again by what the scores are now", footer: false,
    disabled: \.noModel
  ) { state, _ in
    sortAgain(&state)
    return []
  }
}

// MARK: The pane

extension LayersScreen {
  /// The layers are filtered from wherever they are looked at.
  static let rowFilter = RowFilter.Text(value: { $0.layers.filter }, set: { setFilter(&$0, $1) })
  static var filter: RowFilter { .text(rowFilter) }

  static func count(_ state: ProgramState) -> Int { state.layers.order.count }

  static func notes(_ state: ProgramState) -> [String] {
    guard !state.coupledLayers.isEmpty else { return [] }
    let layers = state.layers
    return [
      layers.order.isEmpty ? "0" : "\(layers.list.selected + 1)/\(layers.order.count)",
      layers.marked.isEmpty ? "" : "\(layers.marked.count) marked",
      layers.range.map { "range of \($0.count)" } ?? "",
      layers.sort == .order && layers.isAscending
        ? "" : "\(layers.sort.title) \(layers.isAscending ? "▴" : "▾")",
      layers.filter.isEmpty ? "" : "filter \(layers.filter)",
    ]
  }

  static func followCursor(_ state: inout ProgramState) -> [Effect] {
    KernelsScreen.followSelectedLayer(&state)
    return KernelsScreen.neededWeights(state)
  }

  static func move(
    _ state: inout ProgramState, _ movement: Movement, in inside: Rectangle
  ) -> [Effect] {
    moveCursor(&state, movement, page: Table.page(in: inside))
  }

  static func press(_ state: inout ProgramState, head column: String) -> [Effect] {
    if state.layers.sort.column == column {
      sort(&state, by: state.layers.sort, ascending: !state.layers.isAscending)
    } else if let found = LayerSort.allCases.first(where: { $0.column == column }) {
      sort(&state, by: found, ascending: found.isAscendingAtFirst)
    }
    return KernelsScreen.neededWeights(state)
  }

  static func giveUp(_ state: inout ProgramState) -> Bool {
    if !state.layers.filter.isEmpty {
      setFilter(&state, "")
    } else if !state.layers.marked.isEmpty {
      state.layers.marked = []
    } else {
      return false
    }
    return true
  }

  static func adopt(_ state: inout ProgramState, _ news: News) {
    if news.isAnotherModel { state.layers = LayersState() }
    if news.isAnotherNetwork {
      state.layers.labels = LayerLabels(state.coupledLayers.map(\.layer.name))
      state.layers.marked = []
      state.layers.rangeStart = nil
    }
    // Another measure is another order; only scores that refine leave rows where they are.
    if news.isAnotherNetwork || news.isAnotherMeasure { order(&state, selecting: news.selectedLayer) }
  }
}
