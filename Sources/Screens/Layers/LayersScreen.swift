internal import Pruning
internal import TerminalUI

/// The table of layers, where percentages are set.
enum LayersScreen: ScreenFeature {
  static let title = "Layers"
  static let help = "the table of layers"

  static let commands: [Command] =
    Percentages.commands + [
      Command(
        "open", [.enter], "kernels", "show the layer's kernels, or why it cannot be pruned", takesPath: true,
        titleNow: { $0.selectedCoupledLayer?.isPrunable == false ? "why" : nil }, disabled: \.noModel
      ) { state, _ in state.openLayer() },
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
    ) { state, _ in state.markLayers() },
    Command(
      "sort", ["s"], "sort", "choose what the rows are sorted by", disabled: \.noModel,
      completions: { _, _ in LayerSort.allCases.map(\.word) }
    ) { $0.beginSort($1) },
    Command(
      "protect", ["p"], "protect", "protect the layer: it loses nothing",
      disabled: {
        $0.selectedCoupledLayer?.isPrunable == false ? "the layer cannot be pruned anyway" : $0.noModel
      }
    ) { state, _ in state.toggleProtection() },
    Command("mark-range", ["v"], "range", "mark a range of rows", footer: false, disabled: \.noModel) {
      state, _ in state.markRange()
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
      state.sortLayers(by: state.layers.sort, ascending: !state.layers.isAscending)
      return []
    },
    sortAgain,
  ]

  /// Where layers are shown, it can be asked what they are tied to.
  static let explain = Command(
    "explain", ["i"], "why", "explain what the layer is tied to, or why it cannot be pruned", footer: false,
    disabled: \.noModel
  ) { state, _ in
    state.explain()
    return []
  }

  /// Rows stay where they are while scores refine, until this is asked for.
  static let sortAgain = Command(
    "sort-again", ["S"], "sort again", "sort again by what the scores are now", footer: false,
    disabled: \.noModel
  ) { state, _ in
    state.sortAgain()
    return []
  }
}
