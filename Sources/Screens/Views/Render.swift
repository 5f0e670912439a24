package import TerminalUI

/// Draws the state into a blank grid, whose size is taken over.
///
/// What a frame needs is brought up to date first (what the settings come to, and which rows are visible); that
/// is why the state is `inout`. What the user chose is never changed here.
package func render(_ state: inout ProgramState, into grid: inout Grid) {
  (state.width, state.height) = (grid.width, grid.height)
  state.usesASCII = grid.glyphs.isASCII
  guard !state.isTooSmall else {
    return grid.drawSizeNotice(
      question: state.overlays.last?.asksToQuit == true ? "Not saved. y quits, n stays." : nil)
  }
  state.decide()
  let layout = state.layout
  Header.drawTabs(state, into: &grid, in: layout.tabs)
  Header.drawTotals(state, into: &grid, in: layout.totals, worth: layout.worth)
  for pane in layout.panes { draw(pane, of: &state, into: &grid) }
  Footer.drawStatus(state, into: &grid, in: layout.status)
  Footer.drawKeys(state, into: &grid, in: layout.footer)
  if let leader = state.pending.leader, state.overlays.isEmpty {
    LeaderMenu.draw(state, leader, into: &grid, in: layout.body)
  }
  // The frames of the panes stay in sight, where there is room.
  let body = grid.height < 20 ? layout.body : layout.body.inset(horizontal: 0, vertical: 1)
  OverlayStack.draw(&state, into: &grid, in: body)
}

/// Draws a pane: its frame, and what is inside.
private func draw(_ pane: ScreenLayout.Pane, of state: inout ProgramState, into grid: inout Grid) {
  let feature = pane.screen.feature
  let isFocused = pane.screen == state.focus && state.overlays.isEmpty
  let note = feature.notes(state).filter { !$0.isEmpty }.joined(separator: " · ")
  let inside = grid.box(pane.frame, title: feature.paneTitle(state), note: note, isFocused: isFocused)
  feature.draw(&state, into: &grid, in: inside, isFocused: isFocused)
  if pane.screen == state.focus { grid.markMatches(of: state.search, in: inside) }
}
