internal import TerminalUI

/// The sheet of what was done: a row an iteration, as a tree or sorted by a figure.
enum IterationsScreen: TableScreen {
  static let title = "Iterations"
  static let shortTitle = "Iter"
  static let help = "all iterations: their tree, or a sheet sorted by a figure, and the front"

  static let editsMarkedLayers = true
  static let list: any WritableKeyPath<ProgramState, ListState> & Sendable = \.iterations.list
  static let filter = RowFilter.none("iterations are not filtered")

  static let commands: [Command] = [
    Command(
      "go-to", [.enter], "take this one",
      "take the iteration: work goes on from it, and a prune from there begins a branch", verb: .open,
      aliases: ["take"],
      disabled: {
        guard let selected = $0.selectedIteration else { return "there is no iteration" }
        return selected.id == $0.engine.currentIteration ? "it is the current one" : nil
      },
      // Where an argument names the iteration, it does not matter which one is selected.
      disabledWithArgument: { $0.engine.iterations.isEmpty ? "there is no iteration" : nil },
      completions: names
    ) { goTo(&$0, $1) },
    Command(
      "compare", ["&"], "compare",
      "compare the marked iterations, two to six; without marks the selected one with the current one",
      disabled: noOther, completions: names
    ) { ComparisonOverlay.open(&$0, $1) },
    Command(
      "mark-iteration", ["x"], "mark", "mark the iteration, to be compared with others", verb: .mark,
      disabled: noOther
    ) { state, _ in
      mark(&state)
      return []
    },
    Command(
      "sort-iterations", ["s"], "sort", "choose what iterations are sorted by: a figure, or the tree",
      verb: .sort, disabled: \.noIterations, completions: { _, _ in IterationSortMenu.words }
    ) { IterationSortMenu.open(&$0, $1) },
    Command(
      "axis", [], "axis", "plot against MACs, parameters, latency or file size", menu: "x",
      disabled: \.noIterations,
      completions: { _, _ in IterationFigure.costs.map { Completion($0.rawValue, $0.title) } }
    ) {
      turnAxis(&$0, $1)
      return []
    },
    Command("name", ["e"], "name", "give the iteration a name", verb: .edit, disabled: \.noIterations) {
      NameDialog.open(&$0, $1)
    },
    Command(
      "delete", ["D"], "delete", "delete the iteration and all that was made from it", disabled: noOther,
      completions: names
    ) { confirmDelete(&$0, $1) },
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
      "mark-all-iterations", ["a"], "all", "mark all iterations", footer: false, verb: .markAll,
      disabled: noOther
    ) { state, _ in
      markAll(&state)
      return []
    },
    Command(
      "mark-other-iterations", ["*"], "invert marks", "mark the iterations that are not marked",
      footer: false, verb: .markOthers, disabled: noOther
    ) { state, _ in
      markOthers(&state)
      return []
    },
    Command(
      "invert-iterations", ["I"], "invert", "invert the order of the iterations", footer: false,
      verb: .invertSort, disabled: \.noIterations
    ) { state, _ in
      invertSort(&state)
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
    guard count > 0 else { return [] }
    let place = state.iterations
    return [
      "\(min(place.list.selected + 1, count))/\(count)",
      place.marked.isEmpty ? "" : "\(place.marked.count) marked",
      place.sort.map { "by \($0.title) \(place.isAscending ? "▴" : "▾")" } ?? "",
    ]
  }

  static func press(_ state: inout ProgramState, head column: String) -> [Effect] {
    guard let figure = IterationFigure(rawValue: column) else { return [] }
    if state.iterations.sort == figure {
      invertSort(&state)
    } else {
      sort(&state, by: figure, ascending: figure.isAscendingAtFirst)
    }
    return []
  }

  static func giveUp(_ state: inout ProgramState) -> Bool {
    guard !state.iterations.marked.isEmpty else { return false }
    state.iterations.marked = []
    return true
  }

  /// Details of the iteration stand below the sheet.
  static func standingMessage(_ state: ProgramState) -> String? { "" }

  static func tableArea(_ state: ProgramState, in inside: Rectangle) -> Rectangle {
    var area = layout(state, in: inside).sheet
    area.width = min(area.width, table(state, width: area.width).idealWidth)
    return area
  }

  static func drawRest(
    _ state: ProgramState, into grid: inout Grid, beside table: Rectangle, in inside: Rectangle
  ) {
    let parts = layout(state, in: inside)
    drawDetails(state, into: &grid, in: parts.details)
    drawScatter(state, into: &grid, in: parts.plot)
  }

  static func adopt(_ state: inout ProgramState, _ news: News) {
    let before = state.iterations
    if news.isAnotherModel {
      // How the sheet is looked at goes with every model.
      state.iterations = IterationsState()
      (state.iterations.sort, state.iterations.isAscending) = (before.sort, before.isAscending)
      (state.iterations.axis, state.iterations.worth) = (before.axis, before.worth)
    }
    let rows = rows(of: news.before, before)
    let selected = rows.indices.contains(before.list.selected) ? rows[before.list.selected].iteration.id : nil
    select(&state, news.isAnotherIteration ? state.engine.currentIteration : selected)
    state.iterations.marked.formIntersection(state.engine.iterations.map(\.id))
    state.iterations.list.selected = min(
      state.iterations.list.selected, max(0, state.engine.iterations.count - 1))
  }
}
