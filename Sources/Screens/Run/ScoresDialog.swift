internal import Pruning
package import TerminalUI

/// Which file to take the scores of.
package struct ScoresDialog: PathForm {
  package static let paths: Set<String> = ["path"]

  package var form: Form

  static func open(_ state: inout ProgramState, _ argument: String) -> [Effect] {
    if !argument.isEmpty { return read(&state, argument) }
    let fields: [Form.Field] = [
      .init(
        "path", "Scores", .text(TextField(state.engine.scoresPath ?? "", placeholder: "scores.json")),
        hint: "Tab completes; JSON or NPZ with a number for each kernel, or a handle")
    ]
    let message = [[Span("Scores of your own code, read again whenever the file changes.", .dim)]]
    state.show(
      ScoresDialog(form: Form(title: "Scores from a file", message: message, fields: fields)))
    return []
  }

  package mutating func submit(_ state: inout ProgramState) -> OverlayReaction {
    guard let path = path(in: "path") else { return .stays() }
    return .closes(Self.read(&state, path))
  }

  private static func read(_ state: inout ProgramState, _ path: String) -> [Effect] {
    state.criterion = .external
    return [.engine(.readScores(path: path))]
  }
}
