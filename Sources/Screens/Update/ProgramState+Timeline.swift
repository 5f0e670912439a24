internal import TerminalUI

/// The timeline of a schedule: moving in it, going on, waiting, changing it.
extension ProgramState {
  /// Opens the schedule at a path, or shows the one that is open.
  mutating func openTimeline(_ argument: String) -> [Effect] {
    if argument.isEmpty, engine.timeline == nil {
      say("Name a schedule: :schedule FILE.yaml", .warning)
      return []
    }
    overlays.removeAll { if case .timeline = $0 { true } else { false } }
    guard !argument.isEmpty else {
      overlays.append(.timeline(TimelineOverlay()))
      return []
    }
    awaitedTimeline = argument.split(separator: "/").last.map(String.init)
    say("Reading \(argument)\u{2026}")
    return [.openSchedule(path: argument)]
  }

  /// Shows the timeline once the engine has it; forgets about it where something failed instead.
  mutating func showAwaitedTimeline(failedBefore: Int?) {
    guard let name = awaitedTimeline else { return }
    if engine.failure?.number != failedBefore {
      awaitedTimeline = nil
    } else if engine.timeline?.name == name {
      awaitedTimeline = nil
      status = nil
      overlays.append(.timeline(TimelineOverlay()))
    }
  }

  mutating func handle(_ event: Event, in timeline: TimelineOverlay) -> [Effect] {
    guard let summary = engine.timeline else { return [] }
    var timeline = timeline
    var effects: [Effect] = []
    if case .key(let key) = event {
      switch key {
      case .escape, "q": return []
      case .left, "h": timeline.move(by: -1, of: summary)
      case .right, "l": timeline.move(by: 1, of: summary)
      case .pageUp: timeline.move(by: -10, of: summary)
      case .pageDown: timeline.move(by: 10, of: summary)
      case .home, "g": timeline.move(by: -summary.epochs, of: summary)
      case .end, "G": timeline.move(by: summary.epochs, of: summary)
      case .up, "k": timeline.row = max(0, timeline.row - 1)
      case .down, "j": timeline.row = min(max(0, summary.rows.count - 1), timeline.row + 1)
      case "c": timeline.follows = true
      case .space: effects = order(summary.isWaiting ? .goOn : .pause, summary)
      case "s": effects = order(.step, summary)
      case "e":
        overlays.append(.timeline(timeline))
        editPolicy(timeline.row, of: summary)
        return []
      default: break
      }
    }
    overlays.append(.timeline(timeline))
    return effects
  }

  private mutating func order(_ order: TimelineOrder, _ summary: TimelineSummary) -> [Effect] {
    if let outcome = summary.outcome {
      say(outcome)
      return []
    }
    if engine.data == nil, order != .pause {
      say("Choose data first (d): a schedule trains.", .warning)
      return []
    }
    return [.schedule(order)]
  }

  // MARK: Changing

  private mutating func editPolicy(_ place: Int, of summary: TimelineSummary) {
    guard summary.rows.indices.contains(place) else { return }
    let row = summary.rows[place]
    var fields: [Form.Field] = []
    if let sparsity = row.finalSparsity {
      fields.append(
        .init(
          "sparsity", "Final sparsity", .text(TextField(Quantity.fixed(sparsity, digits: 2))),
          hint: "a share from 0 to 1"))
    }
    if let range = row.range {
      fields += [
        .init("start", "Starting epoch", .text(TextField("\(range.start)")), hint: "the first, from 0"),
        .init("end", "Ending epoch", .text(TextField("\(range.end)")), hint: "the one behind the last"),
        .init("frequency", "Frequency", .text(TextField("\(range.frequency)")), hint: "every so many epochs"),
      ]
    }
    guard !fields.isEmpty else {
      return say("\(row.name) acts at listed epochs and has no sparsity to change.")
    }
    overlays.append(
      .policy(Form(title: row.name, message: [[Span(row.className, .dim)]], fields: fields), place: place))
  }

  mutating func handlePolicy(_ event: Event, _ form: Form, _ place: Int) -> [Effect] {
    var form = form
    switch form.handle(event) {
    case .pressed("ok"):
      func has(_ id: String) -> Bool { form.fields.contains { $0.id == id } }
      func number<T: LosslessStringConvertible>(_ id: String, _ type: T.Type, _ holds: (T) -> Bool) -> T? {
        let value = T(form.text(of: id)).flatMap { holds($0) ? $0 : nil }
        form.setProblem(
          value == nil ? "This is not \(T.self == Int.self ? "a whole number" : "a share")." : nil, of: id)
        return value
      }
      var sparsity: Double?
      if has("sparsity") {
        sparsity = number("sparsity", Double.self) { 0...1 ~= $0 }
        guard sparsity != nil else { break }
      }
      var range: TimelineSummary.Row.Range?
      if has("start") {
        guard let start = number("start", Int.self, { $0 >= 0 }),
          let end = number("end", Int.self, { $0 > start }),
          let frequency = number("frequency", Int.self, { $0 > 0 })
        else { break }
        range = .init(start: start, end: end, frequency: frequency)
      }
      return [.schedule(.change(policy: place, finalSparsity: sparsity, range: range))]
    case .pressed, .cancelled: return []
    case .changed, .handled: break
    }
    overlays.append(.policy(form, place: place))
    return []
  }
}

extension TimelineOverlay {
  /// Moves the cursor along the epochs; it no longer goes along with the training.
  mutating func move(by epochs: Int, of summary: TimelineSummary) {
    let from = follows ? summary.epoch : epoch
    epoch = min(max(0, summary.epochs - 1), max(0, from + epochs))
    follows = false
  }

  /// The epoch that is looked at.
  func shownEpoch(of summary: TimelineSummary) -> Int {
    min(max(0, summary.epochs - 1), follows ? summary.epoch : epoch)
  }
}
