package import Pruning
package import TerminalUI

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

  /// What it holds is in force, or taken back.
  package var keepsDraft: Bool { false }

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

  /// How many steps, how far, how long.
  package func outcome(_ state: ProgramState) -> [[Span]] {
    guard let steps = Int(form.text(of: "steps")), steps > 0 else { return [] }
    let epochs = Int(form.text(of: "epochs")) ?? 0
    var text = steps == 1 ? "1 step" : "\(steps) steps"
    if epochs > 0 {
      text += " × \(epochs) epoch\(epochs == 1 ? "" : "s")"
      text +=
        state.timeOfEpochs(Double(steps) * Double(epochs)).map { ", \($0)" } ?? ", no epoch was timed yet"
    } else {
      text += " without training"
    }
    var lines = [[Span(text + ".", .title)]]
    let amount = form.text(of: "keep")
    if let target = Target(amount, quantity: .macs), case .percent(let share) = target.remaining, share > 0,
      share <= 100
    {
      let each = 100 * Exponential.root(share / 100, steps)
      lines.append([
        Span(
          "Each step keeps about \(AmountText.percent(each)) of the \(form.text(of: "quantity")): \(AmountText.percent(share)) in the end.",
          .dim)
      ])
    }
    return lines
  }
}
