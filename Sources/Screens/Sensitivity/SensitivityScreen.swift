internal import Pruning
internal import TerminalUI

/// What pruning each layer by itself does.
enum SensitivityScreen: TableScreen {
  static let title = "Sensitivity"
  static let shortTitle = "Sens"
  static let help = "what pruning each layer by itself does"

  /// The rows are those of the table of layers.
  static let list: any WritableKeyPath<ProgramState, ListState> & Sendable = \.layers.list
  static let filter = LayersScreen.filter

  static let commands: [Command] =
    [
      Command(
        "measure", [.enter], "measure", "measure what pruning each layer by itself does, or go on with that",
        verb: .open,
        disabled: { $0.engine.activity?.kind == .sensitivity ? $0.cannotRun : $0.cannotStandInLine }
      ) { measure(&$0, $1) },
      Command(
        "suggest", ["t"], "suggest", "percentages from the curves, for a target", verb: .target,
        disabled: {
          $0.noModel
            ?? ((measured($0)?.completeCount ?? 0) == 0 ? "no curve is measured yet (:measure)" : nil)
        },
        completions: { _, _ in SuggestionTarget.allCases.map { Completion($0.rawValue + " ") } }
      ) { SuggestionDialog.open(&$0, $1) },
    ] + Percentages.commands + [LayersScreen.explain]

  /// Its own targets are those of its curves.
  static let commandsBehindRunning = [LayersScreen.set]
}

// MARK: The pane

extension SensitivityScreen {
  static func count(_ state: ProgramState) -> Int { state.layers.rows.count }

  static func searchText(_ state: ProgramState, row: Int) -> String? {
    LayersScreen.searchText(state, row: row)
  }

  static func notes(_ state: ProgramState) -> [String] {
    guard let table = measured(state) else { return [] }
    let filter = state.layers.filter
    return [
      "\(table.completeCount)/\(table.curves.count) measured", "by \(table.subject.criterion.rawValue)",
      filter.isEmpty ? "" : "filter \(filter)",
    ]
  }

  static func followCursor(_ state: inout ProgramState) -> [Effect] {
    LayersScreen.followCursor(&state)
  }

  static func move(
    _ state: inout ProgramState, _ movement: Movement, in inside: Rectangle
  ) -> [Effect] {
    LayersScreen.moveCursor(&state, movement, page: Table.page(in: tableArea(state, in: inside)))
  }

  static func adopt(_ state: inout ProgramState, _ news: News) {
    if news.isAnotherModel { state.screens[SensitivityState.self] = SensitivityState() }
  }
}
