package import Pruning
package import TerminalUI

/// A target for the whole network.
package struct TargetDialog: FormOverlay {
  package var form: Form

  package var hints: [(Key, String)] { [(.enter, "propose"), (.tab, "next field"), (.escape, "cancel")] }

  package mutating func submit(_ state: inout ProgramState) -> OverlayReaction {
    let quantity = Target.Quantity(rawValue: form.text(of: "quantity")) ?? .macs
    guard let target = Target(form.text(of: "share"), quantity: quantity) else {
      let example = quantity.measure.map { ", or \($0.exampleAmount)" } ?? ""
      form.setProblem("Write a share above 0 and up to 100, such as 50%\(example).", of: "share")
      return .stays()
    }
    let way = ProgramState.Way.allCases.first { $0.words == form.text(of: "scope") } ?? state.way
    if target.quantity == .latency, state.engine.latency.value == nil {
      // The dialog stays: what was typed holds when the layers are measured.
      let quantity = Target.Quantity.allCases.firstIndex(of: .latency) ?? 0
      form.fields[1].value = .choice(Target.Quantity.allCases.map(\.rawValue), selected: quantity)
      form.setProblem(state.latencyObstacle, of: "quantity")
      return .stays(state.measureLatency())
    }
    guard case .scope(let scope) = way else { return .closes(state.measureLosses(for: target)) }
    return .closes(state.pursue(target, scope: scope))
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
  package var untilBefore: ScoringEnd
  /// The iteration whose settings they are.
  package var iteration: Int

  package var hints: [(Key, String)] {
    [(.left, "other value"), (.right, "other value"), (.tab, "next"), (.enter, "keep"), (.escape, "undo")]
  }

  /// Every change is in force at once, so that what it does can be seen; Escape takes all of them back.
  package mutating func handle(_ event: Event, _ state: inout ProgramState) -> OverlayReaction {
    guard iteration == state.engine.currentIteration else { return .closes() }
    switch form.handle(event) {
    case .changed: apply(&state)
    case .handled: break
    case .pressed("ok"):
      guard let wrong = form.fields.firstIndex(where: { $0.problem != nil }) else {
        if state.history != before {
          state.say("The settings are kept; z takes them back." + state.standingNote)
        }
        return .closes()
      }
      form.focus = wrong
    case .pressed, .cancelled:
      takeBack(&state)
      return .closes()
    }
    return .stays()
  }

  /// Puts what the fields say in force.
  private mutating func apply(_ state: inout ProgramState) {
    guard let groups = state.structure?.groups else { return }
    var subject = opening
    for setting in Setting.allCases {
      let text = form.text(of: setting.rawValue)
      var problem: Setting.Problem?
      // What was not touched stays as it is, whatever its text would be read as.
      if text != setting.text(opening) {
        do throws(Setting.Problem) { try setting.set(text, on: &subject, in: groups) } catch {
          problem = error
        }
      }
      form.setProblem(problem?.sentence, of: setting.rawValue)
      if let index = form.fields.firstIndex(where: { $0.id == setting.rawValue }) {
        form.fields[index].hint = setting.hint(text)
      }
    }
    takeBack(&state)
    // Beginning from where the dialog did leaves one step to be undone.
    if subject != opening { state.put(subject, title: "settings") }
  }

  private func takeBack(_ state: inout ProgramState) {
    state.history = before
    state.chosenScope = scopeBefore
    state.chosenUntil = untilBefore
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

  /// It stays until the answer is there that the steps begin.
  package mutating func submit(_ state: inout ProgramState) -> OverlayReaction {
    .stays([.iterate(state.request(state.arguments(of: form)))])
  }
}
