package import TerminalUI

/// Where the user is in the log.
package struct LogState: ScreenState {
  /// The text, with what is searched in it.
  package var text = ScrollText(followsEnd: true)
  /// How many lines of the engine's log `text` holds.
  package var lineCount = 0
  /// The record that `text` holds.
  package var record: [RecordEntry] = []

  package init() {}
}

extension ProgramState {
  /// Where the user is in the log.
  package var log: LogState {
    get { screens[LogState.self] }
    set { screens[LogState.self] = newValue }
  }
}
