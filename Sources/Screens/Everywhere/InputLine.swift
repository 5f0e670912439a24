package import TerminalUI

/// A line of text at the bottom that takes the keys.
package enum InputLine: Sendable, Hashable {
  /// A filter or search that acts while it is typed; Escape brings the one before back.
  case filter(TextField, before: String)
  /// A command.
  case command(TextField)

  package var field: TextField {
    switch self {
    case .filter(let field, _), .command(let field): field
    }
  }

  /// Gives an event to the line at the bottom.
  static func handle(_ event: Event, _ state: inout ProgramState) -> [Effect] {
    switch state.inputLine {
    case .filter(let field, let before): handle(event, filter: field, before: before, &state)
    case .command(let field): handle(event, command: field, &state)
    case nil: []
    }
  }

  // MARK: Filters

  /// Puts a filter in force that was typed, or begins one.
  static func beginFilter(_ state: inout ProgramState, _ text: String) -> [Effect] {
    let filter = filter(state)
    guard text.isEmpty else {
      filter.set(&state, text)
      return []
    }
    if let screen = filter.screen { state.focus = screen }
    let now = filter.value(state)
    state.inputLine = .filter(TextField(now), before: now)
    return []
  }

  private static func handle(
    _ event: Event, filter field: TextField, before: String, _ state: inout ProgramState
  ) -> [Effect] {
    let filter = filter(state)
    var field = field
    switch field.handle(event) {
    case .submitted:
      state.inputLine = nil
      return filter.submit(&state)
    case .cancelled:
      state.inputLine = nil
      filter.set(&state, before)
    case .edited:
      state.inputLine = .filter(field, before: before)
      filter.set(&state, field.text)
    case .ignored: return []
    }
    return KernelsScreen.neededWeights(state)
  }

  /// The filter of the focused screen. The mouse can have given the focus to one without a filter meanwhile.
  static func filter(_ state: ProgramState) -> RowFilter.Text {
    state.focus.feature.filter.text ?? LayersScreen.rowFilter
  }

  // MARK: Commands

  private static func handle(
    _ event: Event, command field: TextField, _ state: inout ProgramState
  ) -> [Effect] {
    if event == .key(.tab), field.candidates.isEmpty, let prefix = pathArgument(in: field.text) {
      return [.completePath(prefix: prefix)]
    }
    if event == .key(.backspace), field.text.isEmpty {
      state.inputLine = nil
      return []
    }
    var field = field
    let now = state
    switch field.handle(event, completions: { completions(now, of: $0) }) {
    case .submitted:
      let line = field.text
      field.remember()
      state.commandHistory = field.history
      state.inputLine = nil
      return run(&state, line)
    case .cancelled: state.inputLine = nil
    case .edited: state.inputLine = .command(field)
    case .ignored: break
    }
    return []
  }

  /// Runs what was typed after the colon: a command's name, or what it begins with if nothing else does, and
  /// an argument.
  private static func run(_ state: inout ProgramState, _ line: String) -> [Effect] {
    let parts = line.split(separator: " ", maxSplits: 1)
    guard let word = parts.first.map(String.init) else { return [] }
    let argument = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
    // Enter opens a layer, by the name `open`; what has a file's name behind it is meant for a model.
    if word == "open", !argument.isEmpty { return state.run("open-model", argument: argument) }
    if let command = Command.called(word) { return command.run(&state, argument: argument) }
    let matches = Command.all.filter { $0.id.hasPrefix(word) }
    switch matches.count {
    case 1: return matches[0].run(&state, argument: argument)
    case 0: state.say("There is no command \"\(word)\": ? lists them all.", .warning)
    default:
      state.say("\"\(word)\" could be " + matches.map(\.id).sorted().joined(separator: ", ") + ".", .warning)
    }
    return []
  }

  /// The whole lines that can stand instead of what was typed so far.
  private static func completions(_ state: ProgramState, of head: String) -> [String] {
    guard let space = head.firstIndex(of: " ") else {
      return Command.all.map(\.id).filter { $0.hasPrefix(head) }.sorted()
    }
    guard let command = Command.called(String(head[..<space])) else { return [] }
    let typed = String(head[head.index(after: space)...])
    return command.completions(state, of: typed).map { "\(command.id) \($0)" }
  }

  /// The beginning of a path that is being typed as the argument of a command that takes one.
  private static func pathArgument(in line: String) -> String? {
    guard let space = line.firstIndex(of: " "), Command.called(String(line[..<space]))?.takesPath == true
    else { return nil }
    return String(line[line.index(after: space)...])
  }
}
