internal import Graph
internal import Pruning
internal import TerminalUI

/// Modules as rows of their own, which open and close.
extension LayersScreen {
  static let foldCommands: [Command] = [
    Command(
      "fold", ["o"], "fold", "close the module of the layer to one row, or open it", footer: false,
      disabled: noModules
    ) { state, _ in fold(&state) },
    Command(
      "fold-all", ["O"], "fold all",
      "show the outermost modules only, then all of them open, then layers alone",
      footer: false, disabled: noModules
    ) { state, _ in
      foldAll(&state)
      return []
    },
  ]

  @Sendable private static func noModules(_ state: ProgramState) -> String? {
    state.noModel
      ?? (state.layers.modules.modules.isEmpty ? "the names of these layers have no common parts" : nil)
  }

  /// Closes the module under the cursor, or the one that the layer under it stands in; opens one that is closed.
  static func fold(_ state: inout ProgramState) -> [Effect] {
    let tree = state.layers.modules
    let module: Int?
    switch state.layers.selectedRow {
    case .module(let under): module = under
    case .layer(let layer): module = tree.module(of: layer)
    case nil: module = nil
    }
    guard let module else {
      state.say("This layer stands in no module.")
      return []
    }
    let name = tree.modules[module].name
    state.layers.showsModules = true
    if state.layers.closed.remove(name) == nil { state.layers.closed.insert(name) }
    order(&state, selecting: .module(name))
    return followCursor(&state)
  }

  /// Opens (`true`) or closes the module under the cursor; goes from a layer to its module where it closes. `false` where there
  /// is nothing of the kind.
  static func open(_ state: inout ProgramState, _ opens: Bool) -> Bool {
    guard state.layers.showsModules else { return false }
    let tree = state.layers.modules
    switch state.layers.selectedRow {
    case .module(let module):
      let name = tree.modules[module].name
      guard state.layers.closed.contains(name) == opens else {
        guard !opens, let parent = tree.modules[module].parent else { return false }
        return select(&state, .module(parent))
      }
      if opens { state.layers.closed.remove(name) } else { state.layers.closed.insert(name) }
      order(&state, selecting: .module(name))
      return true
    case .layer(let layer):
      guard !opens, let module = tree.module(of: layer) else { return false }
      return select(&state, .module(module))
    case nil: return false
    }
  }

  private static func select(_ state: inout ProgramState, _ row: LayerRow) -> Bool {
    guard let index = state.layers.rows.firstIndex(of: row) else { return false }
    state.layers.list.selected = index
    KernelsScreen.followSelectedLayer(&state)
    return true
  }

  private static func foldAll(_ state: inout ProgramState) {
    let name = selectedName(state)
    // What holds most of the network stays open: closed, it would leave next to nothing to see.
    let count = state.coupledLayers.count
    let all = Set(state.layers.modules.modules.filter { 2 * $0.layers.count <= count }.map(\.name))
    switch (state.layers.showsModules, state.layers.closed.isEmpty) {
    case (false, _):
      state.layers.showsModules = true
      state.layers.closed = all
      state.say("Modules are closed: Enter opens one, O opens all.")
    case (true, false):
      state.layers.closed = []
      state.say("Modules are open: o closes one, O shows layers alone.")
    case (true, true):
      state.layers.showsModules = false
      state.say("Layers alone: O closes modules.")
    }
    order(&state, selecting: name)
    KernelsScreen.followSelectedLayer(&state)
  }

  /// The row under the cursor by its name.
  static func selectedName(_ state: ProgramState) -> LayerRowName? {
    switch state.layers.selectedRow {
    case .layer(let layer):
      state.coupledLayers.indices.contains(layer) ? .layer(state.coupledLayers[layer].layer.name) : nil
    case .module(let module): .module(state.layers.modules.modules[module].name)
    case nil: nil
    }
  }

  /// The row of this name, or of the closed module that its layer stands in.
  static func row(_ name: LayerRowName?, _ state: ProgramState) -> Int? {
    let (rows, tree) = (state.layers.rows, state.layers.modules)
    var candidate: Int?
    switch name {
    case .layer(let name):
      guard let layer = state.coupledLayers.firstIndex(where: { $0.layer.name == name }) else { return nil }
      if let row = rows.firstIndex(of: .layer(layer)) { return row }
      candidate = tree.module(of: layer)
    case .module(let name):
      guard let module = tree.modules.firstIndex(where: { $0.name == name }) else { return nil }
      if !state.layers.showsModules {
        // Where modules have no rows, their first layer has one.
        return rows.firstIndex { row in
          if case .layer(let layer) = row { tree.modules[module].layers.contains(layer) } else { false }
        }
      }
      candidate = module
    case nil: return nil
    }
    while let module = candidate {
      if let row = rows.firstIndex(of: .module(module)) { return row }
      candidate = tree.modules[module].parent
    }
    return nil
  }

  /// The rows of layers that pass the filter: modules, their layers behind them, sorted among those that stand beside them.
  ///
  /// - Parameter key: what rows are sorted by, of the layers that one stands for.
  static func moduleRows<Key: Comparable>(
    _ layers: LayersState, key: (LayerRow, _ members: [Int]) -> Key
  ) -> [LayerRow] {
    let tree = layers.modules
    var children: [Int: [LayerRow]] = [:]
    let outside = -1
    for layer in layers.order {
      children[tree.module(of: layer) ?? outside, default: []].append(.layer(layer))
    }
    for (module, members) in layers.shownMembers.enumerated() where !members.isEmpty {
      children[tree.modules[module].parent ?? outside, default: []].append(.module(module))
    }
    // What a filter leaves is to be seen.
    let isClosed: (Int) -> Bool = { layers.filter.isEmpty && layers.closed.contains(tree.modules[$0].name) }
    func rows(of parent: Int) -> [LayerRow] {
      let keyed = (children[parent] ?? []).map { row -> (row: LayerRow, key: Key, place: Int) in
        let members = layers.layers(of: row)
        return (row, key(row, members), members.min() ?? 0)
      }
      let sorted = keyed.sorted { one, other in
        if one.key == other.key { return one.place < other.place }
        return layers.isAscending ? one.key < other.key : other.key < one.key
      }
      return sorted.flatMap { item -> [LayerRow] in
        guard case .module(let module) = item.row, !isClosed(module) else { return [item.row] }
        return [item.row] + rows(of: module)
      }
    }
    return rows(of: outside)
  }
}

/// What the layers of a row have together.
struct LayerSum {
  /// Kernels before and after.
  var kernels = Change(0, 0)
  var parameters = Change(0, 0)
  var multiplyAccumulates = Change(0, 0)
  /// Kernels of the layers that can lose some, before and after.
  var prunable = Change(0, 0)
  /// The mean of the layers' scores; `nil` where none has one.
  var score: Double?

  init(of layers: [Int], in state: ProgramState) {
    var scores: [Double] = []
    for index in layers where state.coupledLayers.indices.contains(index) {
      let coupled = state.coupledLayers[index]
      let layer = coupled.layer
      let preview = state.preview(of: index)
      let change = preview?.kernels ?? Change(layer.kernels, layer.kernels)
      kernels += change
      if coupled.isPrunable { prunable += change }
      parameters += preview?.parameters ?? Change(layer.parameters, layer.parameters)
      multiplyAccumulates +=
        preview?.multiplyAccumulates ?? Change(layer.multiplyAccumulates, layer.multiplyAccumulates)
      if let score = state.layerScore(of: index), score.isFinite { scores.append(score) }
    }
    score = scores.isEmpty ? nil : scores.reduce(0, +) / Double(scores.count)
  }

  /// The share of the kernels that can go which goes, in percent.
  var percent: Double {
    prunable.before > 0 ? 100 * Double(prunable.before - prunable.after) / Double(prunable.before) : 0
  }
}

extension Change<Int> {
  fileprivate static func += (sum: inout Change, other: Change) {
    sum = Change(sum.before + other.before, sum.after + other.after)
  }
}
