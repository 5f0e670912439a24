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
        "open", [.enter], "kernels",
        "show the layer's kernels, or why it cannot be pruned; open or close a module", verb: .open,
        takesPath: true,
        titleNow: {
          if let module = $0.layers.selectedModule {
            return $0.layers.closed.contains($0.layers.modules.modules[module].name) ? "unfold" : "fold"
          }
          return $0.selectedCoupledLayer?.isPrunable == false ? "why" : nil
        }, disabled: \.noModel
      ) { state, _ in open(&state) },
      target, set,
    ]

  static let target = Command(
    "target", ["t"], "target", "share a target for the whole network out over the layers",
    verb: .target, disabled: \.noModel, completions: { _, _ in Target.Quantity.completions }
  ) { $0.beginTarget($1) }

  static let set = Command(
    "set", [","], "set", "set how kernels are ranked, limits, and fast widths", menu: "s",
    disabled: \.noModel, completions: { $0.settingCompletions(of: $1) }
  ) { $0.beginSettings($1) }

  static let commandsBehindRunning: [Command] =
    [
      Command(
        "mark", ["x"], "mark", "mark the layer, so that percentages go to all marked ones", verb: .mark,
        disabled: \.noModel
      ) { state, _ in mark(&state) },
      Command(
        "sort", ["s"], "sort", "choose what the rows are sorted by", verb: .sort, disabled: \.noModel,
        completions: { _, _ in LayerSort.allCases.map { Completion($0.word, $0.title) } }
      ) { SortMenu.open(&$0, $1) },
      Command(
        "protect", ["p"], "protect", "protect the layer: it loses nothing", verb: .protect,
        disabled: {
          $0.selectedCoupledLayer?.isPrunable == false && $0.layers.marked.isEmpty && $0.layers.range == nil
            ? "the layer cannot be pruned anyway" : $0.noModel
        }
      ) { state, _ in toggleProtection(&state) },
      Command("mark-range", ["v"], "range", "mark a range of rows", footer: false, disabled: \.noModel) {
        state, _ in markRange(&state)
      },
      Command(
        "mark-all", ["a"], "all", "mark all rows shown", footer: false, verb: .markAll, disabled: \.noModel
      ) { state, _ in
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
        verb: .markOthers, disabled: \.noModel
      ) { state, _ in
        state.layers.marked.formSymmetricDifference(state.layers.order)
        return []
      },
      explain,
    ] + foldCommands + topologyCommands + [
      Command(
        "invert-sort", ["I"], "invert", "invert the order of the rows", footer: false, verb: .invertSort,
        disabled: \.noModel
      ) { state, _ in
        sort(&state, by: state.layers.sort, ascending: !state.layers.isAscending)
        return []
      },
      sortAgain,
      Command(
        "histogram", ["#"], "histogram",
        "the scores of a layer or of all kernels as a histogram; moves the cut",
        footer: false, menu: "#", disabled: \.noScores
      ) { state, _ in
        state.overlays.append(HistogramOverlay())
        return []
      },
      Command(
        "log-bars", ["L"], "log bars", "have bars grow with the order of magnitude, or with the value",
        footer: false, menu: "l", disabled: \.noScores
      ) { state, _ in
        state.layers.isLogarithmic.toggle()
        state.say(
          state.layers.isLogarithmic
            ? "Bars grow with the order of magnitude: four from end to end." : "Bars grow with the value.")
        return []
      },
      Command(
        "distribution", ["B"], "spread",
        "show how the scores of each layer's kernels are spread, or their mean",
        footer: false, menu: "B", disabled: \.noScores
      ) { state, _ in
        state.layers.showsDistribution.toggle()
        state.say(
          state.layers.showsDistribution
            ? "Each bar shows how a layer's kernels are spread, lowest score to highest; what goes is dim."
            : "Each bar is a layer's mean score.")
        return []
      },
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

  static func count(_ state: ProgramState) -> Int { state.layers.rows.count }

  static func notes(_ state: ProgramState) -> [String] {
    guard !state.coupledLayers.isEmpty else { return [] }
    let layers = state.layers
    return [
      layers.rows.isEmpty ? "0" : "\(layers.list.selected + 1)/\(layers.rows.count)",
      layers.marked.isEmpty ? "" : "\(layers.marked.count) marked",
      layers.range.map { "range of \($0.count)" } ?? "",
      layers.sort == .order && layers.isAscending
        ? "" : "\(layers.sort.title) \(layers.isAscending ? "▴" : "▾")",
      layers.filter.isEmpty ? "" : "filter \(layers.filter)",
      layers.isLogarithmic ? "log bars" : "",
    ]
  }

  static func searchText(_ state: ProgramState, row: Int) -> String? {
    let layers = state.layers
    guard layers.rows.indices.contains(row) else { return nil }
    // A closed module is found by what is in it.
    let names = layers.layers(of: layers.rows[row]).map { state.coupledLayers[$0].layer.name }
    guard case .module(let module) = layers.rows[row] else { return names.first }
    let name = layers.modules.modules[module].name
    return layers.closed.contains(name) ? names.joined(separator: "\n") : name
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

  static func moveSideways(_ state: inout ProgramState, _ step: Int) -> Bool { open(&state, step > 0) }

  /// Selects the row whose percentage stands at a place; `false` where none does.
  static func selectPercentage(_ state: inout ProgramState, x: Int, y: Int, in inside: Rectangle) -> Bool {
    let area = tableArea(state, in: inside)
    let table = table(state, width: area.width)
    guard
      let slot = table.slots(width: area.width).first(where: { table.columns[$0.column].id == "percent" }),
      (area.x + slot.x..<area.x + slot.x + slot.width).contains(x),
      case .row(let row)? = table.hit(x: x, y: y, in: area, state: state.layers.list)
    else { return false }
    state.layers.list.selected = row
    _ = followCursor(&state)
    return true
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
    if state.layers.path != nil {
      state.layers.path = nil
    } else if !state.layers.filter.isEmpty {
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
      let names = state.coupledLayers.map(\.layer.name)
      state.layers.labels = LayerLabels(names)
      state.layers.shapeColumns = state.coupledLayers.map { shapeText($0.layer).columns }.max() ?? 0
      state.layers.modules = ModuleTree(names)
      state.layers.moduleLabels = LayerLabels(state.layers.modules.modules.map(\.name))
      state.layers.marked = []
      state.layers.path = nil
      state.layers.rangeStart = nil
    }
    // Another measure is another order; only scores that refine leave rows where they are.
    if news.isAnotherNetwork || news.isAnotherMeasure { order(&state, selecting: news.selectedRow) }
  }
}
