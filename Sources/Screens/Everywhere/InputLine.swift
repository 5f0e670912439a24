package import TerminalUI

/// A line of text at the bottom that takes the keys, and acts while it is typed; Escape brings back what was before.
package struct InputLine: Sendable, Hashable {
  /// What is done with the text.
  package enum Purpose: Sendable, Hashable {
    /// Only rows that fit it are shown.
    case filter
    /// The cursor goes to the next row that contains it.
    case search
  }

  package var field: TextField
  package let purpose: Purpose
  /// What was filtered or searched for.
  let before: String
  /// The row that the search began at.
  let origin: Int

  /// What stands before the field.
  func word(_ state: ProgramState) -> String { purpose == .search ? "search" : "filter" }

  /// Gives an event to the line at the bottom.
  static func handle(_ event: Event, _ state: inout ProgramState) -> [Effect] {
    guard var line = state.inputLine else { return [] }
    switch line.field.handle(event) {
    case .submitted:
      state.inputLine = nil
      if line.purpose == .search { return Search.submit(&state) }
    case .cancelled:
      state.inputLine = nil
      switch line.purpose {
      case .filter: filter(state).set(&state, line.before)
      case .search: Search.takeBack(&state, to: line.before, origin: line.origin)
      }
    case .edited:
      state.inputLine = line
      switch line.purpose {
      case .filter: filter(state).set(&state, line.field.text)
      case .search: Search.type(&state, line.field.text, origin: line.origin)
      }
    case .ignored: return []
    }
    return KernelsScreen.neededWeights(state)
  }

  /// Puts a filter in force that was typed, or begins one.
  static func beginFilter(_ state: inout ProgramState, _ text: String) -> [Effect] {
    let filter = filter(state)
    guard text.isEmpty else {
      filter.set(&state, text)
      return []
    }
    if let screen = filter.screen { state.focus = screen }
    let now = filter.value(state)
    state.inputLine = InputLine(.filter, now, origin: 0)
    return []
  }

  init(_ purpose: Purpose, _ before: String, origin: Int) {
    self.purpose = purpose
    self.before = before
    self.origin = origin
    field = TextField(before)
    field.selectAll()
  }

  /// The filter of the focused screen. The mouse can have given the focus to one without a filter meanwhile.
  static func filter(_ state: ProgramState) -> RowFilter.Text {
    state.focus.feature.filter.text ?? LayersScreen.rowFilter
  }
}
