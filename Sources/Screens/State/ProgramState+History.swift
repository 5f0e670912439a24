internal import Errors
internal import Pruning
internal import TerminalUI

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
    // Amounts only ever take what is free to go; forced kernels can ask for what cannot be, also where something else
    // changes: their layer is protected.
    if !changed.forced.isEmpty {
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
}
