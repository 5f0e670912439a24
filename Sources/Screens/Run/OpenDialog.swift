package import Datasets
package import TerminalUI

/// Which model to open.
package struct OpenDialog: PathForm {
  package static let paths: Set<String> = ["path"]
  package static let completed = CompletedFiles.models

  package var form: Form

  static func open(_ state: inout ProgramState, _ argument: String) -> [Effect] {
    if !argument.isEmpty {
      let words = argument.split(separator: " ").map(String.init)
      let shapes = words.dropFirst().reversed().prefix { InputShapeText.isMeant(by: $0) }
      let path = words.dropLast(shapes.count).joined(separator: " ")
      // Spaces inside a path stay as they were typed.
      return Leaving.leave(
        &state,
        by: .engine(
          .open(
            path: shapes.isEmpty ? argument : path,
            inputShapes: InputShapeText.shapes(shapes.joined(separator: " ")) ?? [:])))
    }
    var message: [[Span]] = []
    if state.hasUnsavedWork, state.engine.isKept {
      message.append([Span("What is not written to a file (w) stays in this model's session only.", .warning)]
      )
    }
    let fields: [Form.Field] = [
      .init(
        "path", "Model", .text(TextField(placeholder: "model.onnx")),
        hint: "Tab completes; ONNX, a .pt2 of torch.export, or one of the two files of an MXNet model"),
      .init(
        "shape", "Input", .text(TextField(placeholder: "as the file says")),
        hint: "where the file leaves it open: 1x3x224x224, or data=1x3x224x224"),
    ]
    state.show(OpenDialog(form: Form(title: "Open a model", message: message, fields: fields)))
    return []
  }

  package mutating func submit(_ state: inout ProgramState) -> OverlayReaction {
    guard let path = path(in: "path") else { return .stays() }
    guard let shapes = InputShapeText.shapes(form.text(of: "shape")) else {
      form.setProblem("Write it like 1x3x224x224, or data=1x3x224x224.", of: "shape")
      return .stays()
    }
    return .closes(Leaving.leave(&state, by: .engine(.open(path: path, inputShapes: shapes))))
  }
}
