internal import Graph
internal import Pruning
internal import TerminalUI

/// The two lines at the top: the screens, and what the network has.
enum Header {
  /// Where each screen's name stands in the first line.
  static func tabSlots(_ state: ProgramState) -> [(screen: Screen, title: String, area: Rectangle)] {
    // Beside the names there is room for the model's, and where the screen is wide for what it is.
    let full = Screen.allCases.reduce(0) { $0 + $1.title.columns + 4 }
    let isShort = full + 72 > state.width
    var x = 0
    return Screen.allCases.map { screen in
      let title = isShort ? screen.feature.shortTitle : screen.title
      let width = title.columns + (isShort ? 3 : 4)
      defer { x += width }
      return (screen, title, Rectangle(x: x, y: 0, width: width, height: 1))
    }
  }

  /// Draws the names of the screens, and the model's to the right.
  static func drawTabs(_ state: ProgramState, into grid: inout Grid, in area: Rectangle) {
    grid.fill(area, style: .role(.headline))
    var end = area.x
    let shown = Set(state.layout.panes.map(\.screen))
    for (screen, title, slot) in tabSlots(state) {
      let isFocused = screen == state.focus
      let base: Style =
        isFocused ? .role(.selection, .bold) : .role(shown.contains(screen) ? .title : .headline)
      grid.fill(slot, style: base)
      let x = grid.write(
        "\(screen.number)", x: slot.x + 1, y: slot.y, style: isFocused ? base : .role(.footerKey))
      grid.write(title, x: x + 1, y: slot.y, style: base)
      end = slot.endX
    }
    guard let model = state.engine.model else { return }
    let name = model.fileName + (state.hasUnsavedWork ? " [+]" : "") + " "
    let facts = [model.format, model.input, Quantity.bytes(model.bytes)].joined(separator: " · ")
    let room = area.endX - end - 1
    let place = Rectangle(x: end + 1, y: area.y, width: room, height: 1)
    let spans: [Span]
    if (facts + name).columns + 3 <= room {
      spans = [Span(facts + "   ", .dim), Span(name, .title)]
    } else {
      spans = [Span(name.truncatedInMiddle(toColumns: room, ellipsis: grid.glyphs.ellipsis), .title)]
    }
    grid.write(spans, in: place, alignment: .right)
  }

  /// Draws what the network has and would have, and how far running work is.
  static func drawTotals(_ state: ProgramState, into grid: inout Grid, in area: Rectangle) {
    grid.fill(area, style: .role(.headline))
    guard let structure = state.structure else {
      grid.write(" No model is open. ^O opens one.", in: area, style: .role(.headline))
      return
    }
    let parameters =
      state.decision?.preview.parameters
      ?? Change(structure.groups.summary.parameters, structure.groups.summary.parameters)
    let macs =
      state.decision?.preview.multiplyAccumulates
      ?? Change(structure.groups.summary.multiplyAccumulates, structure.groups.summary.multiplyAccumulates)
    var left = [Span(" ")] + totals(state, parameters, "params") + [Span("  ")] + totals(state, macs, "MACs")
    if area.width >= ScreenLayout.wideColumns, let latency = state.decision?.latency {
      left += [Span("  ")] + latencySpans(state, latency)
    }
    let end = grid.write(left, x: area.x, y: area.y, clip: area)
    let rest = Rectangle(x: end + 2, y: area.y, width: area.endX - end - 3, height: 1)
    if let work = state.engine.activity {
      drawProgress(state, work, into: &grid, in: rest)
    } else {
      drawRest(state, into: &grid, in: rest)
    }
  }

  /// `11.7→9.4 M params −20%`: what changes is in the colour of changes.
  static func totals(_ state: ProgramState, _ change: Change<Int>, _ unit: String) -> [Span] {
    guard change.before != change.after else {
      return [Span(Quantity.count(change.before), .title), Span(" " + unit, .headline)]
    }
    let (before, after) = ChangeText.pair(change)
    return (before.map { [Span($0 + "→", .headline)] } ?? []) + [
      Span(after, .changed), Span(" \(unit) ", .headline), Span(ChangeText.percent(change), .changed),
    ]
  }

  /// `4.21→3.1 ms −26% estimated`; a measured time where nothing would change.
  private static func latencySpans(_ state: ProgramState, _ change: Change<Int>) -> [Span] {
    let (before, after) = ChangeText.pair(change, ChangeText.time)
    guard change.before != change.after else {
      let word = state.measuredSeconds == nil ? " estimated" : " measured"
      return [Span(after, .title), Span(word, .headline)]
    }
    return (before.map { [Span($0 + "→", .headline)] } ?? []) + [
      Span(after + " ", .changed), Span(ChangeText.percent(change), .changed), Span(" estimated", .headline),
    ]
  }

  /// The latency before and after, with what is measured and what estimated; `nil` until layers were measured.
  static func latencySentence(_ state: ProgramState) -> String? {
    guard let change = state.decision?.latency else { return nil }
    let isMeasured = state.measuredSeconds != nil
    if change.before == change.after {
      return ChangeText.time(change.before) + (isMeasured ? ", measured" : ", estimated")
    }
    return ChangeText.sentence(change, ChangeText.time)
      + (isMeasured ? ", measured → estimated" : ", both estimated")
  }

  private static func drawProgress(
    _ state: ProgramState, _ work: Activity, into grid: inout Grid, in area: Rectangle
  ) {
    let progress = work.progress
    var phase = work.kind.rawValue
    var label = phase + " \(Quantity.grouped(progress.done))/\(Quantity.grouped(progress.total))"
    if let training = state.engine.training?.state, work.kind == .training {
      phase = training.epoch == 0 ? phase : "training epoch \(training.epoch)/\(training.epochs)"
      label = phase
    }
    // What matters most comes first; what has no room beside a bar of eight cells is left out.
    var notes: [String] = []
    if let left = progress.secondsLeft { notes.append("ETA " + Quantity.duration(seconds: left)) }
    if let rate = work.rate {
      notes.append(Quantity.significant(rate, digits: 3) + " \(progress.shownUnit)/s")
    }
    let sureness = sureness(state)
    if !sureness.isEmpty, work.kind != .training { notes.append(sureness) }
    while notes.count > 1, label.columns + 12 + notes.joined(separator: "  ").columns > area.width {
      notes.removeLast()
    }
    if let fraction = work.fraction, label.columns + 9 + notes.joined().columns > area.width {
      label = phase + " " + Quantity.percent(fraction)
    }
    let width = min(area.width, label.columns + notes.joined(separator: "  ").columns + 34)
    let place = Rectangle(x: area.endX - width, y: area.y, width: width, height: 1)
    ProgressBar(work.fraction, label: label, note: notes.joined(separator: "  "), phase: progress.done)
      .draw(into: &grid, in: place)
  }

  /// What the choice is expected to lose, or how settled the order of the kernels around the cuts is; empty where neither is
  /// known.
  private static func sureness(_ state: ProgramState) -> String {
    let text: String?
    if let loss = state.decision?.expectedLoss {
      text = "loss \(Quantity.loss(loss)) expected"
    } else {
      text = state.decision?.settledFraction.map {
        $0 >= 0.995 ? "settled" : Quantity.percent($0) + " settled"
      }
    }
    return [text, state.isFrozen ? "frozen" : nil].compactMap { $0 }.joined(separator: ", ")
  }

  static func drawRest(_ state: ProgramState, into grid: inout Grid, in area: Rectangle) {
    var texts: [String] = []
    if state.engine.busyCount > 0 { texts.append("working") }
    if let scores = state.engine.scores.value {
      texts.append(Running.scoreDescription(state))
      let sureness = sureness(state)
      if scores.examples > 0, !sureness.isEmpty { texts.append(sureness) }
    }
    while texts.count > 1, texts.joined(separator: " · ").columns > area.width { texts.removeLast() }
    grid.write(texts.joined(separator: " · "), in: area, alignment: .right, style: .role(.headline))
  }
}
