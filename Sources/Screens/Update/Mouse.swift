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
    if mouse.action == .press, layout.footer.contains(x: mouse.x, y: mouse.y), state.inputLine == nil {
      state.status = nil
      return Footer.command(state, at: mouse.x).map { state.run($0) } ?? []
    }
    if mouse.action == .press,
      let divider = layout.dividers.first(where: { $0.area.contains(x: mouse.x, y: mouse.y) })
    {
      state.heldDivider = HeldDivider(divider: divider, from: divider.isVertical ? mouse.x : mouse.y)
      return []
    }
    guard let pane = layout.panes.first(where: { $0.frame.contains(x: mouse.x, y: mouse.y) }) else {
      return []
    }
    if let movement = mouse.wheel {
      // Over a percentage the wheel changes it.
      if pane.screen == .layers,
        LayersScreen.selectPercentage(&state, x: mouse.x, y: mouse.y, in: pane.inside)
      {
        state.focus = .layers
        return state.run(movement == .up ? "percent-up" : "percent-down")
      }
      pane.screen.feature.scroll(&state, by: movement == .up ? -3 : 3, in: pane.inside)
      return KernelsScreen.neededWeights(state)
    }
    guard mouse.action == .press || mouse.action == .rightPress else { return [] }
    state.status = nil
    state.focus = pane.screen
    if mouse.action == .rightPress {
      // The other button asks about what it is pressed on.
      let effects = pane.screen.feature.press(&state, x: mouse.x, y: mouse.y, in: pane.inside)
      let explains = pane.screen.feature.commands + pane.screen.feature.commandsBehindRunning
      return explains.contains { $0.id == "explain" } ? effects + state.run("explain") : effects
    }
    return pane.screen.feature.press(&state, x: mouse.x, y: mouse.y, in: pane.inside)
  }

  /// Puts the border down that the mouse has hold of.
  static func release(_ mouse: Event.Mouse, _ state: inout ProgramState) {
    guard let held = state.heldDivider else { return }
    state.heldDivider = nil
    let distance = (held.divider.isVertical ? mouse.x : mouse.y) - held.from
    if distance != 0, state.layout.dividers.contains(held.divider) {
      Arranging.move(&state, held.divider, by: distance)
    }
  }
}

/// A border between panes that the mouse has hold of.
struct HeldDivider: Sendable, Hashable {
  let divider: ScreenLayout.Divider
  /// The column or row where it was taken.
  let from: Int
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
