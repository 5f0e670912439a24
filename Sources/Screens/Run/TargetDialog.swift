internal import Graph
internal import Pruning
package import TerminalUI

/// A target for the whole network, as a slider: what comes of it is in force while it is moved, so that the table behind it
/// shows every layer; Escape takes it back.
package struct TargetDialog: FormOverlay {
  package var form: Form
  /// What Escape brings back.
  let before: SettingsHistory
  /// The iteration whose target it is.
  let iteration: Int
  /// Where the slider was drawn last, for the mouse.
  private var track = Rectangle(width: 0, height: 0)

  /// What the slider goes over, in percent.
  private static let range = 5.0...100.0

  package var hints: [(Key, String)] {
    [
      (.enter, "propose"), (.left, "less"), (.right, "more"), (.pageDown, "10 less"), (.tab, "next field"),
      (.escape, "take back"),
    ]
  }

  init(form: Form, _ state: ProgramState) {
    self.form = form
    before = state.history
    iteration = state.engine.currentIteration
  }

  // MARK: Input

  package mutating func handle(_ event: Event, _ state: inout ProgramState) -> OverlayReaction {
    guard iteration == state.engine.currentIteration else { return .closes() }
    if slide(by: event) {
      apply(&state)
      return .stays()
    }
    switch form.handle(event) {
    case .changed: apply(&state)
    case .handled: break
    case .pressed("ok"): return submit(&state)
    case .pressed, .cancelled:
      takeBack(&state)
      return .closes()
    }
    return .stays()
  }

  /// Moves the slider where the event asks for it: arrows while the amount is selected, page keys, the wheel, a press on it.
  private mutating func slide(by event: Event) -> Bool {
    var share = share
    switch event {
    case .key(.left) where isSliding: share -= 1
    case .key(.right) where isSliding: share += 1
    case .key(.pageDown): share -= 10
    case .key(.pageUp): share += 10
    case .mouse(let mouse):
      if let wheel = mouse.wheel {
        share += wheel == .up ? 1 : -1
      } else if mouse.action == .press, track.contains(x: mouse.x, y: mouse.y), track.width > 1 {
        let place = Double(mouse.x - track.x) / Double(track.width - 1)
        share = Self.range.lowerBound + place * (Self.range.upperBound - Self.range.lowerBound)
      } else {
        return false
      }
    default: return false
    }
    share = min(Self.range.upperBound, max(Self.range.lowerBound, share.rounded()))
    var field = TextField(AmountText.percent(share))
    field.selectAll()
    form.fields[0].value = .text(field)
    form.fields[0].problem = nil
    form.focus = 0
    return true
  }

  /// Whether arrows move the slider rather than a cursor in the amount.
  private var isSliding: Bool { form.focus == 0 && form.focusedText?.isSelected == true }

  /// What the slider stands at; where an amount was typed, where it would stand is not known.
  private var share: Double {
    if case .percent(let share)? = target?.remaining { share } else { 50 }
  }

  private var quantity: Target.Quantity { Target.Quantity(rawValue: form.text(of: "quantity")) ?? .macs }

  private var target: Target? { Target(form.text(of: "share"), quantity: quantity) }

  private func way(_ state: ProgramState) -> ProgramState.Way {
    ProgramState.Way.allCases.first { $0.words == form.text(of: "scope") } ?? state.way
  }

  // MARK: What comes of it

  package mutating func wasRestored(_ state: ProgramState) {}

  /// Puts what the fields say in force, as far as it is known what comes of it.
  private mutating func apply(_ state: inout ProgramState) {
    takeBack(&state)
    guard let target, case .scope(let scope) = way(state) else { return }
    if target.quantity == .latency, state.engine.latency.value == nil { return }
    _ = state.pursue(target, scope: scope)
    // What came of it stands in the dialog; only what is amiss is said.
    if state.status?.severity != .warning, state.status?.severity != .error { state.status = nil }
  }

  private func takeBack(_ state: inout ProgramState) {
    if state.history != before { state.history = before }
  }

  package mutating func submit(_ state: inout ProgramState) -> OverlayReaction {
    takeBack(&state)
    guard let target else {
      let example = quantity.measure.map { ", or \($0.exampleAmount)" } ?? ""
      form.setProblem("Write a share above 0 and up to 100, such as 50%\(example).", of: "share")
      return .stays()
    }
    if target.quantity == .latency, state.engine.latency.value == nil {
      // The dialog stays: what was typed holds when the layers are measured.
      let quantity = Target.Quantity.allCases.firstIndex(of: .latency) ?? 0
      form.fields[1].value = .choice(Target.Quantity.allCases.map(\.rawValue), selected: quantity)
      form.setProblem(state.latencyObstacle, of: "quantity")
      return .stays(state.measureLatency())
    }
    guard case .scope(let scope) = way(state) else { return .closes(state.measureLosses(for: target)) }
    return .closes(state.pursue(target, scope: scope))
  }

  /// A target is that of one network.
  package mutating func adopt(_ news: News, _ state: ProgramState) -> Bool { !news.isAnotherNetwork }

  // MARK: Drawing

  package mutating func draw(_ state: ProgramState, into grid: inout Grid, in area: Rectangle) {
    var form = form
    // What stands in a latency's way says how far it is.
    if state.engine.latency.value == nil,
      form.fields.contains(where: { $0.id == "quantity" && $0.problem != nil })
    {
      form.setProblem(state.latencyObstacle, of: "quantity")
    }
    let width = min(area.width, form.idealWidth)
    form.message = [sliderSpans(width: width - 4, grid.glyphs)] + Self.figures(state)
    // The table stays in sight: on a wide screen to the left, else above.
    let isWide = area.width >= ScreenLayout.wideColumns
    let height = min(area.height, form.message.count + form.fields.count + 7)
    let place =
      isWide
      ? Rectangle(x: area.endX - width - 2, y: area.y, width: width + 2, height: area.height)
      : Rectangle(x: area.x, y: area.endY - height, width: area.width, height: height)
    let frame = form.draw(into: &grid, in: place)
    track = Rectangle(x: frame.x + 7, y: frame.y + 1, width: max(0, width - 18), height: 1)
  }

  /// `  5% ▕█████████      ▏ 100%`: what may remain.
  private func sliderSpans(width: Int, _ glyphs: Glyphs) -> [Span] {
    let cells = max(1, width - 14)
    let fraction = (share - Self.range.lowerBound) / (Self.range.upperBound - Self.range.lowerBound)
    let knob = min(cells - 1, max(0, Int(cut: (fraction * Double(cells - 1)).rounded())))
    let full = glyphs.horizontalSteps[glyphs.horizontalSteps.count - 1]
    func run(_ scalar: Unicode.Scalar, _ count: Int) -> String {
      String(repeating: Character(scalar), count: max(0, count))
    }
    return [
      Span("   5% ", .dim), Span(run(full, knob), .bar), Span(run(full, 1), .changed),
      Span(run(glyphs.horizontal, cells - knob - 1), .dim), Span(" 100%", .dim),
    ]
  }

  /// What the network becomes, in lines, each with before, after and the change.
  static func figures(_ state: ProgramState) -> [[Span]] {
    guard let preview = state.decision?.preview else { return [] }
    var lines: [[Span]] = [
      [Span("Parameters  ", .dim), Span(ChangeText.sentence(preview.parameters))],
      [Span("MACs        ", .dim), Span(ChangeText.sentence(preview.multiplyAccumulates))],
    ]
    if let latency = Header.latencySentence(state) {
      lines.append([Span("Latency     ", .dim), Span(latency)])
    }
    lines.append([Span("File        ", .dim), Span(ChangeText.sentence(preview.bytes, Quantity.bytes))])
    if let loss = state.expectedLossSentence { lines.append([Span("Loss        ", .dim), Span(loss)]) }
    return lines
  }

  package func outcome(_ state: ProgramState) -> [[Span]] { [] }
}
