internal import Graph
internal import Pruning
internal import TerminalUI

/// What can be done whatever screen has the focus.
enum Everywhere {
  static let commands = CommandTable(
    "Everywhere",
    [
      Command(
        "filter", ["/"], "filter", "show only rows that contain a text; in the log, search",
        titleNow: { $0.focus == .log ? "search" : nil },
        disabled: {
          $0.focus == .iterations
            ? "the tree is not filtered" : $0.focus == .train ? "there is nothing to filter" : nil
        },
        completions: { state, _ in state.coupledLayers.map(\.layer.name) }
      ) {
        $0.beginFilter($1)
        return []
      },
      Command(
        "undo", ["z", "u"], "undo", "take the last change back, then the last prune",
        disabled: { $0.canUndo ? nil : "nothing to undo" }
      ) { state, _ in state.undo() },
      Command(
        "redo", ["Z", "U"], "redo", "bring back what was undone",
        disabled: { $0.canRedo ? nil : "nothing to redo" }
      ) { state, _ in state.redo() },
    ] + Screen.allCases.map(\.command) + [
      Command("next-pane", [.tab], "next pane", "to the next pane or screen", footer: false) { state, _ in
        state.cyclePane(1)
      },
      Command("previous-pane", [.backTab], "previous pane", "to the previous pane or screen", footer: false) {
        state, _ in state.cyclePane(-1)
      },
      Command(
        "maximize", ["m"], "maximise", "give the pane the whole screen, or take it back", footer: false
      ) { state, _ in
        state.isMaximized.toggle()
        return []
      },
      Command(
        "command-line", [":"], "command", "type a command by its name; Tab completes", footer: false
      ) { state, _ in
        state.inputLine = .command(TextField(history: state.commandHistory))
        return []
      },
      Command(
        "theme", ["T"], "theme", "choose a theme, with a live preview", footer: false,
        completions: { state, _ in state.themes.map(\.name) }
      ) { $0.chooseTheme($1) },
      Command(
        "mouse", ["M"], "mouse", "mouse on or off; off, the terminal can select text", footer: false
      ) { state, _ in
        state.isMouseEnabled.toggle()
        state.say(
          state.isMouseEnabled ? "The mouse is on." : "The mouse is off: the terminal can select text now.")
        return []
      },
      Command(
        "back", [.escape], "back", "end the range, the filter, the marks, then go back to Layers",
        footer: false
      ) { state, _ in
        state.goBack()
        return []
      },
      Command(
        "cancel", [.control("c")], "cancel", "stop what runs; when nothing does, quit", footer: false
      ) { state, _ in state.cancel() },
      Command("quit", ["q"], "quit", "leave; asks only if something would be lost", footer: false) {
        state, _ in state.leave(by: .quit)
      },
      Command("help", ["?", .function(1)], "help", "this list") { state, argument in
        state.overlays.append(.help(HelpOverlay(filter: TextField(argument, placeholder: "type to filter"))))
        return []
      },
    ])
}

extension Screen {
  /// The command that shows it.
  var command: Command {
    Command(
      feature.id, number < 10 ? [.character(Unicode.Scalar(UInt8(48 + number)))] : [], title, feature.help,
      footer: false
    ) { state, _ in
      state.focus = self
      return feature.appear(&state)
    }
  }
}
