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

  // MARK: Marks

  /// Marks the selected iteration, or takes its mark away.
  static func mark(_ state: inout ProgramState) {
    guard let id = state.selectedIteration?.id else { return }
    state.iterations.marked.formSymmetricDifference([id])
    sayWhatIsMarked(&state)
  }

  /// Marks all iterations, or none where all are marked.
  static func markAll(_ state: inout ProgramState) {
    let all = Set(state.engine.iterations.map(\.id))
    state.iterations.marked = all.isSubset(of: state.iterations.marked) ? [] : all
    sayWhatIsMarked(&state)
  }

  static func markOthers(_ state: inout ProgramState) {
    state.iterations.marked.formSymmetricDifference(state.engine.iterations.map(\.id))
    sayWhatIsMarked(&state)
  }

  private static func sayWhatIsMarked(_ state: inout ProgramState) {
    let marked = state.iterations.marked.sorted()
    switch marked.count {
    case 0: return
    case 1: state.say("Iteration \(marked[0]) is marked: & on another one compares the two.")
    case 2...IterationComparison.most:
      state.say("\(marked.count) iterations are marked: & compares them.")
    default:
      state.say(
        "\(marked.count) iterations are marked; \(IterationComparison.most) at most are compared at once.",
        .warning)
    }
  }

  // MARK: Order

  /// Sorts by a figure, or with `nil` by the tree; the cursor stays on its iteration.
  static func sort(_ state: inout ProgramState, by figure: IterationFigure?, ascending: Bool) {
    let selected = state.selectedIteration?.id
    (state.iterations.sort, state.iterations.isAscending) = (figure, ascending)
    select(&state, selected)
  }

  static func invertSort(_ state: inout ProgramState) {
    sort(&state, by: state.iterations.sort ?? .number, ascending: !state.iterations.isAscending)
  }

  /// Puts the cursor on an iteration, where there is one of this number.
  static func select(_ state: inout ProgramState, _ id: Int?) {
    let row = rows(state).firstIndex { $0.iteration.id == id }
    if let row { state.iterations.list.selected = row }
  }

  // MARK: The plot

  static func turnAxis(_ state: inout ProgramState, _ argument: String) {
    guard let axis = next(state.iterations.axis, of: IterationFigure.costs, argument) else {
      return sayWhatIsKnown(&state, argument, "no axis", IterationFigure.costs)
    }
    state.iterations.axis = axis
    state.say("Iterations are plotted against \(axis.title).")
  }

  static func turnWorth(_ state: inout ProgramState, _ argument: String) {
    let known = state.knownWorths
    guard let worth = next(state.plottedWorth, of: known, argument) else {
      return sayWhatIsKnown(&state, argument, "not known of the iterations", known)
    }
    state.iterations.worth = worth
    state.say(
      "The plot shows \(worth.title)\(worth == .deviation ? " of the outputs from the original's" : "").")
  }

  /// The figure that a word stands for, or without one the next.
  private static func next(
    _ now: IterationFigure, of figures: [IterationFigure], _ word: String
  ) -> IterationFigure? {
    guard word.isEmpty else { return figures.first { $0.rawValue == word.lowercased() } }
    guard let index = figures.firstIndex(of: now) else { return figures.first }
    return figures[(index + 1) % figures.count]
  }

  private static func sayWhatIsKnown(
    _ state: inout ProgramState, _ word: String, _ problem: String, _ figures: [IterationFigure]
  ) {
    let names = figures.map(\.rawValue).joined(separator: ", ")
    state.say("\"\(word)\" is \(problem): write one of \(names).", .warning)
  }
}
