internal import TerminalUI

/// What happened.
enum LogScreen: ScreenFeature {
  static let title = "Log"
  static let help = "what happened"

  static let commands: [Command] = [
    Command("find-next", ["n"], "next", "go to the next line that was searched for", disabled: noSearch) {
      state, _ in state.findInLog(backwards: false)
    },
    Command(
      "find-previous", ["N"], "previous", "go to the previous line that was searched for", footer: false,
      disabled: noSearch
    ) { state, _ in state.findInLog(backwards: true) },
  ]

  @Sendable private static func noSearch(_ state: ProgramState) -> String? {
    state.log.text.search.isEmpty ? "search with / first" : nil
  }
}
