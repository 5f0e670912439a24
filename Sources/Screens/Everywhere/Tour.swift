/// A line that takes a newcomer from the scores to the smaller file: at each point it says what comes next.
package enum Tour {
  static let command = Command(
    "tour", [], "tour", "say at each step what comes next, from the scores to the smaller file", footer: false
  ) { state, _ in
    state.isTouring.toggle()
    state.say(
      state.isTouring ? "The line here says what comes next." : "The tour is over; :tour brings it back.")
    return []
  }

  private static let steps = 5

  /// What comes next; `nil` where nobody is taken round.
  package static func sentence(_ state: ProgramState) -> String? {
    guard state.isTouring, state.structure != nil else { return nil }
    let (step, text) = next(state)
    return "\(step) of \(steps)  \(text)"
  }

  private static func next(_ state: ProgramState) -> (step: Int, text: String) {
    if Leaving.hasChosen(state) {
      return (2, "The table shows what would go, g3 every shape. P prunes a copy.")
    }
    guard let now = state.currentIteration, now.parent != nil else {
      let scores =
        state.engine.data == nil
        ? "Scores are of the weights: d names your data." : "Bars are scores: how much each layer matters."
      return (1, scores + " t sets what may remain.")
    }
    if now.isWritten { return (5, "That is all: u goes back, ? lists the rest, :tour ends this line.") }
    if now.changes.isEmpty {
      return (3, "b wins back without training what that cost, F trains. g4 compares.")
    }
    return (4, "w writes the smaller model, with the plan that makes it again.")
  }
}
