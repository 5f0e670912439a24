internal import Pruning
package import TerminalUI

/// Iterations side by side: two to six.
package struct ComparisonOverlay: Overlay {
  /// Their numbers, ascending: the others are held against the first.
  package let iterations: [Int]
  /// The layers of their networks; `nil` until what differs is known.
  private var compared: [ComparedLayer]?
  /// The iteration under the cursor, by its place.
  package var selected: Int
  /// What the names of layers must contain.
  package var filter = TextField(placeholder: "part of a layer's name")
  /// Whether the filter takes the keys.
  package var isFiltering = false
  /// The selected layer and the first visible one.
  package var list = ListState()
  /// Whether the curves stand where the layers do, on screens without room for both.
  package var showsCurves = false

  init(_ iterations: [Int], selected: Int) {
    self.iterations = iterations
    self.selected = selected
  }

  /// Whether it is known what differs.
  var isCompared: Bool { compared != nil }
  /// The layers of the networks; none until what differs is known.
  var layers: [ComparedLayer] { compared ?? [] }

  /// Compares iterations: those named, else the marked ones. One by itself is compared with the current one, and where that is
  /// the same with what it was made from.
  static func open(_ state: inout ProgramState, _ argument: String) -> [Effect] {
    var ids: Set<Int> = []
    for word in argument.split(separator: " ").map(String.init) {
      guard let found = IterationsScreen.iteration(state, called: word) else {
        IterationsScreen.sayThatThereIsNone(&state, word)
        return []
      }
      ids.insert(found.id)
    }
    if argument.isEmpty, state.iterations.marked.count > 1 { ids = state.iterations.marked }
    if ids.count < 2 { ids = pair(state, ids.first) }
    guard ids.count > 1 else {
      state.say("Select another iteration, or mark this one with x and go on to another.", .warning)
      return []
    }
    guard ids.count <= IterationComparison.most else {
      state.say(
        "\(IterationComparison.most) iterations at most are compared at once, and \(ids.count) are marked.",
        .warning)
      return []
    }
    let iterations = ids.sorted()
    let selected = iterations.firstIndex { $0 == state.selectedIteration?.id } ?? iterations.count - 1
    state.overlays.append(ComparisonOverlay(iterations, selected: selected))
    return [.engine(.compare(iterations))]
  }

  /// An iteration, the selected one where none is named, and what it is compared with where nobody says: the marked one, else
  /// the current one, and instead of itself what it was made from.
  private static func pair(_ state: ProgramState, _ named: Int?) -> Set<Int> {
    guard let first = named ?? state.selectedIteration?.id else { return [] }
    let marked = state.iterations.marked
    var second = (marked.count == 1 ? marked.first : nil) ?? state.engine.currentIteration
    if second == first { second = state.iteration(first)?.parent ?? first }
    return [first, second]
  }

  package var hints: [(Key, String)] {
    isFiltering
      ? [(.enter, "done"), (.escape, "no filter")]
      : [
        (.right, "column"), (.enter, "take this one"), (.down, "layers"), ("/", "filter"),
        (.tab, showsCurves ? "layers" : "curves"), (.escape, "close"),
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
    case .left, "h": selected = max(0, selected - 1)
    case .right, "l": selected = min(iterations.count - 1, selected + 1)
    case .enter: return .closes(IterationsScreen.goTo(&state, "\(iterations[selected])"))
    case .escape where !filter.text.isEmpty: filter.text = ""
    case .escape, "q", "&": return .closes()
    default: if let movement = Movement(key) { move(movement, page: page) }
    }
    return .stays()
  }

  private mutating func move(_ movement: Movement, page: Int) {
    list.move(movement, count: rows.count, page: page)
  }

  package mutating func adopt(_ news: News, _ state: ProgramState) -> Bool {
    !news.isAnotherModel && iterations.allSatisfy { state.iteration($0) != nil }
  }

  /// Shows what differs, where it is still asked about.
  static func take(_ state: inout ProgramState, _ comparison: IterationComparison) {
    state.overlays.change(ComparisonOverlay.self) { shown in
      guard shown.iterations == comparison.iterations else { return }
      shown.compared = ComparedLayer.layers(of: comparison.networks)
    }
  }
}
