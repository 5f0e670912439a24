package import TerminalUI

/// What an iteration is called.
package struct NameDialog: FormOverlay {
  package var form: Form
  package let iteration: Int

  package var hints: [(Key, String)] { [(.enter, "name"), (.escape, "cancel")] }

  /// Gives the iteration the name that was typed, or asks for one.
  static func open(_ state: inout ProgramState, _ argument: String) -> [Effect] {
    guard let subject = IterationsScreen.subjectIteration(state) else { return [] }
    guard argument.isEmpty else { return name(&state, subject.id, argument) }
    let field = Form.Field(
      "name", "Name", .text(TextField(subject.name ?? "")), hint: "empty takes the name away")
    state.show(
      NameDialog(
        form: Form(title: "Name of iteration \(subject.id)", fields: [field], idealWidth: 56),
        iteration: subject.id))
    return []
  }

  private static func name(_ state: inout ProgramState, _ id: Int, _ text: String) -> [Effect] {
    let name = text.split(separator: " ").joined(separator: " ")
    state.say(name.isEmpty ? "Iteration \(id) has no name now." : "Iteration \(id) is called \(name).")
    return [.engine(.name(id, name))]
  }

  package mutating func submit(_ state: inout ProgramState) -> OverlayReaction {
    .closes(Self.name(&state, iteration, form.text(of: "name")))
  }

  package mutating func adopt(_ news: News, _ state: ProgramState) -> Bool {
    !news.isAnotherModel && state.iteration(iteration) != nil
  }
}
