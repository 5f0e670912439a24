internal import Graph
internal import Pruning
internal import TerminalUI

extension LayersScreen {
  /// Brings the rows of the layer table into the order asked for, with the cursor on a layer by name.
  static func order(_ state: inout ProgramState, selecting name: String?) {
    let all = state.coupledLayers
    let needle = state.layers.filter.lowercased()
    var rows = all.indices.filter { needle.isEmpty || all[$0].layer.name.lowercased().contains(needle) }
    if state.layers.sort != .order || !state.layers.isAscending {
      if state.layers.sort.needsDecision { state.decide() }
      let keys = all.indices.map { sortKey(state, of: $0) }
      let isAscending = state.layers.isAscending
      // Equal rows stay in the order of the graph.
      rows.sort { first, second in
        let (one, other) = (keys[first], keys[second])
        if one == other { return first < second }
        return isAscending ? one < other : other < one
      }
    }
    state.layers.order = rows
    state.layers.list.selected =
      rows.firstIndex { all[$0].layer.name == name }
      ?? min(state.layers.list.selected, max(0, rows.count - 1))
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

  // MARK: Sorting and filtering

  static func sort(_ state: inout ProgramState, by sort: LayerSort, ascending: Bool) {
    let name = state.selectedCoupledLayer?.layer.name
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

  /// Shows only the layers whose names contain a text.
  static func setFilter(_ state: inout ProgramState, _ text: String) {
    let name = state.selectedCoupledLayer?.layer.name
    state.layers.filter = text
    order(&state, selecting: name)
    KernelsScreen.followSelectedLayer(&state)
  }

  /// Moves the cursor of the table; the kernels follow.
  static func moveCursor(_ state: inout ProgramState, _ movement: Movement, page: Int = 0) -> [Effect] {
    state.layers.list.move(movement, count: state.layers.order.count, page: page > 0 ? page : 10)
    return followCursor(&state)
  }

  // MARK: Marks

  /// Marks the range that is being marked, or the layer under the cursor.
  static func mark(_ state: inout ProgramState) -> [Effect] {
    if let range = state.layers.range {
      state.layers.marked.formUnion(
        range.compactMap { state.layers.order.indices.contains($0) ? state.layers.order[$0] : nil })
      state.layers.rangeStart = nil
    } else if let layer = state.layers.selectedLayer {
      state.layers.marked.formSymmetricDifference([layer])
      _ = moveCursor(&state, .down)
    }
    return []
  }

  /// Begins a range, or marks the one that was begun.
  static func markRange(_ state: inout ProgramState) -> [Effect] {
    if state.layers.rangeStart != nil { return mark(&state) }
    state.layers.rangeStart = state.layers.list.selected
    state.say("Move to the other end of the range; v or Space marks it, Esc does not.")
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
