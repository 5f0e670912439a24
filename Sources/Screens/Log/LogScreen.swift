internal import TerminalUI

/// What happened.
enum LogScreen: ScreenFeature {
  static let title = "Log"
  static let help = "what happened"

  static let filter = RowFilter.none("the log is searched with /")

  static func searchObstacle(_ state: ProgramState) -> String? { nil }

  static func searchPlace(_ state: ProgramState) -> Int { state.log.text.offset }

  static func find(
    _ state: inout ProgramState, _ text: String, from row: Int, backwards: Bool, includesOrigin: Bool
  ) -> Bool {
    state.log.text.search = text
    let width = state.layout.inside(of: .log).width
    return state.log.text.find(from: row, backwards: backwards, includesOrigin: includesOrigin, width: width)
  }

  static func goTo(_ state: inout ProgramState, row: Int) { state.log.text.scroll(to: row) }

  static func notes(_ state: ProgramState) -> [String] {
    let text = state.log.text
    return [text.position, state.search.isEmpty ? "" : "search \(state.search)"]
  }

  static func draw(_ state: inout ProgramState, into grid: inout Grid, in inside: Rectangle, isFocused: Bool)
  {
    showLines(&state)
    state.log.text.search = state.search
    state.log.text.draw(into: &grid, in: inside)
  }

  static func move(_ state: inout ProgramState, _ movement: Movement, in inside: Rectangle) -> [Effect] {
    state.log.text.move(movement)
    return []
  }

  static func scroll(_ state: inout ProgramState, by rows: Int, in inside: Rectangle) {
    for _ in 0..<abs(rows) { state.log.text.move(rows < 0 ? .up : .down) }
  }

  static func adopt(_ state: inout ProgramState, _ news: News) {
    showLines(&state)
  }

  /// Brings what the engine told and what was done into one order.
  static func showLines(_ state: inout ProgramState) {
    let (told, done) = (state.engine.log, state.record)
    guard told.count != state.log.lineCount || done != state.log.record else { return }
    state.log.lineCount = told.count
    state.log.record = done
    var lines = told.map { ($0.time, [Span($0.clock + "  ", .dim), Span($0.text, $0.weight.role)]) }
    lines += done.map { entry in
      let clock = LogEntry(weight: .note, text: "", time: entry.time).clock
      let figures = entry.figures.isEmpty ? [] : [Span("  \(entry.figures)", .dim)]
      return (entry.time, [Span(clock + "  ", .dim), Span(":" + entry.words, .title)] + figures)
    }
    state.log.text.lines = lines.enumerated().sorted {
      $0.element.0 == $1.element.0 ? $0.offset < $1.offset : $0.element.0 < $1.element.0
    }.map(\.element.1)
  }
}
