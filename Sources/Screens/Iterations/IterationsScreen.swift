internal import TerminalUI

/// The tree of what was done.
enum IterationsScreen: TableScreen {
  static let title = "Iterations"
  static let shortTitle = "Iter"
  static let help = "the tree of what was done"

  static let editsMarkedLayers = true
  static let list: any WritableKeyPath<ProgramState, ListState> & Sendable = \.iterations.list
  static let filter = RowFilter.none("the tree is not filtered")

  static let commands: [Command] = [
    Command(
      "go-to", [.enter], "go to", "go back to the iteration; a prune from there begins a branch", verb: .open,
      disabled: {
        guard let selected = $0.selectedIteration else { return "there is no iteration" }
        return selected.id == $0.engine.currentIteration ? "it is the current one" : nil
      },
      // Where an argument names the iteration, it does not matter which one is selected.
      disabledWithArgument: { $0.engine.iterations.isEmpty ? "there is no iteration" : nil },
      completions: names
    ) { goTo(&$0, $1) },
    Command(
      "compare", ["&"], "compare", "compare the iteration with the marked one, or with the current one",
      disabled: noOther, completions: names
    ) { ComparisonOverlay.open(&$0, $1) },
    Command("name", ["e"], "name", "give the iteration a name", verb: .edit, disabled: \.noIterations) {
      NameDialog.open(&$0, $1)
    },
    Command(
      "delete", ["D"], "delete", "delete the iteration and all that was made from it", disabled: noOther,
      completions: names
    ) { confirmDelete(&$0, $1) },
    Command(
      "axis", [], "axis", "plot against MACs, parameters or latency", menu: "x", disabled: \.noIterations,
      completions: { _, _ in ScatterAxis.allCases.map { Completion($0.rawValue) } }
    ) {
      turnAxis(&$0, $1)
      return []
    },
    Command(
      "worth", [], "worth", "plot accuracy, loss, or how far outputs are from the original's",
      footer: false, menu: "v",
      disabled: { $0.noIterations ?? ($0.knownWorths.count < 2 ? "nothing else is known to plot" : nil) },
      completions: { state, _ in state.knownWorths.map { Completion($0.rawValue) } }
    ) {
      turnWorth(&$0, $1)
      return []
    },
    Command(
      "mark-iteration", ["x"], "mark", "mark the iteration, to be compared with another one", verb: .mark,
      disabled: noOther
    ) { state, _ in
      mark(&state)
      return []
    },
  ]

  @Sendable private static func noOther(_ state: ProgramState) -> String? {
    state.engine.iterations.count < 2 ? "there is no iteration beside the original" : nil
  }

  /// Numbers and names that iterations go by.
  @Sendable private static func names(_ state: ProgramState, _ typed: String) -> [Completion] {
    state.engine.iterations.map { Completion(String($0.id), $0.label) }
      + state.engine.iterations.compactMap { iteration in
        iteration.name.map { Completion($0, iteration.title) }
      }
  }
}

// MARK: The pane

extension IterationsScreen {
  static func count(_ state: ProgramState) -> Int { rows(state).count }

  static func searchText(_ state: ProgramState, row: Int) -> String? {
    let rows = rows(state)
    guard rows.indices.contains(row) else { return nil }
    let iteration = rows[row].iteration
    return "\(iteration.id) \(iteration.title) \(iteration.name ?? "")"
  }

  static func notes(_ state: ProgramState) -> [String] {
    let count = state.engine.iterations.count
    return count == 0 ? [] : ["\(min(state.iterations.list.selected + 1, count))/\(count)"]
  }

  /// Details of the iteration stand below the tree.
  static func standingMessage(_ state: ProgramState) -> String? { "" }

  static func tableArea(_ state: ProgramState, in inside: Rectangle) -> Rectangle {
    layout(state, in: inside).tree
  }

  static func drawRest(
    _ state: ProgramState, into grid: inout Grid, beside table: Rectangle, in inside: Rectangle
  ) {
    let parts = layout(state, in: inside)
    drawDetails(state, into: &grid, in: parts.details)
    drawScatter(state, into: &grid, in: parts.plot)
  }

  static func adopt(_ state: inout ProgramState, _ news: News) {
    if news.isAnotherModel {
      let (axis, worth) = (state.iterations.axis, state.iterations.worth)
      state.iterations = IterationsState()
      (state.iterations.axis, state.iterations.worth) = (axis, worth)
    }
    if news.isAnotherIteration {
      let current = state.engine.currentIteration
      state.iterations.list.selected = rows(state).firstIndex { $0.iteration.id == current } ?? 0
    }
    if let marked = state.iterations.marked, state.iteration(marked) == nil { state.iterations.marked = nil }
    state.iterations.list.selected = min(
      state.iterations.list.selected, max(0, state.engine.iterations.count - 1))
  }
}
