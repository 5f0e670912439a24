package import Pruning
package import TerminalUI

/// A target for the whole network.
package struct TargetDialog: FormOverlay {
  package var form: Form

  package var hints: [(Key, String)] { [(.enter, "propose"), (.tab, "next field"), (.escape, "cancel")] }

  package mutating func handle(_ event: Event, _ state: inout ProgramState) -> OverlayReaction {
    // It puts itself back where it stays.
    .closes(state.handle(event, in: self))
  }

  package mutating func draw(_ state: ProgramState, into grid: inout Grid, in area: Rectangle) {
    var form = form
    // What stands in a latency's way says how far it is.
    if state.engine.latency.value == nil,
      form.fields.contains(where: { $0.id == "quantity" && $0.problem != nil })
    {
      form.setProblem(state.latencyObstacle, of: "quantity")
    }
    form.draw(into: &grid, in: area)
  }
}

/// What holds for the whole network, in force while it is changed.
package struct SettingsDialog: FormOverlay {
  package var form: Form
  /// What the dialog began with.
  package var opening: Setting.Subject
  /// What Escape brings back.
  package var before: SettingsHistory
  package var scopeBefore: Scope
  /// The iteration whose settings they are.
  package var iteration: Int

  package var hints: [(Key, String)] {
    [(.left, "other value"), (.right, "other value"), (.tab, "next"), (.enter, "keep"), (.escape, "undo")]
  }

  package mutating func handle(_ event: Event, _ state: inout ProgramState) -> OverlayReaction {
    // It puts itself back where it stays.
    state.handle(event, in: self)
    return .closes()
  }

  package mutating func draw(_ state: ProgramState, into grid: inout Grid, in area: Rectangle) {
    var form = form
    form.message = Self.message(state)
    // On a wide screen the percentages, which change with the settings, stay in view.
    let width = form.idealWidth + 2
    let isWide = area.width >= ScreenLayout.wideColumns
    form.draw(
      into: &grid,
      in: isWide ? Rectangle(x: area.endX - width, y: area.y, width: width, height: area.height) : area)
  }

  /// Settings are those of one network.
  package mutating func adopt(_ news: News, _ state: ProgramState) -> Bool { !news.isAnotherNetwork }

  /// What stands above the settings: the target they share out, and what comes of them.
  private static func message(_ state: ProgramState) -> [[Span]] {
    var lines: [[Span]] = []
    if let pursuit = state.history.pursuit {
      lines.append([Span("Target      ", .dim), Span("\(pursuit.target.text) may remain", .title)])
    } else {
      lines.append([
        Span("Target      ", .dim), Span("none (t); percentages are as they were set by hand", .dim),
      ])
    }
    guard let preview = state.decision?.preview else { return lines }
    lines.append([Span("Parameters  ", .dim), Span(ChangeText.sentence(preview.parameters))])
    lines.append([Span("MACs        ", .dim), Span(ChangeText.sentence(preview.multiplyAccumulates))])
    if let latencySentence = Header.latencySentence(state) {
      lines.append([Span("Latency     ", .dim), Span(latencySentence)])
    }
    return lines
  }
}

/// Pruning step by step.
package struct IteratingDialog: FormOverlay {
  package var form: Form

  package var hints: [(Key, String)] {
    [(.enter, "begin"), (.left, "other value"), (.tab, "next field"), (.escape, "cancel")]
  }

  package mutating func handle(_ event: Event, _ state: inout ProgramState) -> OverlayReaction {
    // It puts itself back where it stays.
    .closes(state.handleIterating(event, form))
  }
}

extension Overlay where Self == TargetDialog {
  static func target(_ dialog: TargetDialog) -> TargetDialog { dialog }
}

extension Overlay where Self == SettingsDialog {
  static func settings(_ dialog: SettingsDialog) -> SettingsDialog { dialog }
}

extension Overlay where Self == IteratingDialog {
  static func iterating(_ form: Form) -> IteratingDialog { IteratingDialog(form: form) }
}
