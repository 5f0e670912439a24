internal import TerminalUI

/// The tree of what was done.
enum IterationsScreen: ScreenFeature {
  static let title = "Iterations"
  static let shortTitle = "Iter"
  static let help = "the tree of what was done"

  static let commands: [Command] = [
    Command(
      "go-to", [.enter], "go to", "go back to the iteration; a prune from there begins a branch",
      disabled: {
        guard let selected = $0.selectedIteration else { return "there is no iteration" }
        return selected.id == $0.engine.currentIteration ? "it is the current one" : nil
      },
      // Where an argument names the iteration, it does not matter which one is selected.
      disabledWithArgument: { $0.engine.iterations.isEmpty ? "there is no iteration" : nil },
      completions: names
    ) { $0.goToIteration($1) },
    Command(
      "compare", ["c"], "compare", "compare the iteration with the marked one, or with the current one",
      disabled: noOther, completions: names
    ) { $0.beginComparing($1) },
    Command("name", ["n"], "name", "give the iteration a name", disabled: \.noIterations) {
      $0.beginNaming($1)
    },
    Command(
      "delete", ["D"], "delete", "delete the iteration and all that was made from it", disabled: noOther,
      completions: names
    ) { $0.confirmDelete($1) },
    Command(
      "axis", ["x"], "axis", "plot against MACs, parameters or latency", disabled: \.noIterations,
      completions: { _, _ in ScatterAxis.allCases.map(\.rawValue) }
    ) {
      $0.turnScatterAxis($1)
      return []
    },
    Command(
      "mark-iteration", [.space], "mark", "mark the iteration, to be compared with another one",
      disabled: noOther
    ) { state, _ in
      state.markIteration()
      return []
    },
  ]

  @Sendable private static func noOther(_ state: ProgramState) -> String? {
    state.engine.iterations.count < 2 ? "there is no iteration beside the original" : nil
  }

  /// Numbers and names that iterations go by.
  @Sendable private static func names(_ state: ProgramState, _ typed: String) -> [String] {
    state.engine.iterations.map { String($0.id) } + state.engine.iterations.compactMap(\.name)
  }
}
