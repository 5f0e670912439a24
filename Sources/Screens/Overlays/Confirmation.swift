package import TerminalUI

/// A question before an act.
package struct Confirmation: FormOverlay {
  /// What is done when the answer is yes.
  package enum Act: Sendable, Hashable {
    /// These effects.
    case effects([Effect])
    /// The prune, as settings and scores are then.
    case prune
    /// Going to an iteration.
    case goTo(iteration: Int)
  }

  package var form: Form
  package let act: Act

  /// A question with what is said before it, and the word for the act.
  init(title: String, message: [[Span]], word: String, act: Act) {
    form = .confirmation(title: title, message: message, act: word)
    self.act = act
  }

  package var hints: [(Key, String)] { form.confirmationHints }
  package var asksToQuit: Bool { act == .effects([.quit]) }

  package mutating func handle(_ event: Event, _ state: inout ProgramState) -> OverlayReaction {
    switch form.answer(to: event) {
    case .some(true): .closes(carryOut(&state))
    case .some(false): .closes()
    case nil: .stays()
    }
  }

  private func carryOut(_ state: inout ProgramState) -> [Effect] {
    switch act {
    case .effects(let effects): return effects
    case .prune: return Running.prune(&state)
    case .goTo(let iteration): return IterationsScreen.goTo(&state, id: iteration)
    }
  }
}

extension Form {
  /// The keys of a question, for the footer.
  var confirmationHints: [(Key, String)] { [("y", "yes"), ("n", "no"), (.escape, "no")] }

  /// Handles an event as a question; the answer, once there is one.
  mutating func answer(to event: Event) -> Bool? {
    switch handle(event) {
    case .pressed("yes"): true
    case .pressed, .cancelled: false
    // Enter on "No" says no; it must never mean yes.
    case .changed, .handled: event == .key(.enter) ? false : nil
    }
  }
}
