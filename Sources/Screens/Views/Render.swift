internal import Graph
internal import Pruning
public import TerminalUI

/// Draws the state into a blank grid, whose size is taken over.
///
/// What a frame needs is brought up to date first (what the settings come to, and which rows are visible); that
/// is why the state is `inout`. What the user chose is never changed here.
public func render(_ state: inout ProgramState, into grid: inout Grid) {
  (state.width, state.height) = (grid.width, grid.height)
  state.usesASCII = grid.glyphs.isASCII
  guard !state.isTooSmall else {
    return grid.drawSizeNotice(question: state.asksToQuit ? "Not saved. y quits, n stays." : nil)
  }
  state.decide()
  let layout = state.layout
  state.drawTabs(into: &grid, in: layout.tabs)
  state.drawTotals(into: &grid, in: layout.totals)
  for pane in layout.panes { state.draw(pane, into: &grid) }
  state.drawStatus(into: &grid, in: layout.status)
  state.drawFooter(into: &grid, in: layout.footer)
  let body = Rectangle(x: 0, y: 1, width: grid.width, height: grid.height - 2)
  for place in state.overlays.indices { state.drawOverlay(place, into: &grid, in: body) }
}

extension ProgramState {
  /// Draws a pane: its frame, and what is inside.
  mutating func draw(_ pane: ScreenLayout.Pane, into grid: inout Grid) {
    let isFocused = pane.screen == focus && overlays.isEmpty
    let inside = grid.box(
      pane.frame, title: title(of: pane.screen), note: note(of: pane.screen), isFocused: isFocused)
    let area = tableArea(of: pane.screen, in: inside)
    switch pane.screen {
    case .layers:
      layersTable(width: area.width).draw(into: &grid, in: area, state: &layers.list, isFocused: isFocused)
    case .kernels:
      if kernels.showsWeights {
        drawHeatMaps(into: &grid, in: area, isFocused: isFocused)
      } else {
        kernelsTable(width: area.width).draw(
          into: &grid, in: area, state: &kernels.list, isFocused: isFocused)
      }
    case .shapes:
      shapesTable().draw(into: &grid, in: area, state: &shapes.list, isFocused: isFocused)
      drawShapeTotals(into: &grid, below: area, in: inside)
    case .iterations:
      iterationsTable(width: area.width).draw(into: &grid, in: area, state: &iterations, isFocused: isFocused)
      let parts = iterationsLayout(in: inside)
      drawIterationDetails(into: &grid, in: parts.details)
      drawScatter(into: &grid, in: parts.plot)
    case .log: log.text.draw(into: &grid, in: area)
    case .sensitivity:
      sensitivityTable(width: area.width).draw(
        into: &grid, in: area, state: &layers.list, isFocused: isFocused)
      drawSensitivityPlots(into: &grid, beside: area, in: inside)
    case .train: drawTraining(into: &grid, in: inside)
    }
  }

  /// The part of a pane that its table takes; the rest is for totals and plots.
  func tableArea(of screen: Screen, in inside: Rectangle) -> Rectangle {
    if screen == .sensitivity { return sensitivityTableArea(in: inside) }
    if screen == .iterations { return iterationsLayout(in: inside).tree }
    let below =
      screen != .shapes || engine.structure.value == nil || inside.height < 8 ? 0 : inside.height < 16 ? 4 : 6
    return Rectangle(x: inside.x, y: inside.y, width: inside.width, height: inside.height - below)
  }

  private func title(of screen: Screen) -> String {
    switch screen {
    case .kernels:
      guard let layer = selectedCoupledLayer?.layer else { return screen.title }
      let kept = layers.selectedLayer.flatMap { keptKernels(of: $0)?.count } ?? layer.kernels
      return "Kernels of \(layer.name), \(kept)/\(layer.kernels) kept"
    default: return screen.title
    }
  }

  private func note(of screen: Screen) -> String {
    func parts(_ texts: [String]) -> String { texts.filter { !$0.isEmpty }.joined(separator: " · ") }
    switch screen {
    case .layers:
      guard !coupledLayers.isEmpty else { return "" }
      let arrow = layers.isAscending ? "▴" : "▾"
      return parts([
        layers.order.isEmpty ? "0" : "\(layers.list.selected + 1)/\(layers.order.count)",
        layers.marked.isEmpty ? "" : "\(layers.marked.count) marked",
        layers.range.map { "range of \($0.count)" } ?? "",
        layers.sort == .order && layers.isAscending ? "" : "\(layers.sort.title) \(arrow)",
        layers.filter.isEmpty ? "" : "filter \(layers.filter)",
      ])
    case .kernels:
      guard !kernels.order.isEmpty else { return "" }
      let place = "\(min(kernels.list.selected, kernels.order.count - 1) + 1)/\(kernels.order.count)"
      return parts([place, kernels.isByRank ? "by rank" : "by number"])
    case .shapes:
      let count = shapeRows.count
      return parts([
        count == 0 ? "" : "\(min(shapes.list.selected, count - 1) + 1)/\(count)",
        shapes.filter.isEmpty ? "" : "filter \(shapes.filter)",
      ])
    case .iterations:
      return engine.iterations.isEmpty
        ? "" : "\(min(iterations.selected + 1, engine.iterations.count))/\(engine.iterations.count)"
    case .sensitivity:
      guard let table = sensitivity else { return "" }
      return parts([
        "\(table.completeCount)/\(table.curves.count) measured", "by \(table.subject.criterion.rawValue)",
        layers.filter.isEmpty ? "" : "filter \(layers.filter)",
      ])
    case .train:
      return engine.training == nil ? "" : "s stops and keeps the best"
    case .log: return parts([log.text.position, log.text.search.isEmpty ? "" : "search \(log.text.search)"])
    }
  }
}
