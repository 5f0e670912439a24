internal import Pruning
internal import TerminalUI

/// What is done to the tree of iterations.
extension IterationsScreen {
  /// The iteration that a command without an argument is about: the selected one of the tree, elsewhere the current one.
  static func subjectIteration(_ state: ProgramState) -> IterationSummary? {
    state.focus == .iterations ? state.selectedIteration : state.currentIteration
  }

  /// The iteration that goes by a number or a name.
  static func iteration(_ state: ProgramState, called text: String) -> IterationSummary? {
    if let id = Int(text), let found = state.iteration(id) { return found }
    return state.engine.iterations.first { $0.name?.lowercased() == text.lowercased() }
  }

  /// An iteration and all that was made from it.
  private static func branch(_ state: ProgramState, from id: Int) -> [IterationSummary] {
    var ids: Set<Int> = [id]
    return state.engine.iterations.filter { iteration in
      let belongs = iteration.id == id || iteration.parent.map(ids.contains) ?? false
      if belongs { ids.insert(iteration.id) }
      return belongs
    }
  }

  static func sayThatThereIsNone(_ state: inout ProgramState, _ text: String) {
    state.say("There is no iteration \"\(text)\": g4 shows them all.", .warning)
  }

  // MARK: Going to one

  static func goTo(_ state: inout ProgramState, _ argument: String) -> [Effect] {
    let found = argument.isEmpty ? state.selectedIteration : iteration(state, called: argument)
    guard let id = found?.id else {
      sayThatThereIsNone(&state, argument)
      return []
    }
    guard id != state.engine.currentIteration else {
      state.say("Iteration \(id) is the current one.")
      return []
    }
    // Before a training ends there is a question of its own.
    guard let work = state.engine.activity, ![.timing, .evaluating].contains(work.kind),
      !state.isTraining
    else {
      return goTo(&state, id: id)
    }
    let lines: [[Span]] = [
      [Span("\(work.kind.rawValue.capitalizedFirst) is running, and what it did so far would be lost.")]
    ]
    state.overlays.append(
      Confirmation(title: "Go to iteration \(id)", message: lines, word: "Go", act: .goTo(iteration: id)))
    return []
  }

  static func goTo(_ state: inout ProgramState, id: Int) -> [Effect] {
    state.redoIterations = []
    state.awaitedIteration = id
    return [.engine(.go(to: id))]
  }

  // MARK: Deleting

  static func confirmDelete(_ state: inout ProgramState, _ argument: String) -> [Effect] {
    guard let subject = argument.isEmpty ? subjectIteration(state) : iteration(state, called: argument) else {
      sayThatThereIsNone(&state, argument)
      return []
    }
    guard let parent = subject.parent else {
      state.say("The original cannot be deleted.", .warning)
      return []
    }
    let gone = branch(state, from: subject.id)
    var lines: [[Span]] = [[Span("Iteration \(subject.id) goes: \(subject.label).")]]
    if gone.count > 1 {
      let others = gone.dropFirst().prefix(8).map { "\($0.id)" }.joined(separator: ", ")
      let count = gone.count - 1
      lines.append([
        Span(
          "So \(count == 1 ? "does the one" : "do the \(count)") made from it: \(others)"
            + (count > 8 ? ", …" : "") + ".", .warning)
      ])
    }
    if gone.contains(where: { $0.id == state.engine.currentIteration }) {
      lines.append([Span("Iteration \(parent) becomes the current one.")])
    }
    let unwritten = gone.count { !$0.isWritten }
    if unwritten > 0 {
      lines.append([Span("\(unwritten) of \(gone.count) not written to a file as they are (w).")])
    }
    let title = gone.count == 1 ? "Delete 1 iteration" : "Delete \(gone.count) iterations"
    let effect = Effect.engine(.deleteBranch(from: subject.id))
    if state.isTraining {
      EndOfTraining.ask(&state, title: title, lines: lines, word: "Delete", before: [effect])
    } else {
      state.overlays.append(
        Confirmation(title: title, message: lines, word: "Delete", act: .effects([effect])))
    }
    return []
  }

  // MARK: Comparing

  static func mark(_ state: inout ProgramState) {
    guard let id = state.selectedIteration?.id else { return }
    state.iterations.marked = state.iterations.marked == id ? nil : id
    if state.iterations.marked != nil {
      state.say("Iteration \(id) is marked: & on another one compares the two.")
    }
  }

  // MARK: The plot

  static func turnAxis(_ state: inout ProgramState, _ argument: String) {
    if !argument.isEmpty {
      guard
        let axis = ScatterAxis.allCases.first(where: { $0.rawValue.lowercased() == argument.lowercased() })
      else {
        let known = ScatterAxis.allCases.map(\.rawValue).joined(separator: ", ")
        state.say("\"\(argument)\" is no axis: write one of \(known).", .warning)
        return
      }
      state.iterations.axis = axis
    } else {
      let all = ScatterAxis.allCases
      state.iterations.axis = all[((all.firstIndex(of: state.iterations.axis) ?? 0) + 1) % all.count]
    }
    state.say("Iterations are plotted against \(state.iterations.axis.rawValue).")
  }

  static func turnWorth(_ state: inout ProgramState, _ argument: String) {
    let known = state.knownWorths
    let now = known.firstIndex(of: state.plottedWorth) ?? 0
    guard
      let worth = argument.isEmpty
        ? known.isEmpty ? nil : known[(now + 1) % known.count]
        : known.first(where: { $0.rawValue == argument.lowercased() })
    else {
      let names = known.map(\.rawValue).joined(separator: ", ")
      state.say("\"\(argument)\" is not known of the iterations: write one of \(names).", .warning)
      return
    }
    state.iterations.worth = worth
    state.say(
      "The plot shows \(worth.rawValue)\(worth == .deviation ? " of the outputs from the original's" : "").")
  }
}
