internal import TerminalUI

/// Moving in the pane that has the focus, and between panes.
enum Moving {
  static let commands = CommandTable(
    "Moving",
    [
      command("up", [.up, "k"], "up", "one row up") { $0.move(.up) },
      command("down", [.down, "j"], "down", "one row down") { $0.move(.down) },
      command("left", [.left, "h"], "left", "to the pane on the left; among heat maps, one to the left") {
        $0.moveSideways(-1)
      },
      command(
        "right", [.right, "l"], "right", "to the pane on the right; among heat maps, one to the right"
      ) { $0.moveSideways(1) },
      command("half-up", [.control("u")], "half up", "half a page up") { $0.move(.halfUp) },
      command("half-down", [.control("d")], "half down", "half a page down") { $0.move(.halfDown) },
      command("page-up", [.pageUp, .control("b")], "page up", "a page up") { $0.move(.pageUp) },
      command("page-down", [.pageDown, .control("f")], "page down", "a page down") { $0.move(.pageDown) },
      command("first", [.home, "g"], "first", "to the first row") { $0.move(.first) },
      command("last", [.end, "G"], "last", "to the last row") { $0.move(.last) },
    ])

  private static func command(
    _ id: String, _ keys: [Key], _ title: String, _ help: String,
    move: @escaping @Sendable (inout ProgramState) -> [Effect]
  ) -> Command {
    Command(id, keys, title, help, footer: false) { state, _ in move(&state) }
  }
}
