internal import TerminalUI

/// Presses and turns of the wheel on the panes.
enum Mouse {
  static func handle(_ mouse: Event.Mouse, _ state: inout ProgramState) -> [Effect] {
    let layout = state.layout
    if mouse.action == .press, layout.tabs.contains(x: mouse.x, y: mouse.y) {
      let tabs = Header.tabSlots(state)
      guard let tab = tabs.first(where: { $0.area.contains(x: mouse.x, y: mouse.y) }) else { return [] }
      state.status = nil
      return state.run(tab.screen.feature.id)
    }
    guard let pane = layout.panes.first(where: { $0.frame.contains(x: mouse.x, y: mouse.y) }) else {
      return []
    }
    if let movement = mouse.wheel {
      pane.screen.feature.scroll(&state, by: movement == .up ? -3 : 3, in: pane.inside)
      return KernelsScreen.neededWeights(state)
    }
    guard mouse.action == .press else { return [] }
    state.status = nil
    state.focus = pane.screen
    return pane.screen.feature.press(&state, x: mouse.x, y: mouse.y, in: pane.inside)
  }
}

extension Event.Mouse {
  /// The movement that a turn of the wheel asks for.
  var wheel: Movement? {
    switch action {
    case .wheelUp: .up
    case .wheelDown: .down
    default: nil
    }
  }
}
