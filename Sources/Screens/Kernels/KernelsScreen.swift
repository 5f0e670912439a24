internal import Graph
internal import Pruning
internal import TerminalUI

/// The kernels of the layer under the cursor.
enum KernelsScreen: TableScreen {
  static let title = "Kernels"
  static let help = "the kernels of the selected layer"

  static let list: any WritableKeyPath<ProgramState, ListState> & Sendable = \.kernels.list

  static let commands: [Command] =
    [
      Command(
        "toggle-kernel", ["c"], "cut/keep", "cut the kernel whatever its score, or take that back",
        disabled: notChoosable
      ) { state, _ in change(&state, pinning: false) },
      Command(
        "pin-kernel", ["p"], "pin", "keep the kernel whatever its score, or take that back", verb: .protect,
        disabled: notChoosable
      ) { state, _ in change(&state, pinning: true) },
      Command("kernel-order", ["s"], "order", "order by rank or by number", verb: .sort, disabled: \.noModel)
      { state, _ in
        turnOrder(&state)
        return []
      },
      Command("heat-maps", ["V"], "weights", "show the kernels' weights as heat maps", disabled: \.noModel) {
        state, _ in
        state.kernels.showsWeights.toggle()
        state.focus = .kernels
        return neededWeights(state)
      },
      LayersScreen.sortAgain,
      Command("next-layer", ["J"], "next layer", "go on to the next layer", disabled: \.noModel) { state, _ in
        LayersScreen.moveCursor(&state, .down)
      },
      Command(
        "previous-layer", ["K"], "previous layer", "go back to the previous layer", footer: false,
        disabled: \.noModel
      ) { state, _ in LayersScreen.moveCursor(&state, .up) },
      LayersScreen.explain,
    ] + Percentages.commands

  /// Why nothing can be decided about the kernel under the cursor.
  @Sendable private static func notChoosable(_ state: ProgramState) -> String? {
    state.noModel ?? (state.kernels.selectedKernel == nil ? "no kernel is selected" : state.notPrunable)
  }
}

// MARK: The pane

extension KernelsScreen {
  /// Kernels have no names; what is filtered is the layers.
  static var filter: RowFilter {
    var filter = LayersScreen.rowFilter
    filter.screen = .layers
    return .text(filter)
  }

  static func count(_ state: ProgramState) -> Int { state.kernels.order.count }

  static func searchText(_ state: ProgramState, row: Int) -> String? {
    state.kernels.order.indices.contains(row) ? String(state.kernels.order[row]) : nil
  }

  static func paneTitle(_ state: ProgramState) -> String {
    if let module = state.layers.selectedModule {
      return "Kernels: \(state.layers.modules.modules[module].name) is a module"
    }
    guard let layer = state.selectedCoupledLayer?.layer else { return title }
    let kept = state.layers.selectedLayer.flatMap { state.keptKernels(of: $0)?.count } ?? layer.kernels
    return "Kernels of \(layer.name), \(kept)/\(layer.kernels) kept"
  }

  static func notes(_ state: ProgramState) -> [String] {
    let kernels = state.kernels
    guard !kernels.order.isEmpty else { return [] }
    return [
      "\(min(kernels.list.selected, kernels.order.count - 1) + 1)/\(kernels.order.count)",
      kernels.isByRank ? "by rank" : "by number",
    ] + [ranks(state)?.note].compactMap { $0 }
  }

  static func standingMessage(_ state: ProgramState) -> String? {
    guard let coupled = state.selectedCoupledLayer, let kernel = state.kernels.selectedKernel else {
      return nil
    }
    let tied = companions(state, of: kernel, in: coupled)
    return "Kernel \(kernel)" + (tied.isEmpty ? " goes alone." : " goes together with \(tied).")
  }

  static func appear(_ state: inout ProgramState) -> [Effect] {
    followSelectedLayer(&state)
    return neededWeights(state)
  }

  static func draw(
    _ state: inout ProgramState, into grid: inout Grid, in inside: Rectangle, isFocused: Bool
  ) {
    if state.kernels.showsWeights {
      drawHeatMaps(&state, into: &grid, in: inside, isFocused: isFocused)
    } else {
      table(state, width: inside.width).draw(
        into: &grid, in: inside, state: &state.kernels.list, isFocused: isFocused)
    }
  }

  static func move(
    _ state: inout ProgramState, _ movement: Movement, in inside: Rectangle
  ) -> [Effect] {
    let perRow = state.kernels.showsWeights ? max(1, state.kernels.mapsPerRow) : 1
    if perRow > 1, movement == .up || movement == .down {
      let target = state.kernels.list.selected + (movement == .up ? -perRow : perRow)
      if state.kernels.order.indices.contains(target) { state.kernels.list.selected = target }
    } else {
      state.kernels.list.move(movement, count: count(state), page: Table.page(in: inside) * perRow)
    }
    return []
  }

  static func moveSideways(_ state: inout ProgramState, _ step: Int) -> Bool {
    guard state.kernels.showsWeights else { return false }
    state.kernels.list.move(step < 0 ? .up : .down, count: count(state), page: 1)
    return true
  }

  static func press(_ state: inout ProgramState, x: Int, y: Int, in inside: Rectangle) -> [Effect] {
    guard !state.kernels.showsWeights,
      case .row(let row)? = table(state, width: inside.width).hit(
        x: x, y: y, in: inside, state: state.kernels.list)
    else { return [] }
    state.kernels.list.selected = row
    return []
  }

  static func adopt(_ state: inout ProgramState, _ news: News) {
    if news.isAnotherModel { state.kernels = KernelsState() }
    if news.isAnotherNetwork {
      state.kernels.weights = nil
      state.kernels.besides = nil
    } else if news.isAnotherMeasure, let before = news.before.scores.value, !before.layers.isEmpty {
      state.kernels.besides = ScoreTable(criterion: before.criterion, layers: before.layers)
    }
    if news.isAnotherNetwork || news.isAnotherMeasure { state.kernels.layer = "" }
    followSelectedLayer(&state)
  }
}
