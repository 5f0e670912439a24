internal import Graph
internal import Pruning
internal import TerminalUI

/// What can be done whatever screen has the focus.
enum Everywhere {
  static let commands = CommandTable(
    "Everywhere",
    [
      Command(
        "filter", ["f"], "filter",
        "show only rows that fit: name~conv1 op:dw kept<64 macs>1% score<p10 tie:B frozen",
        disabled: { $0.focus.feature.filter.reason },
        completions: { LayerFilter.completions($0, of: $1) }
      ) { InputLine.beginFilter(&$0, $1) },
      Command(
        "save-filter", [], "save filter",
        "give the filter of layers a name: :save-filter big; :filter @big shows it again",
        footer: false, menu: "f", disabled: { $0.layers.filter.isEmpty ? "there is no filter (f)" : nil }
      ) { saveFilter(&$0, $1) },
    ] + Search.commands + [
      Tour.command, StartOverlay.command,
      Command(
        "undo", ["u", "z"], "undo", "take the last change back, then the last prune", takesCount: true,
        disabled: { $0.canUndo ? nil : "nothing to undo" }
      ) { state, count in repeated(&state, count) { $0.canUndo ? undo(&$0) : nil } },
      Command(
        "redo", [.control("r"), "Z", "U"], "redo", "bring back what was undone", takesCount: true,
        disabled: { $0.canRedo ? nil : "nothing to redo" }
      ) { state, count in repeated(&state, count) { $0.canRedo ? redo(&$0) : nil } },
    ] + RecordCommands.commands + Screen.allCases.map(\.command) + [
      Command("next-screen", ["}"], "next screen", "to the next screen", footer: false) { state, _ in
        Moving.goToNextScreen(&state, 1)
      },
      Command("previous-screen", ["{"], "screen before", "to the screen before", footer: false) { state, _ in
        Moving.goToNextScreen(&state, -1)
      },
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
    ] + Arranging.commands + [
      Command(
        "command-line", [":"], "command", "type a command, or some of its letters; Tab completes",
        footer: false
      ) { state, text in
        state.overlays.append(Palette(state, text: text, isHelp: false))
        return []
      },
      Command(
        "legend", [.function(2)], "legend", "what letters, signs and colours mean, and the words used here",
        footer: false,
        menu: "?", aliases: ["glossary"]
      ) { state, _ in
        state.overlays.append(Legend.overlay(state))
        return []
      },
      Command(
        "theme", ["T"], "theme", "choose a theme, with a live preview", footer: false, menu: "T",
        completions: { state, _ in state.themes.map { Completion($0.name) } }
      ) { ThemeMenu.open(&$0, $1) },
      Command(
        "mouse", ["M"], "mouse", "mouse on or off; off, the terminal can select text", footer: false,
        menu: "m"
      ) { state, _ in
        state.isMouseEnabled.toggle()
        state.say(
          state.isMouseEnabled ? "The mouse is on." : "The mouse is off: the terminal can select text now.")
        return []
      },
      Command(
        "back", [.escape], "back", "end the range, the search, the filter, the marks, then go back to Layers",
        footer: false
      ) { state, _ in
        goBack(&state)
        return []
      },
      Command(
        "cancel", [.control("c")], "cancel", "stop what runs; when nothing does, quit", footer: false
      ) { state, _ in cancel(&state) },
      Command(
        "quit", ["q"], "quit", "leave; asks only if something would be lost", footer: false, menu: "q",
        aliases: ["q"]
      ) {
        state, _ in Leaving.leave(&state, by: .quit)
      },
      Command("help", ["?", .function(1)], "help", "everything that can be done, with its keys") {
        state, text in
        state.overlays.append(Palette(state, text: text, isHelp: true))
        return []
      },
    ])

  /// Does something as many times as a number says, once without one; ends where it cannot be done any more.
  private static func repeated(
    _ state: inout ProgramState, _ count: String, _ act: (inout ProgramState) -> [Effect]?
  ) -> [Effect] {
    var effects: [Effect] = []
    for _ in 0..<Command.times(count) {
      guard let more = act(&state) else { break }
      effects += more
      // What the engine is asked to do has to be done before the next step.
      if !more.isEmpty { break }
    }
    return effects
  }

  /// Gives the filter of layers a name, under which it is remembered.
  private static func saveFilter(_ state: inout ProgramState, _ name: String) -> [Effect] {
    let name = name.filter { $0 != " " && $0 != "@" && $0 != "=" }
    guard !name.isEmpty else {
      state.overlays.append(Palette(state, text: "save-filter ", isHelp: false))
      return []
    }
    state.savedFilters[name] = state.layers.filter
    state.say("\"\(state.layers.filter)\" is @\(name) now: :filter @\(name) shows it, a marks all of it.")
    return [.saveFilters(state.savedFilters)]
  }

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
    } else if !state.search.isEmpty {
      state.search = ""
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
    let follows =
      state.engine.jobs.first { $0.number != nil }.map { "; \($0.title) is next in line (Q)" } ?? ""
    if state.isTraining { return [.engine(.stopTraining)] }
    if let work = state.engine.activity {
      state.say("Stopping \(work.kind.rawValue)\u{2026}\(follows)")
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
      feature.id, [], title, feature.help, footer: false,
      go: number < 10 ? .character(Unicode.Scalar(UInt8(48 + number))) : nil
    ) { state, _ in
      state.focus = self
      return feature.appear(&state)
    }
  }
}
