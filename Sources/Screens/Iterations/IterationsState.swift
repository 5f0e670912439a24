package import TerminalUI

/// Where the user is in the sheet of iterations.
package struct IterationsState: ScreenState {
  /// The selected row and the first visible one.
  package var list = ListState()
  /// The iterations that are to be compared.
  package var marked: Set<Int> = []
  /// What the rows are sorted by; `nil` for the tree, in which what was made of an iteration stands below it.
  package var sort: IterationFigure?
  /// Whether small values come first.
  package var isAscending = true
  /// What the iterations' worth is plotted against.
  package var axis = IterationFigure.macs
  /// What of their worth is plotted; what is known where `nil`.
  package var worth: IterationFigure?

  package init() {}
}

extension ProgramState {
  /// Where the user is in the sheet of iterations.
  package var iterations: IterationsState {
    get { screens[IterationsState.self] }
    set { screens[IterationsState.self] = newValue }
  }

  /// The iterations with their figures.
  package var iterationSheet: IterationSheet { IterationSheet(engine) }

  /// What some iteration has of what worth can be.
  var knownWorths: [IterationFigure] { IterationFigure.worths.filter(iterationSheet.knows) }

  /// What the plot shows: what was asked for, else the first that is known.
  var plottedWorth: IterationFigure {
    let known = knownWorths
    return iterations.worth.flatMap { known.contains($0) ? $0 : nil } ?? known.first ?? .loss
  }
}

extension IterationSheet {
  /// The iterations that the engine told of.
  init(_ snapshot: SessionSnapshot) {
    self.init(
      snapshot.iterations, current: snapshot.currentIteration, conditions: snapshot.latencyConditions)
  }
}
