package import Pruning
package import TerminalUI

/// Two iterations side by side.
package struct ComparisonOverlay: Overlay {
  /// Their numbers, the older one first.
  package var iterations: Change<Int>
  /// What differs between their networks; `nil` until that is known.
  package var networks: NetworkComparison?
  /// What the names of layers must contain.
  package var filter = TextField(placeholder: "part of a layer's name")
  /// Whether the filter takes the keys.
  package var isFiltering = false
  /// The selected layer and the first visible one.
  package var list = ListState()
  /// Whether the curves stand where the layers do, on screens without room for both.
  package var showsCurves = false

  /// Compares two iterations: those named, else the marked or the current one with the selected one, which without
  /// another is compared with what it was made from.
  static func open(_ state: inout ProgramState, _ argument: String) -> [Effect] {
    var ids: [Int] = []
    for word in argument.split(separator: " ").map(String.init) {
      guard let found = IterationsScreen.iteration(state, called: word) else {
        IterationsScreen.sayThatThereIsNone(&state, word)
        return []
      }
      ids.append(found.id)
    }
    if ids.isEmpty, let selected = state.selectedIteration?.id { ids.append(selected) }
    guard let first = ids.first else { return [] }
    var second = ids.count > 1 ? ids[1] : state.iterations.marked ?? state.engine.currentIteration
    if second == first { second = state.iteration(first)?.parent ?? first }
    guard first != second else {
      state.say("Select another iteration, or mark this one with Space and go on to another.", .warning)
      return []
    }
    let (older, newer) = (min(first, second), max(first, second))
    state.overlays.append(ComparisonOverlay(iterations: Change(older, newer)))
    return [.engine(.compare(older, newer))]
  }

  package var hints: [(Key, String)] {
    isFiltering
      ? [(.enter, "done"), (.escape, "no filter")]
      : [
        (.down, "layers"), ("/", "filter"), (.tab, showsCurves ? "layers" : "curves"), (.escape, "close"),
      ]
  }

  package var takesText: Bool { isFiltering }

  package mutating func handle(_ event: Event, _ state: inout ProgramState) -> OverlayReaction {
    let page = max(1, state.height - 16)
    if case .mouse(let mouse) = event {
      if let movement = mouse.wheel { move(movement, page: page) }
      return .stays()
    }
    if isFiltering {
      switch filter.handle(event) {
      case .submitted: isFiltering = false
      case .cancelled:
        isFiltering = false
        filter.text = ""
      case .edited: list = ListState()
      case .ignored: break
      }
      return .stays()
    }
    guard case .key(let key) = event else { return .stays() }
    switch key {
    case "/": isFiltering = true
    case .tab, .backTab: showsCurves.toggle()
    case .escape where !filter.text.isEmpty: filter.text = ""
    case .escape, "q", "&", .enter: return .closes()
    default: if let movement = Movement(key) { move(movement, page: page) }
    }
    return .stays()
  }

  private mutating func move(_ movement: Movement, page: Int) {
    list.move(movement, count: rows.count, page: page)
  }

  package mutating func adopt(_ news: News, _ state: ProgramState) -> Bool {
    !news.isAnotherModel && state.iteration(iterations.before) != nil
      && state.iteration(iterations.after) != nil
  }

  /// Shows what differs, where it is still asked about.
  static func take(_ state: inout ProgramState, _ comparison: IterationComparison) {
    state.overlays.change(ComparisonOverlay.self) { shown in
      if shown.iterations == comparison.iterations { shown.networks = comparison.networks }
    }
  }
}
