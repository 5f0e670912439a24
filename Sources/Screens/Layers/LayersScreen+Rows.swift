internal import Graph
internal import Pruning
internal import TerminalUI

extension LayersScreen {
  /// Brings the rows of the layer table into the order asked for, with the cursor on a row by name.
  static func order(_ state: inout ProgramState, selecting name: LayerRowName?) {
    let all = state.coupledLayers
    let filter = LayerFilter(state.layers.filter)
    if filter.needsDecision { state.decide() }
    var shown = filter.fitting(state)
    let isSorted = state.layers.sort != .order || !state.layers.isAscending
    if isSorted, state.layers.sort.needsDecision { state.decide() }
    let now = state
    if isSorted {
      let keys = all.indices.map { sortKey(now, of: $0) }
      let isAscending = state.layers.isAscending
      // Equal rows stay in the order of the graph.
      shown.sort { first, second in
        let (one, other) = (keys[first], keys[second])
        if one == other { return first < second }
        return isAscending ? one < other : other < one
      }
    }
    state.layers.order = shown
    let passing = Set(shown)
    state.layers.shownMembers = state.layers.modules.modules.map { $0.layers.filter(passing.contains) }
    if state.layers.showsModules {
      state.layers.rows = moduleRows(state.layers) { row, members in
        switch row {
        case .layer(let layer): sortKey(now, of: layer)
        case .module(let module): sortKey(now, of: module, members)
        }
      }
    } else {
      state.layers.rows = shown.map { .layer($0) }
    }
    // Lanes run down the graph.
    let isWhole = !isSorted && shown.count == all.count
    state.layers.gutter =
      state.structure.flatMap { structure in
        isWhole
          ? LayerGutter(structure, rows: state.layers.rows, modules: state.layers.modules) : nil
      } ?? LayerGutter()
    state.layers.list.selected =
      row(name, state) ?? min(state.layers.list.selected, max(0, state.layers.rows.count - 1))
    state.layers.rangeStart = nil
  }

  private enum SortKey: Comparable {
    case number(Double)
    case text(String)
  }

  private static func sortKey(_ state: ProgramState, of index: Int) -> SortKey {
    let coupled = state.coupledLayers[index]
    let preview = state.preview(of: index)
    switch state.layers.sort {
    case .order: return .number(Double(index))
    case .name: return .text(coupled.layer.name)
    case .kernels: return .number(Double(coupled.layer.kernels))
    case .percent: return .number(Percentages.asked(state, of: coupled))
    case .kept: return .number(Double(preview?.kernels.after ?? coupled.layer.kernels))
    case .score: return .number(state.layerScore(of: index) ?? -.infinity)
    case .parameters: return .number(Double(coupled.layer.parameters))
    case .macs: return .number(Double(coupled.layer.multiplyAccumulates))
    case .savedParameters:
      return .number(preview.map { Double($0.parameters.before - $0.parameters.after) } ?? 0)
    case .savedMACs:
      return .number(
        preview.map { Double($0.multiplyAccumulates.before - $0.multiplyAccumulates.after) } ?? 0)
    case .group: return .number(Double(coupled.groups.first ?? .max))
    }
  }

  /// What a module is sorted by among its neighbours: what its layers have together, or the first of them.
  private static func sortKey(_ state: ProgramState, of module: Int, _ members: [Int]) -> SortKey {
    let sum = LayerSum(of: members, in: state)
    switch state.layers.sort {
    case .order: return .number(Double(members.first ?? 0))
    case .name: return .text(state.layers.modules.modules[module].name)
    case .kernels: return .number(Double(sum.kernels.before))
    case .percent: return .number(sum.percent)
    case .kept: return .number(Double(sum.kernels.after))
    case .score: return .number(sum.score ?? -.infinity)
    case .parameters: return .number(Double(sum.parameters.before))
    case .macs: return .number(Double(sum.multiplyAccumulates.before))
    case .savedParameters: return .number(Double(sum.parameters.before - sum.parameters.after))
    case .savedMACs:
      return .number(Double(sum.multiplyAccumulates.before - sum.multiplyAccumulates.after))
    case .group:
      return .number(Double(members.compactMap { state.coupledLayers[$0].groups.first }.min() ?? .max))
    }
  }

  // MARK: Sorting and filtering

  static func sort(_ state: inout ProgramState, by sort: LayerSort, ascending: Bool) {
    let name = selectedName(state)
    state.layers.sort = sort
    state.layers.isAscending = ascending
    order(&state, selecting: name)
    state.say(
      "Sorted by \(sort.title), \(ascending ? "smallest" : "largest") first. S sorts again, I inverts.")
  }

  /// Sorts the focused pane by what the scores are now.
  static func sortAgain(_ state: inout ProgramState) {
    if state.focus == .kernels {
      KernelsScreen.order(&state)
      state.say("Ordered by what the scores are now.")
    } else {
      sort(&state, by: state.layers.sort, ascending: state.layers.isAscending)
    }
  }

  /// Shows only the layers that fit a filter (`LayerFilter`), or a saved one by its name.
  static func setFilter(_ state: inout ProgramState, _ text: String) {
    let name = selectedName(state)
    state.layers.filter = text.hasPrefix("@") ? state.savedFilters[String(text.dropFirst())] ?? text : text
    order(&state, selecting: name)
    if let problem = LayerFilter(state.layers.filter).problem { state.say(problem, .warning) }
    KernelsScreen.followSelectedLayer(&state)
  }

  /// Moves the cursor of the table; the kernels follow.
  static func moveCursor(_ state: inout ProgramState, _ movement: Movement, page: Int = 0) -> [Effect] {
    state.layers.list.move(movement, count: state.layers.rows.count, page: page > 0 ? page : 10)
    return followCursor(&state)
  }

  // MARK: Marks

  /// Marks the range that is being marked, or the layer under the cursor.
  static func mark(_ state: inout ProgramState) -> [Effect] {
    if let layers = state.layers.layersInRange {
      state.layers.marked.formUnion(layers)
      state.layers.rangeStart = nil
    } else if let row = state.layers.selectedRow {
      let layers = Set(state.layers.layers(of: row))
      if layers.isSubset(of: state.layers.marked) {
        state.layers.marked.subtract(layers)
      } else {
        state.layers.marked.formUnion(layers)
      }
      _ = moveCursor(&state, .down)
    }
    return []
  }

  /// Begins a range, or marks the one that was begun.
  static func markRange(_ state: inout ProgramState) -> [Effect] {
    if state.layers.rangeStart != nil { return mark(&state) }
    state.layers.rangeStart = state.layers.list.selected
    state.say("Move to the other end of the range; v or x marks it, Esc does not.")
    return []
  }

  // MARK: Protection

  static func toggleProtection(_ state: inout ProgramState) -> [Effect] {
    let names = Percentages.editedLayers(state).compactMap { index -> String? in
      guard state.coupledLayers.indices.contains(index), state.coupledLayers[index].isPrunable else {
        return nil
      }
      return state.coupledLayers[index].layer.name
    }
    guard let first = names.first else {
      state.say("None of these layers can be pruned anyway.", .warning)
      return []
    }
    var changed = state.settings
    let protects = !names.allSatisfy(changed.protected.contains)
    if protects { changed.protected.formUnion(names) } else { changed.protected.subtract(names) }
    let what = names.count == 1 ? first : "\(names.count) layers"
    let title = (protects ? "protection of " : "no protection of ") + what
    guard
      state.put(
        Setting.Subject(settings: changed, scope: state.scope, until: state.chosenUntil), title: title)
    else { return [] }
    let tied =
      protects && names.count == 1 && !(state.layers.selectedLayer.map(state.partners(of:)) ?? []).isEmpty
    let note = tied ? " What is tied to it loses nothing either." : ""
    state.say(
      (protects ? "\(what) is protected and loses nothing.\(note)" : "\(what) is no longer protected.")
        + state.standingNote)
    return []
  }
}

extension LayerSort {
  /// Whether its order depends on what settings and scores come to.
  var needsDecision: Bool {
    switch self {
    case .kept, .score, .savedParameters, .savedMACs: true
    default: false
    }
  }
}
