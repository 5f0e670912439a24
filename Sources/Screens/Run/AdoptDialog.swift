package import TerminalUI

/// Which weights to take that were trained elsewhere.
package struct AdoptDialog: PathForm {
  package static let paths: Set<String> = ["path"]

  package var form: Form

  static func open(_ state: inout ProgramState, _ argument: String) -> [Effect] {
    if !argument.isEmpty {
      // Behind a file may stand what its names begin with.
      let words = argument.split(separator: " ").map(String.init)
      guard words.count > 1, let last = words.last, last.hasSuffix(".") else {
        return adopt(&state, argument, prefix: nil)
      }
      return adopt(&state, words.dropLast().joined(separator: " "), prefix: last)
    }
    let fields: [Form.Field] = [
      .init(
        "path", "Weights", .text(TextField(placeholder: "trained.safetensors")),
        hint: "Tab completes; safetensors, what torch.save made of a state_dict, NPZ, or a .pt2"),
      .init(
        "prefix", "Prefix", .text(TextField(placeholder: "found out")),
        hint: "what the names in the file begin with: ema.module."),
    ]
    let message = [
      [Span("They become a new iteration: this one, with these weights.", .dim)]
    ]
    state.show(
      AdoptDialog(form: Form(title: "Weights trained elsewhere", message: message, fields: fields)))
    return []
  }

  package mutating func submit(_ state: inout ProgramState) -> OverlayReaction {
    guard let path = path(in: "path") else { return .stays() }
    let prefix = form.text(of: "prefix")
    return .closes(Self.adopt(&state, path, prefix: prefix.isEmpty ? nil : prefix))
  }

  private static func adopt(_ state: inout ProgramState, _ path: String, prefix: String?) -> [Effect] {
    state.say("Taking the weights of \(path)\u{2026}")
    return [.engine(.adopt(path: path, prefix: prefix))]
  }
}
