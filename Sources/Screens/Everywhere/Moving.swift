internal import TerminalUI

/// Moving in the pane that has the focus, and between panes.
enum Moving {
  static let commands = CommandTable(
    "Moving",
    [
      command("up", [.up, "k"], "up", "one row up") { move(&$0, .up) },
      command("down", [.down, "j"], "down", "one row down") { move(&$0, .down) },
      command("left", [.left, "h"], "left", "to the pane on the left; among heat maps, one to the left") {
        moveSideways(&$0, -1)
      },
      command(
        "right", [.right, "l"], "right", "to the pane on the right; among heat maps, one to the right"
      ) { moveSideways(&$0, 1) },
      command("half-up", [.control("u")], "half up", "half a page up") { move(&$0, .halfUp) },
      command("half-down", [.control("d")], "half down", "half a page down") { move(&$0, .halfDown) },
      command("page-up", [.pageUp, .control("b")], "page up", "a page up") { move(&$0, .pageUp) },
      command("page-down", [.pageDown, .control("f")], "page down", "a page down") { move(&$0, .pageDown) },
      command("first", [.home, "g"], "first", "to the first row") { move(&$0, .first) },
      command("last", [.end, "G"], "last", "to the last row") { move(&$0, .last) },
    ])

  private static func command(
    _ id: String, _ keys: [Key], _ title: String, _ help: String,
    move: @escaping @Sendable (inout ProgramState) -> [Effect]
  ) -> Command {
    Command(id, keys, title, help, footer: false) { state, _ in move(&state) }
  }

  private static func move(_ state: inout ProgramState, _ movement: Movement) -> [Effect] {
    state.focus.feature.move(&state, movement, in: state.layout.inside(of: state.focus))
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
