internal import TerminalUI

/// What happened.
enum LogScreen: ScreenFeature {
  static let title = "Log"
  static let help = "what happened"

  static let commands: [Command] = [
    Command("find-next", ["n"], "next", "go to the next line that was searched for", disabled: noSearch) {
      state, _ in find(&state, backwards: false)
    },
    Command(
      "find-previous", ["N"], "previous", "go to the previous line that was searched for", footer: false,
      disabled: noSearch
    ) { state, _ in find(&state, backwards: true) },
  ]

  @Sendable private static func noSearch(_ state: ProgramState) -> String? {
    state.log.text.search.isEmpty ? "search with / first" : nil
  }

  static let filter = RowFilter.text(
    .init(
      word: "search", value: { $0.log.text.search }, set: { $0.log.text.search = $1 },
      submit: { $0.log.text.search.isEmpty ? [] : find(&$0, backwards: false) }))

  /// Goes to the next line that contains what is searched for.
  private static func find(_ state: inout ProgramState, backwards: Bool) -> [Effect] {
    let width = state.layout.inside(of: .log).width
    if !state.log.text.findNext(backwards: backwards, width: width) {
      state.say("\"\(state.log.text.search)\" does not occur in the log.", .warning)
    }
    return []
  }

  static func notes(_ state: ProgramState) -> [String] {
    let text = state.log.text
    return [text.position, text.search.isEmpty ? "" : "search \(text.search)"]
  }

  static func draw(_ state: inout ProgramState, into grid: inout Grid, in inside: Rectangle, isFocused: Bool)
  {
    state.log.text.draw(into: &grid, in: inside)
  }

  static func move(_ state: inout ProgramState, _ movement: Movement, in inside: Rectangle) -> [Effect] {
    state.log.text.move(movement)
    return []
  }

  static func scroll(_ state: inout ProgramState, by rows: Int, in inside: Rectangle) {
    for _ in 0..<abs(rows) { state.log.text.move(rows < 0 ? .up : .down) }
  }

  static func giveUp(_ state: inout ProgramState) -> Bool {
    guard !state.log.text.search.isEmpty else { return false }
    state.log.text.search = ""
    return true
  }

  static func adopt(_ state: inout ProgramState, _ news: News) {
    let lines = state.engine.log
    guard lines.count != state.log.lineCount || lines.isEmpty != state.log.text.lines.isEmpty else { return }
    state.log.lineCount = lines.count
    state.log.text.lines = lines.map { line in
      [Span(line.clock + "  ", .dim), Span(line.text, line.weight.role)]
    }
  }
}
