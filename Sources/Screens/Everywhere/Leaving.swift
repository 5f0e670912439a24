internal import Pruning
internal import TerminalUI

/// Leaving a model: what would be lost is asked about.
enum Leaving {
  /// Leaves the model by an effect, after a question where something would be lost.
  static func leave(_ state: inout ProgramState, by effect: Effect) -> [Effect] {
    let losses = Self.losses(state, onLeavingBy: effect)
    guard !losses.isEmpty else { return [effect] }
    let (title, word) = effect == .quit ? ("Quit", "Quit") : ("Open a model", "Open")
    let lines = losses.map { [Span($0)] }
    if state.isTraining {
      EndOfTraining.ask(&state, title: title, lines: lines, word: word, before: [effect])
    } else {
      let question = [[Span(effect == .quit ? "Leave anyway?" : "Open another model anyway?")]]
      state.overlays.append(
        Confirmation(title: title, message: lines + question, word: word, act: .effects([effect])))
    }
    return []
  }

  /// What is nowhere on disk, in sentences.
  static func losses(_ state: ProgramState, onLeavingBy effect: Effect) -> [String] {
    var losses: [String] = []
    if let sentence = Self.sentence(on: state.engine.lostOnLeaving) { losses.append(sentence) }
    if let path = state.engine.awaitedExport {
      losses.append("\(path) waits for what runs, and is not written yet.")
    }
    let inLine = state.engine.jobs.count { $0.number != nil }
    if inLine > 0 {
      losses.append("\(inLine) run\(inLine == 1 ? " stands" : "s stand") in line and would be forgotten (Q).")
    }
    // What was chosen for a model is no work of its own; on the way to another model the dialog says so.
    if effect == .quit, losses.isEmpty, hasChosen(state) {
      losses.append("What was chosen was not pruned yet.")
    }
    return losses
  }

  /// Whether something else is chosen than was at the beginning.
  static func hasChosen(_ state: ProgramState) -> Bool {
    guard state.settings != state.history.initial, let groups = state.structure?.groups else { return false }
    return state.settings.essential(in: groups) != state.history.initial.essential(in: groups)
  }

  private static func sentence(on lost: [IterationSummary]) -> String? {
    guard let first = lost.first else { return nil }
    if lost.count == 1 {
      guard let change = first.firstUnwrittenChange else {
        return "Iteration \(first.id) was not written to a file (w)."
      }
      return "Iteration \(first.id) was written before \(change.name), and not as it is now (w)."
    }
    let ids = lost.prefix(8).map { "\($0.id)" }.joined(separator: ", ") + (lost.count > 8 ? ", \u{2026}" : "")
    return "\(lost.count) iterations were not written to a file as they are now (w): \(ids)."
  }
}

extension ProgramState {
  /// Whether leaving the program would lose something.
  package var hasUnsavedWork: Bool { !Leaving.losses(self, onLeavingBy: .quit).isEmpty }
}
