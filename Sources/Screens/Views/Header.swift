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

  /// Draws what the network has and would have, what it is worth, and how far running work is.
  static func drawTotals(
    _ state: ProgramState, into grid: inout Grid, in area: Rectangle, worth: Rectangle
  ) {
    grid.fill(area, style: .role(.headline))
    grid.fill(worth, style: .role(.headline))
    guard state.structure != nil else {
      grid.write(" No model is open. ^O opens one.", in: area, style: .role(.headline))
      return
    }
    let hasTwoLines = worth.y > area.y
    var left = figures(state, width: hasTwoLines ? area.width : area.width - 30)
    var end = grid.write(left, x: area.x, y: area.y, clip: area)
    if hasTwoLines {
      left = [Span(" ")] + worthSpans(state)
      end = grid.write(left, x: worth.x, y: worth.y, clip: worth)
    }
    let rest = Rectangle(x: end + 2, y: worth.y, width: worth.endX - end - 3, height: 1)
    if let work = state.engine.activity {
      drawProgress(state, work, into: &grid, in: rest)
    } else {
      drawRest(state, into: &grid, in: rest)
    }
  }

  /// What the network has and would have, as much of it as there is room for: what matters most first.
  private static func figures(_ state: ProgramState, width: Int) -> [Span] {
    guard let structure = state.structure else { return [] }
    let summary = structure.groups.summary
    let preview = state.decision?.preview
    var parts = [
      totals(state, preview?.parameters ?? Change(summary.parameters, summary.parameters), "params"),
      totals(
        state,
        preview?.multiplyAccumulates ?? Change(summary.multiplyAccumulates, summary.multiplyAccumulates),
        "MACs"),
    ]
    if let latency = state.decision?.latency { parts.append(latencySpans(state, latency)) }
    if let bytes = preview?.bytes { parts.append(totals(state, bytes, "file", Quantity.bytes)) }
    var spans = [Span(" ")]
    for (index, part) in parts.enumerated() {
      let next = spans + (index == 0 ? [] : [Span("  ")]) + part
      guard index == 0 || next.columns < width else { continue }
      spans = next
    }
    return spans
  }

  /// What the network is worth now, against the original: `accuracy 91.2→89.0%`; or why that is not known.
  private static func worthSpans(_ state: ProgramState) -> [Span] {
    guard let now = state.currentIteration else { return [] }
    let first = state.engine.iterations.first { $0.parent == nil }
    if let accuracy = now.evaluation?.accuracy {
      let before = now.parent == nil ? nil : first?.evaluation?.accuracy
      return change(
        "accuracy", before.map { Quantity.fixed(100 * $0, digits: 1) }, Quantity.percent(accuracy, digits: 1),
        points: before.map { 100 * (accuracy - $0) })
    }
    if let deviation = now.outputDeviation {
      return [
        Span("outputs differ by ", .headline), Span(deviation.text, deviation.isLarge ? .warning : .title),
      ]
    }
    if let loss = now.evaluation?.loss {
      let before = now.parent == nil ? nil : first?.evaluation?.loss
      return change(
        "loss", before.map { Quantity.significant($0, digits: 3) }, Quantity.significant(loss, digits: 3),
        points: nil)
    }
    if state.engine.data == nil { return [Span("accuracy not known: no data (d)", .dim)] }
    return [
      Span(
        state.engine.activity?.kind == .evaluating
          ? "accuracy is being measured" : "accuracy not measured (E)", .dim)
    ]
  }

  private static func change(_ name: String, _ before: String?, _ after: String, points: Double?) -> [Span] {
    let fell = (points ?? 0) < -1
    var spans = [Span(name + " ", .headline)]
    if let before, before != after.filter({ $0 != "%" }) { spans.append(Span(before + "→", .headline)) }
    spans.append(Span(after, fell ? .warning : .title))
    if let points, abs(points) >= 0.05 {
      spans.append(
        Span(
          " \(points < 0 ? "−" : "+")\(Quantity.fixed(abs(points), digits: 1))", fell ? .warning : .headline))
    }
    return spans
  }

  /// `11.7→9.4 M params −20%`: what changes is in the colour of changes.
  static func totals(
    _ state: ProgramState, _ change: Change<Int>, _ unit: String,
    _ format: (Int) -> String = { Quantity.count($0) }
  ) -> [Span] {
    guard change.before != change.after else {
      return [Span(format(change.before), .title), Span(" " + unit, .headline)]
    }
    let (before, after) = ChangeText.pair(change, format)
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
    let job = state.engine.jobs.first
    if state.engine.isIterating, let position = job?.position, !position.isEmpty {
      phase = position
      label = work.kind == .training ? position : "\(position): \(label)"
    }
    // What matters most comes first; what has no room beside a bar of eight cells is left out.
    var notes: [String] = []
    if state.engine.isPaused { notes.append("held (Space z)") }
    if let left = job?.secondsLeft ?? (job == nil ? progress.secondsLeft : nil) {
      notes.append("ETA " + Quantity.duration(seconds: left))
    }
    let inLine = state.engine.jobs.count { $0.number != nil }
    if inLine > 0 { notes.append("+\(inLine) in line (Q)") }
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

  /// What the choice is expected to lose, or how many of the kernels that go more examples could change; empty where neither is
  /// known.
  private static func sureness(_ state: ProgramState) -> String {
    let text: String?
    if let loss = state.decision?.expectedLoss {
      text = "loss \(Quantity.loss(loss)) expected"
    } else {
      text = state.decision?.uncertainty.map {
        $0.expectedChanges < 0.5
          ? "settled"
          : "\(Quantity.approximately(Int(cut: $0.expectedChanges.rounded()))) of \(Quantity.grouped($0.removedKernels)) could change"
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
