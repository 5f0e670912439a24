package import TerminalUI

/// Where the user is in the tree of iterations.
package struct IterationsState: ScreenState {
  /// The selected row and the first visible one.
  package var list = ListState()
  /// The iteration that another one is to be compared with.
  package var marked: Int?
  /// What the iterations' worth is plotted against.
  package var axis = ScatterAxis.macs
  /// What of their worth is plotted; what is known where `nil`.
  package var worth: IterationWorth?

  package init() {}
}

extension ProgramState {
  /// Where the user is in the tree of iterations.
  package var iterations: IterationsState {
    get { screens[IterationsState.self] }
    set { screens[IterationsState.self] = newValue }
  }
}
