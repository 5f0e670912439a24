internal import Graph
internal import Pruning
internal import TerminalUI

extension ProgramState {
  /// Where each screen's name stands in the first line.
  var tabSlots: [(screen: Screen, title: String, area: Rectangle)] {
    // Beside the names there is room for the model's, and where the screen is wide for what it is.
    let full = Screen.allCases.reduce(0) { $0 + $1.title.columns + 4 }
    let isShort = full + 72 > width
    var x = 0
    return Screen.allCases.map { screen in
      let title = isShort ? screen.shortTitle : screen.title
      let width = title.columns + (isShort ? 3 : 4)
      defer { x += width }
      return (screen, title, Rectangle(x: x, y: 0, width: width, height: 1))
    }
  }

  /// Draws the names of the screens, and the model's to the right.
  func drawTabs(into grid: inout Grid, in area: Rectangle) {
    grid.fill(area, style: .role(.headline))
    var end = area.x
    let shown = Set(layout.panes.map(\.screen))
    for (screen, title, slot) in tabSlots {
      let isFocused = screen == focus
      let base: Style =
        isFocused ? .role(.selection, .bold) : .role(shown.contains(screen) ? .title : .headline)
      grid.fill(slot, style: base)
      let x = grid.write(
        "\(screen.number)", x: slot.x + 1, y: slot.y, style: isFocused ? base : .role(.footerKey))
      grid.write(title, x: x + 1, y: slot.y, style: base)
      end = slot.endX
    }
    guard let model = engine.model else { return }
    let name = model.fileName + (hasUnsavedWork ? " [+]" : "") + " "
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
  func drawTotals(into grid: inout Grid, in area: Rectangle) {
    grid.fill(area, style: .role(.headline))
    guard let structure else {
      grid.write(" No model is open. ^O opens one.", in: area, style: .role(.headline))
      return
    }
    let parameters =
      decision?.preview.parameters
      ?? Change(structure.groups.summary.parameters, structure.groups.summary.parameters)
    let macs =
      decision?.preview.multiplyAccumulates
      ?? Change(structure.groups.summary.multiplyAccumulates, structure.groups.summary.multiplyAccumulates)
    var left = [Span(" ")] + totals(parameters, "params") + [Span("  ")] + totals(macs, "MACs")
    if area.width >= ScreenLayout.wideColumns, let latency = decision?.latency {
      left += [Span("  ")] + latencySpans(latency)
    }
    let end = grid.write(left, x: area.x, y: area.y, clip: area)
    let rest = Rectangle(x: end + 2, y: area.y, width: area.endX - end - 3, height: 1)
    if let work = engine.activity {
      drawProgress(work, into: &grid, in: rest)
    } else {
      drawRest(into: &grid, in: rest)
    }
  }

  /// `11.7→9.4 M params −20%`: what changes is in the colour of changes.
  private func totals(_ change: Change<Int>, _ unit: String) -> [Span] {
    guard change.before != change.after else {
      return [Span(Quantity.count(change.before), .title), Span(" " + unit, .headline)]
    }
    let (before, after) = ChangeText.pair(change)
    return (before.map { [Span($0 + "→", .headline)] } ?? []) + [
      Span(after, .changed), Span(" \(unit) ", .headline), Span(ChangeText.percent(change), .changed),
    ]
  }

  /// `4.21→3.1 ms −26% estimated`; a measured time where nothing would change.
  private func latencySpans(_ change: Change<Int>) -> [Span] {
    let (before, after) = ChangeText.pair(change, ChangeText.time)
    guard change.before != change.after else {
      let word = measuredSeconds == nil ? " estimated" : " measured"
      return [Span(after, .title), Span(word, .headline)]
    }
    return (before.map { [Span($0 + "→", .headline)] } ?? []) + [
      Span(after + " ", .changed), Span(ChangeText.percent(change), .changed), Span(" estimated", .headline),
    ]
  }

  /// The latency before and after, with what is measured and what estimated; `nil` until layers were measured.
  var latencySentence: String? {
    guard let change = decision?.latency else { return nil }
    let isMeasured = measuredSeconds != nil
    if change.before == change.after {
      return ChangeText.time(change.before) + (isMeasured ? ", measured" : ", estimated")
    }
    return ChangeText.sentence(change, ChangeText.time)
      + (isMeasured ? ", measured → estimated" : ", both estimated")
  }

  private func drawProgress(_ work: Activity, into grid: inout Grid, in area: Rectangle) {
    let progress = work.progress
    var phase = work.kind.rawValue
    var label = phase + " \(Quantity.grouped(progress.done))/\(Quantity.grouped(progress.total))"
    if let training = engine.training?.state, work.kind == .training {
      phase = training.epoch == 0 ? phase : "training epoch \(training.epoch)/\(training.epochs)"
      label = phase
    }
    // What matters most comes first; what has no room beside a bar of eight cells is left out.
    var notes: [String] = []
    if let left = progress.secondsLeft { notes.append("ETA " + Quantity.duration(seconds: left)) }
    if let rate = work.rate {
      notes.append(Quantity.significant(rate, digits: 3) + " \(progress.shownUnit)/s")
    }
    if let settled = settledText, work.kind != .training { notes.append(settled) }
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

  /// How settled the order of the kernels around the cuts is, in words.
  private var settledText: String? {
    guard let settled = decision?.settledFraction else { return isFrozen ? "frozen" : nil }
    let text = settled >= 0.995 ? "settled" : Quantity.percent(settled) + " settled"
    return isFrozen ? text + ", frozen" : text
  }

  private func drawRest(into grid: inout Grid, in area: Rectangle) {
    var texts: [String] = []
    if engine.busyCount > 0 { texts.append("working") }
    if let scores = engine.scores.value {
      texts.append(scoreDescription)
      if scores.examples > 0, let settledText { texts.append(settledText) }
    }
    while texts.count > 1, texts.joined(separator: " · ").columns > area.width { texts.removeLast() }
    grid.write(texts.joined(separator: " · "), in: area, alignment: .right, style: .role(.headline))
  }

  // MARK: The lower lines

  /// Draws the line above the footer: what is being typed, a message, or what is to be said of the selection.
  func drawStatus(into grid: inout Grid, in area: Rectangle) {
    let inner = area.inset(horizontal: 1, vertical: 0)
    switch inputLine {
    case .filter(let field, _):
      let start = grid.write(
        focus == .log ? "search " : "filter ", x: inner.x, y: inner.y, style: .role(.title))
      field.draw(into: &grid, in: Rectangle(x: start, y: inner.y, width: inner.endX - start, height: 1))
    case .command(let field):
      let start = grid.write(":", x: inner.x, y: inner.y, style: .role(.title))
      field.draw(into: &grid, in: Rectangle(x: start, y: inner.y, width: inner.endX - start, height: 1))
    case nil:
      if let status {
        status.draw(into: &grid, in: inner)
      } else {
        grid.write(standingMessage, in: inner, style: .dim)
      }
    }
  }

  /// What the line above the footer says when nothing happened.
  private var standingMessage: String {
    guard engine.structure.value != nil else { return "^O opens a model, q leaves." }
    if focus == .train || focus == .iterations { return "" }
    guard let place = layers.selectedLayer, let coupled = selectedCoupledLayer else {
      return layers.filter.isEmpty ? "" : "No layer contains \"\(layers.filter)\". Esc ends the filter."
    }
    if focus == .kernels, let kernel = kernels.selectedKernel {
      let tied = companions(of: kernel, in: coupled)
      return "Kernel \(kernel)" + (tied.isEmpty ? " goes alone." : " goes together with \(tied).")
    }
    if focus == .sensitivity, let message = sensitivityMessage { return message }
    let layer = coupled.layer
    if !coupled.isPrunable { return "\(layer.name): \(coupled.reason?.sentence ?? "Its kernels cannot go.")" }
    if engine.data == nil, settings == history.initial {
      let source = engine.scores.value.map { "scores from weights (\($0.criterion.rawValue))" } ?? "no scores"
      return "No data yet; \(source). d chooses data."
    }
    guard let preview = preview(of: place) else { return layer.name }
    var text = "\(layer.name)  \(preview.kernels.before) → \(preview.kernels.after) kernels"
    if let why = shortfall(of: place) { return text + ": \(why)" }
    let partners = partners(of: place)
    if let first = partners.first {
      text +=
        partners.count == 1
        ? "; tied to \(coupledLayers[first].layer.name)"
        : "; tied to \(coupledLayers[first].layer.name) and \(partners.count - 1) more"
    }
    return text
  }

  /// Why something else goes than was asked for; `nil` where just that goes.
  private func shortfall(of place: Int) -> String? {
    guard let decision, decision.selection.asked.indices.contains(place), let preview = preview(of: place)
    else { return nil }
    let (asked, got) = (decision.selection.asked[place], preview.kernels.before - preview.kernels.after)
    guard asked != got else { return nil }
    return "\(asked) were asked to go, \(got) go (floors, pins, ties and rounding decide)"
  }

  /// Draws the keys that can be pressed now.
  func drawFooter(into grid: inout Grid, in area: Rectangle) {
    grid.fill(area, style: .role(.footerText))
    let spans: [Span]
    if let overlay = overlays.last {
      spans = hints(overlay.hints, grid.glyphs)
    } else if let inputLine {
      let candidates = inputLine.field.candidates
      if candidates.isEmpty {
        let isCommand = if case .command = inputLine { true } else { false }
        spans = hints(
          [(.enter, isCommand ? "run" : "done"), (.escape, "cancel")]
            + (isCommand ? [(.tab, "complete")] : []), grid.glyphs)
      } else {
        spans = [Span(" " + candidates.joined(separator: "  "), .footerText)]
      }
    } else {
      spans = footerMap.footer(width: area.width, glyphs: grid.glyphs)
    }
    grid.write(spans, in: area)
  }

  private func hints(_ list: [(Key, String)], _ glyphs: Glyphs) -> [Span] {
    list.flatMap { [Span(" " + $0.0.label(glyphs), .footerKey), Span(" " + $0.1 + " ", .footerText)] }
  }
}

extension Overlay {
  /// The keys that it takes, for the footer.
  var hints: [(Key, String)] {
    switch self {
    case .help: [(.up, "scroll up"), (.down, "scroll down"), (.escape, "close")]
    case .data, .open, .export: [(.tab, "complete, next field"), (.enter, "go on"), (.escape, "cancel")]
    case .training: [(.enter, "train"), (.left, "other value"), (.tab, "next field"), (.escape, "cancel")]
    case .iterating: [(.enter, "begin"), (.left, "other value"), (.tab, "next field"), (.escape, "cancel")]
    case .name: [(.enter, "name"), (.escape, "cancel")]
    case .comparison(let comparison):
      comparison.isFiltering
        ? [(.enter, "done"), (.escape, "no filter")]
        : [
          (.down, "layers"), ("/", "filter"), (.tab, comparison.showsCurves ? "layers" : "curves"),
          (.escape, "close"),
        ]
    case .recovery: [(.enter, "recover"), (.space, "choose"), (.tab, "next field"), (.escape, "cancel")]
    case .target, .amount, .suggestion: [(.enter, "propose"), (.tab, "next field"), (.escape, "cancel")]
    case .settings:
      [(.left, "other value"), (.right, "other value"), (.tab, "next"), (.enter, "keep"), (.escape, "undo")]
    case .sort, .criterion, .themes: [(.enter, "choose"), (.escape, "cancel")]
    case .confirmation: [("y", "yes"), ("n", "no"), (.escape, "no")]
    case .message: [(.escape, "close")]
    case .timeline:
      [(.space, "run, pause"), ("s", "one epoch"), ("e", "change"), ("c", "current"), (.escape, "close")]
    case .policy: [(.enter, "change"), (.tab, "next field"), (.escape, "cancel")]
    }
  }
}
