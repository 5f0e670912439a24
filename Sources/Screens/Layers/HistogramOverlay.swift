internal import Graph
internal import Pruning
package import TerminalUI

/// The scores of a layer's kernels, or of all kernels, as a histogram; the cut between what goes and what stays can be moved.
package struct HistogramOverlay: Overlay {
  /// Whether all kernels are shown, and the cut is a share of the whole network.
  package var isOfNetwork = false

  package var hints: [(Key, String)] {
    [
      (.left, "cut less"), (.right, "cut more"), (.pageDown, "10% more"),
      (.tab, isOfNetwork ? "one layer" : "all layers"), ("j", "next layer"), ("L", "log"), (.escape, "close"),
    ]
  }

  package mutating func handle(_ event: Event, _ state: inout ProgramState) -> OverlayReaction {
    switch event {
    case .key(.escape), .key("q"), .key(.enter): return .closes()
    case .key(.tab), .key(.backTab): isOfNetwork.toggle()
    case .key("L"): state.layers.isLogarithmic.toggle()
    case .key(.right), .key("l"), .key("+"): move(&state, by: 1)
    case .key(.left), .key("h"), .key("-"): move(&state, by: -1)
    case .key(.pageDown), .key("]"): move(&state, by: 10)
    case .key(.pageUp), .key("["): move(&state, by: -10)
    case .key(.down), .key("j"): _ = LayersScreen.moveCursor(&state, .down)
    case .key(.up), .key("k"): _ = LayersScreen.moveCursor(&state, .up)
    case .key("u"), .key("z"): _ = state.run("undo")
    case .mouse(let mouse):
      if let wheel = mouse.wheel { move(&state, by: wheel == .up ? -1 : 1) }
    default: break
    }
    return .stays()
  }

  /// Moves the cut: of the layer by a kernel or so, of the network by a per cent of all kernels.
  private func move(_ state: inout ProgramState, by step: Double) {
    guard isOfNetwork else {
      if let reason = state.notPrunable { return state.say(reason.capitalizedFirst + ".", .warning) }
      _ = Percentages.nudge(&state, by: step)
      return
    }
    let standing = state.history.pursuit?.target
    var remaining = 100.0
    if let standing, standing.quantity == .kernels, case .percent(let share) = standing.remaining {
      remaining = share
    }
    let next = min(100, max(1, remaining - step))
    _ = state.pursue(Target(quantity: .kernels, remainingPercent: next), scope: state.scope)
  }

  // MARK: What is shown

  /// The scores that are shown, with whether each one's kernel stays; what cannot go is left out.
  private func scores(_ state: ProgramState) -> [(score: Double, stays: Bool)] {
    let shown =
      isOfNetwork
      ? Array(state.coupledLayers.indices) : state.layers.selectedRow.map(state.layers.layers(of:)) ?? []
    return shown.flatMap { index -> [(score: Double, stays: Bool)] in
      let coupled = state.coupledLayers[index]
      guard coupled.isPrunable || shown.count == 1,
        let mean = state.engine.scores.value?.layers[coupled.layer.name]?.mean
      else { return [] }
      let kept = Set(state.keptKernels(of: index) ?? Array(mean.indices))
      return mean.enumerated().map { ($0.element, kept.contains($0.offset)) }
    }
  }

  private func title(_ state: ProgramState) -> String {
    if isOfNetwork { return "Scores of all kernels that can go" }
    switch LayersScreen.selectedName(state) {
    case .layer(let name), .module(let name): return "Scores of \(name)"
    case nil: return "Scores"
    }
  }

  package mutating func draw(_ state: ProgramState, into grid: inout Grid, in area: Rectangle) {
    let frame = area.centered(width: min(area.width, 100), height: min(area.height, 26))
    grid.cursor = nil
    grid.fill(frame)
    let scores = scores(state)
    let gone = scores.count { !$0.stays }
    let inside = grid.box(
      frame, title: title(state), note: "\(Quantity.grouped(gone)) of \(Quantity.grouped(scores.count)) go",
      isFocused: true
    ).inset(horizontal: 1, vertical: 0)
    let finite = scores.filter { $0.score.isFinite }
    guard inside.height > 3, let low = finite.map(\.score).min(), let high = finite.map(\.score).max() else {
      return grid.write("There are no scores here yet.", in: inside.row(1), alignment: .center, style: .dim)
    }
    let isLogarithmic = state.layers.isLogarithmic
    let kept = scores.indices.filter { scores[$0].stays }
    // About as many bars as a histogram of so many values can fill.
    let bars = min(inside.width, max(12, Int(3 * Double(scores.count).squareRoot())))
    let spread = ScoreDistribution(
      scores.map(\.score), kept: kept, cells: bars, isLogarithmic: isLogarithmic)
    let plot = Rectangle(x: inside.x, y: inside.y, width: inside.width, height: inside.height - 3)
    draw(spread, into: &grid, in: plot)
    let numbers = Quantity.Column(largest: max(abs(low), abs(high)))
    let axis = inside.row(inside.height - 3)
    grid.horizontalLine(x: axis.x, y: axis.y, length: axis.width, style: .role(.axis))
    let labels = inside.row(inside.height - 2)
    grid.write(numbers.text(low) + numbers.suffix, in: labels, style: .dim)
    grid.write(
      numbers.text(high) + numbers.suffix + (isLogarithmic ? ", logarithmic" : ""), in: labels,
      alignment: .right, style: .dim)
    grid.write(sentence(scores, numbers), in: inside.row(inside.height - 1), style: .role(.title))
  }

  /// Bars from the bottom, in eighths of a row.
  private func draw(_ spread: ScoreDistribution, into grid: inout Grid, in area: Rectangle) {
    let steps = grid.glyphs.verticalSteps
    let most = spread.bins.reduce(0) { max($0, $1.count) }
    guard most > 0 else { return }
    let width = max(1, area.width / spread.bins.count)
    for (index, bin) in spread.bins.enumerated() where bin.count > 0 {
      let role: Role = bin.gone == 0 ? .kept : bin.gone == bin.count ? .cut : .changed
      let units = max(1, bin.count * area.height * steps.count / most)
      for line in 0..<area.height {
        let level = min(steps.count, units - line * steps.count)
        guard level > 0 else { break }
        let bar = Rectangle(x: area.x + index * width, y: area.endY - 1 - line, width: width, height: 1)
        grid.fill(bar.intersection(area), with: steps[level - 1], style: .role(role))
      }
    }
  }

  private func sentence(_ scores: [(score: Double, stays: Bool)], _ numbers: Quantity.Column) -> String {
    let gone = scores.filter { !$0.stays && $0.score.isFinite }.map(\.score)
    let kept = scores.filter { $0.stays && $0.score.isFinite }.map(\.score)
    guard let highest = gone.max() else { return "Nothing goes: the arrow to the right moves the cut." }
    guard let lowest = kept.min() else { return "Everything goes." }
    let total = (gone + kept).reduce(0, +)
    let share =
      total > 0 ? ", with \(Quantity.percent(gone.reduce(0, +) / total, digits: 1)) of all score" : ""
    return highest <= lowest
      ? "The cut is at \(numbers.text((highest + lowest) / 2))\(numbers.suffix)\(share)."
      : "No clean cut: ties, pins or other layers decide\(share)."
  }
}
