internal import TerminalUI

/// Moving in the pane that has the focus, and between panes.
enum Moving {
  static let commands = CommandTable(
    "Moving",
    [
      command("up", [.up, "k"], "up", "one row up; a number before it goes so many") { move(&$0, .up, $1) },
      command("down", [.down, "j"], "down", "one row down") { move(&$0, .down, $1) },
      command(
        "left", [.left, "h"], "left",
        "to the pane on the left; closes a module; among heat maps, one to the left"
      ) { state, _ in moveSideways(&state, -1) },
      command(
        "right", [.right, "l"], "right",
        "to the pane on the right; opens a module; among heat maps, one to the right"
      ) { state, _ in moveSideways(&state, 1) },
      command("half-up", [.control("u")], "half up", "half a page up") { move(&$0, .halfUp, $1) },
      command("half-down", [.control("d")], "half down", "half a page down") { move(&$0, .halfDown, $1) },
      command("page-up", [.pageUp, .control("b")], "page up", "a page up") { move(&$0, .pageUp, $1) },
      command("page-down", [.pageDown, .control("f")], "page down", "a page down") {
        move(&$0, .pageDown, $1)
      },
      command("first", [.home], "first row", "to the first row, or to the one of a number", go: "g") {
        goToRow(&$0, $1, else: .first)
      },
      command("last", [.end, "G"], "last row", "to the last row, or to the one of a number: 42G", go: "e") {
        goToRow(&$0, $1, else: .last)
      },
    ])

  private static func command(
    _ id: String, _ keys: [Key], _ title: String, _ help: String, go: Key? = nil,
    move: @escaping @Sendable (inout ProgramState, _ count: String) -> [Effect]
  ) -> Command {
    Command(id, keys, title, help, footer: false, go: go, takesCount: true, act: move)
  }

  private static func move(_ state: inout ProgramState, _ movement: Movement, _ count: String) -> [Effect] {
    var effects: [Effect] = []
    for _ in 0..<Command.times(count) {
      // Only where the movement ends something has to be read.
      effects = state.focus.feature.move(&state, movement, in: state.layout.inside(of: state.focus))
    }
    return effects
  }

  /// Goes to the row of a number, from 1; without one to an end.
  private static func goToRow(_ state: inout ProgramState, _ number: String, else end: Movement) -> [Effect] {
    guard let row = Int(number) else { return move(&state, end, "") }
    state.focus.feature.goTo(&state, row: max(1, row) - 1)
    return KernelsScreen.neededWeights(state)
  }

  /// Goes round all screens.
  static func goToNextScreen(_ state: inout ProgramState, _ step: Int) -> [Effect] {
    let all = Screen.allCases
    let index = all.firstIndex(of: state.focus) ?? 0
    return state.run(all[(index + step + all.count) % all.count].feature.id)
  }

  private static func moveSideways(_ state: inout ProgramState, _ step: Int) -> [Effect] {
    state.focus.feature.moveSideways(&state, step) ? [] : goToNextPane(&state, step)
  }

  /// Goes round the panes that are shown, or round all screens where there is one.
  static func goToNextPane(_ state: inout ProgramState, _ step: Int) -> [Effect] {
    let shown = state.layout.panes.map(\.screen)
    let ring = shown.count > 1 ? shown : Screen.allCases
    let index = ring.firstIndex(of: state.focus) ?? 0
    state.focus = ring[(index + step + ring.count) % ring.count]
    return KernelsScreen.neededWeights(state)
  }
}
