internal import Pruning
internal import TerminalUI

/// What was chosen, step by step.
extension ProgramState {
  /// Puts settings in force as a step that can be undone; refuses those that cannot be followed.
  ///
  /// - Parameter pursuit: the target that stands then; none where amounts were set by hand.
  @discardableResult
  mutating func commit(_ changed: PruningSettings, title: String, pursuit: Pursuit? = nil) -> Bool {
    let before = history
    var after = before
    after.record(changed, title: title, pursuit: pursuit)
    guard after != before else { return true }
    history = after
    // Amounts only ever take what is free to go; forced kernels can ask for what cannot be.
    if changed.forced != before.current.forced {
      decide()
      if let problem = decision?.problem {
        history = before
        decide()
        say(problem.sentence + " " + problem.remedy, .warning)
        return false
      }
    }
    // A new choice begins another branch: what was undone cannot be redone over it.
    redoIterations = []
    return true
  }

  mutating func undo() -> [Effect] {
    if let entry = history.undo() {
      say("Undone: \(entry.title). Z brings it back.")
      return []
    }
    guard let parent = currentIteration?.parent else { return [] }
    redoIterations.append(engine.currentIteration)
    awaitedIteration = parent
    say("Back to before \"\(currentIteration?.title ?? "the prune")\". Z goes on to it again.")
    return [.engine(.go(to: parent))]
  }

  mutating func redo() -> [Effect] {
    if let entry = history.redo() {
      say("Done again: \(entry.title).")
      return []
    }
    guard let next = redoIterations.popLast() else { return [] }
    awaitedIteration = next
    return [.engine(.go(to: next))]
  }
}
