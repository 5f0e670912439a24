internal import Pruning
internal import TerminalUI

/// Leaving a model: what would be lost is asked about.
extension ProgramState {
  /// Leaves the model by an effect, after a question where something would be lost.
  mutating func leave(by effect: Effect) -> [Effect] {
    let losses = losses(onLeavingBy: effect)
    guard !losses.isEmpty else { return [effect] }
    let (title, act) = effect == .quit ? ("Quit", "Quit") : ("Open a model", "Open")
    let lines = losses.map { [Span($0)] }
    if isTraining {
      askToEndTraining(title: title, lines: lines, act: act, before: [effect])
    } else {
      let question = [[Span(effect == .quit ? "Leave anyway?" : "Open another model anyway?")]]
      overlays.append(
        .confirmation(.confirmation(title: title, message: lines + question, act: act), .leave(effect)))
    }
    return []
  }

  /// Whether leaving the program would lose something.
  public var hasUnsavedWork: Bool { !losses(onLeavingBy: .quit).isEmpty }

  /// What is nowhere on disk, in sentences.
  private func losses(onLeavingBy effect: Effect) -> [String] {
    var losses: [String] = []
    if let sentence = Self.sentence(on: engine.lostOnLeaving) { losses.append(sentence) }
    if let path = engine.awaitedExport {
      losses.append("\(path) waits for what runs, and is not written yet.")
    }
    // What was chosen for a model is no work of its own; on the way to another model the dialog says so.
    if effect == .quit, losses.isEmpty, hasChosen {
      losses.append("What was chosen was not pruned yet.")
    }
    return losses
  }

  /// Whether something else is chosen than was at the beginning.
  var hasChosen: Bool {
    guard settings != history.initial, let groups = structure?.groups else { return false }
    return settings.essential(in: groups) != history.initial.essential(in: groups)
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
