internal import TerminalUI

/// Searching in whatever has the focus: `/`, then `n` and `N`. What was searched for is found on every screen.
enum Search {
  static let commands: [Command] = [
    Command(
      "search", ["/"], "search", "go to the next row that contains a text; n and N go on",
      disabled: { $0.focus.feature.searchObstacle($0) }
    ) { begin(&$0, $1) },
    Command(
      "find-next", ["n"], "next match", "go to the next row that was searched for", footer: false,
      takesCount: true, disabled: noSearch
    ) { state, count in find(&state, backwards: false, count) },
    Command(
      "find-previous", ["N"], "match before", "go to the row before that was searched for", footer: false,
      takesCount: true, disabled: noSearch
    ) { state, count in find(&state, backwards: true, count) },
  ]

  @Sendable private static func noSearch(_ state: ProgramState) -> String? {
    state.search.isEmpty ? "search with / first" : state.focus.feature.searchObstacle(state)
  }

  private static func begin(_ state: inout ProgramState, _ text: String) -> [Effect] {
    guard text.isEmpty else {
      state.search = text
      return find(&state, backwards: false, "")
    }
    state.inputLine = InputLine(.search, state.search, origin: state.focus.feature.searchPlace(state))
    return []
  }

  /// Goes to the first row from where the search began, while the text is typed.
  static func type(_ state: inout ProgramState, _ text: String, origin: Int) {
    state.search = text
    guard !text.isEmpty else { return state.focus.feature.goTo(&state, row: origin) }
    _ = state.focus.feature.find(&state, text, from: origin, backwards: false, includesOrigin: true)
  }

  static func takeBack(_ state: inout ProgramState, to text: String, origin: Int) {
    state.search = text
    state.focus.feature.goTo(&state, row: origin)
  }

  static func submit(_ state: inout ProgramState) -> [Effect] {
    guard !state.search.isEmpty else { return [] }
    let place = state.focus.feature.searchPlace(state)
    if !state.focus.feature.find(&state, state.search, from: place, backwards: false, includesOrigin: true) {
      sayNothing(&state)
    }
    return KernelsScreen.neededWeights(state)
  }

  private static func find(_ state: inout ProgramState, backwards: Bool, _ count: String) -> [Effect] {
    for _ in 0..<Command.times(count) {
      let place = state.focus.feature.searchPlace(state)
      guard
        state.focus.feature.find(
          &state, state.search, from: place, backwards: backwards, includesOrigin: false)
      else {
        sayNothing(&state)
        break
      }
    }
    return KernelsScreen.neededWeights(state)
  }

  private static func sayNothing(_ state: inout ProgramState) {
    state.say("\"\(state.search)\" does not occur in \(state.focus.title).", .warning)
  }
}
