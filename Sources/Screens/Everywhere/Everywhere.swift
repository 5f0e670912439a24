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
        titleNow: { $0.focus.feature.filter.text?.word },
        disabled: { $0.focus.feature.filter.reason },
        completions: { state, _ in state.coupledLayers.map(\.layer.name) }
      ) { InputLine.beginFilter(&$0, $1) },
      Command(
        "undo", ["z", "u"], "undo", "take the last change back, then the last prune",
        disabled: { $0.canUndo ? nil : "nothing to undo" }
      ) { state, _ in undo(&state) },
      Command(
        "redo", ["Z", "U"], "redo", "bring back what was undone",
        disabled: { $0.canRedo ? nil : "nothing to redo" }
      ) { state, _ in redo(&state) },
    ] + Screen.allCases.map(\.command) + [
      Command("next-pane", [.tab], "next pane", "to the next pane or screen", footer: false) { state, _ in
        Moving.goToNextPane(&state, 1)
      },
      Command("previous-pane", [.backTab], "previous pane", "to the previous pane or screen", footer: false) {
        state, _ in Moving.goToNextPane(&state, -1)
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
      ) { ThemeMenu.open(&$0, $1) },
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
        goBack(&state)
        return []
      },
      Command(
        "cancel", [.control("c")], "cancel", "stop what runs; when nothing does, quit", footer: false
      ) { state, _ in cancel(&state) },
      Command("quit", ["q"], "quit", "leave; asks only if something would be lost", footer: false) {
        state, _ in Leaving.leave(&state, by: .quit)
      },
      Command("help", ["?", .function(1)], "help", "this list") { state, argument in
        state.overlays.append(HelpOverlay(filter: TextField(argument, placeholder: "type to filter")))
        return []
      },
    ])

  /// Takes the last change back, then the last prune.
  private static func undo(_ state: inout ProgramState) -> [Effect] {
    if let entry = state.history.undo() {
      state.say("Undone: \(entry.title). Z brings it back.")
      return []
    }
    guard let parent = state.currentIteration?.parent else { return [] }
    state.redoIterations.append(state.engine.currentIteration)
    state.awaitedIteration = parent
    state.say("Back to before \"\(state.currentIteration?.title ?? "the prune")\". Z goes on to it again.")
    return [.engine(.go(to: parent))]
  }

  /// Brings back what was undone.
  private static func redo(_ state: inout ProgramState) -> [Effect] {
    if let entry = state.history.redo() {
      state.say("Done again: \(entry.title).")
      return []
    }
    guard let next = state.redoIterations.popLast() else { return [] }
    state.awaitedIteration = next
    return [.engine(.go(to: next))]
  }

  /// Ends the range, the filter, the marks, then goes back to Layers.
  private static func goBack(_ state: inout ProgramState) {
    // A range is being marked wherever the focus is.
    if state.layers.rangeStart != nil {
      state.layers.rangeStart = nil
    } else if state.focus.feature.giveUp(&state) {
      return
    } else if state.isMaximized {
      state.isMaximized = false
    } else {
      state.focus = .layers
    }
  }

  /// Stops what runs; where nothing does, leaves.
  private static func cancel(_ state: inout ProgramState) -> [Effect] {
    if let question = state.overlays.last as? EndOfTraining {
      state.overlays.removeLast()
      return question.effects
    }
    if state.isTraining { return [.engine(.stopTraining)] }
    if let work = state.engine.activity {
      state.say("Stopping \(work.kind.rawValue)\u{2026}")
      return [.engine(.cancel)]
    }
    if state.overlays.last?.asksToQuit == true { return [.quit] }
    return Leaving.leave(&state, by: .quit)
  }
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
