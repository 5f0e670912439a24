package import TerminalUI

/// Where the user is in the table of tensors that change.
package struct ShapesState: ScreenState {
  /// The selected row and the first visible one.
  package var list = ListState()
  /// What the names must contain, in any case.
  package var filter = ""
  /// The layer that each value of the network belongs to, by its name.
  var homes: [String: Int] = [:]

  package init() {}
}

extension ProgramState {
  /// Where the user is in the table of tensors that change.
  package var shapes: ShapesState {
    get { screens[ShapesState.self] }
    set { screens[ShapesState.self] = newValue }
  }
}
