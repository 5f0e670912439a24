package import TerminalUI

/// The timeline of a schedule over the panes: which cell is looked at, going on, waiting, changing.
package struct TimelineOverlay: Overlay {
  package var row = 0
  package var epoch = 0
  /// Whether the cursor goes along with the epoch that is trained.
  package var follows = true
  /// The first epoch in view.
  package var offset = 0

  package var hints: [(Key, String)] {
    [(.space, "run, pause"), (">", "one epoch"), ("e", "change"), (".", "current"), (.escape, "close")]
  }

  /// Opens the schedule at a path, or shows the one that is open.
  static func open(_ state: inout ProgramState, _ argument: String) -> [Effect] {
    if argument.isEmpty, state.engine.timeline == nil {
      state.say("Name a schedule: :schedule FILE.yaml", .warning)
      return []
    }
    state.overlays.removeAll(TimelineOverlay.self)
    guard !argument.isEmpty else {
      state.overlays.append(TimelineOverlay())
      return []
    }
    state.awaitedTimeline = argument.nameInFolder
    state.say("Reading \(argument)\u{2026}")
    return [.engine(.openSchedule(path: argument))]
  }

  /// Shows the timeline once the engine has it; forgets about it where something failed instead.
  static func showAwaited(_ state: inout ProgramState, failedBefore: Int?) {
    guard let name = state.awaitedTimeline else { return }
    if state.engine.failure?.number != failedBefore {
      state.awaitedTimeline = nil
    } else if state.engine.timeline?.name == name {
      state.awaitedTimeline = nil
      state.status = nil
      state.announce(TimelineOverlay())
    }
  }

  package mutating func handle(_ event: Event, _ state: inout ProgramState) -> OverlayReaction {
    guard let summary = state.engine.timeline else { return .closes() }
    var effects: [Effect] = []
    if case .key(let key) = event {
      switch key {
      case .escape, "q": return .closes()
      case .left, "h": move(by: -1, of: summary)
      case .right, "l": move(by: 1, of: summary)
      case .pageUp: move(by: -10, of: summary)
      case .pageDown: move(by: 10, of: summary)
      case .home, "g": move(by: -summary.epochs, of: summary)
      case .end, "G": move(by: summary.epochs, of: summary)
      case .up, "k": row = max(0, row - 1)
      case .down, "j": row = min(max(0, summary.rows.count - 1), row + 1)
      case ".": follows = true
      case .space: effects = Self.order(&state, summary.isWaiting ? .goOn : .pause, summary)
      case ">": effects = Self.order(&state, .step, summary)
      case "e": PolicyDialog.open(&state, row, of: summary)
      default: break
      }
    }
    return .stays(effects)
  }

  package mutating func draw(_ state: ProgramState, into grid: inout Grid, in area: Rectangle) {
    // The line of messages stays in view.
    let above = Rectangle(x: area.x, y: area.y, width: area.width, height: area.height - 1)
    if let summary = state.engine.timeline { draw(summary, into: &grid, in: above) }
  }

  private static func order(_ state: inout ProgramState, _ order: TimelineOrder, _ summary: TimelineSummary)
    -> [Effect]
  {
    if let outcome = summary.outcome {
      state.say(outcome)
      return []
    }
    if state.engine.data == nil, order != .pause {
      state.say("Choose data first (d): a schedule trains.", .warning)
      return []
    }
    return [.engine(.schedule(order))]
  }

  /// Moves the cursor along the epochs; it no longer goes along with the training.
  private mutating func move(by epochs: Int, of summary: TimelineSummary) {
    let from = follows ? summary.epoch : epoch
    epoch = min(max(0, summary.epochs - 1), max(0, from + epochs))
    follows = false
  }

  /// The epoch that is looked at.
  func shownEpoch(of summary: TimelineSummary) -> Int {
    min(max(0, summary.epochs - 1), follows ? summary.epoch : epoch)
  }
}

extension TimelineSummary.Kind {
  /// A letter for it where cells are narrow.
  var sign: Character {
    switch self {
    case .pruner: "#"
    case .regularizer: "+"
    case .remover: "x"
    case .rate: "~"
    }
  }
}
