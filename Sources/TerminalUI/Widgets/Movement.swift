/// A way to move in a list or a text: by arrows or as in vi.
package enum Movement: Hashable, Sendable, CaseIterable {
  /// One row.
  case up, down
  /// Half of what is visible.
  case halfUp, halfDown
  /// As much as is visible.
  case pageUp, pageDown
  /// To an end.
  case first, last

  /// The movement that a key asks for: arrows and `jk`, `g` `G`, Control-D and -U, page keys, Home and End.
  package init?(_ key: Key) {
    switch key {
    case .up, "k": self = .up
    case .down, "j": self = .down
    case .control("u"): self = .halfUp
    case .control("d"): self = .halfDown
    case .pageUp, .control("b"): self = .pageUp
    case .pageDown, .control("f"): self = .pageDown
    case .home, "g": self = .first
    case .end, "G": self = .last
    default: return nil
    }
  }

  /// Where the movement leads from `index` among `count` rows of which `page` are visible.
  package func destination(from index: Int, count: Int, page: Int) -> Int {
    let page = max(1, page)
    let target =
      switch self {
      case .up: index - 1
      case .down: index + 1
      case .halfUp: index - max(1, page / 2)
      case .halfDown: index + max(1, page / 2)
      case .pageUp: index - page
      case .pageDown: index + page
      case .first: 0
      case .last: count - 1
      }
    return max(0, min(count - 1, target))
  }
}

/// Which row of a list is selected, and which is the first one visible.
package struct ListState: Hashable, Sendable {
  /// The selected row.
  package var selected: Int
  /// The first visible row.
  package internal(set) var offset: Int

  /// A list with a selected row.
  package init(selected: Int = 0) {
    self.selected = selected
    offset = 0
  }

  /// Moves the selection; returns whether it changed.
  @discardableResult
  package mutating func move(_ movement: Movement, count: Int, page: Int) -> Bool {
    let before = selected
    selected = movement.destination(from: selected, count: count, page: page)
    return selected != before
  }

  /// Scrolls by rows, as the wheel does; the selection stays visible.
  package mutating func scroll(by rows: Int, count: Int, page: Int) {
    offset = max(0, min(max(0, count - page), offset + rows))
    selected = max(offset, min(selected, offset + max(1, page) - 1, max(0, count - 1)))
  }

  /// The list's state once it has `count` rows of which `page` fit: in bounds, with the selection visible.
  package func clamped(count: Int, page: Int) -> ListState {
    var state = self
    state.selected = max(0, min(selected, count - 1))
    state.offset = max(0, min(offset, max(0, count - page)))
    if state.selected < state.offset { state.offset = state.selected }
    if page > 0, state.selected >= state.offset + page { state.offset = state.selected - page + 1 }
    return state
  }
}
