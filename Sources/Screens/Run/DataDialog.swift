package import Datasets
internal import Graph
package import TerminalUI

/// Which data, and what to do with them.
package struct DataDialog: PathForm {
  package static let paths: Set<String> = ["path", "labels"]
  package static let completed = CompletedFiles.data

  package var form: Form
  /// What was found.
  package var inspection: DataInspection?
  /// The data that are being looked at.
  package var awaited: DatasetConfiguration?

  static func open(_ state: inout ProgramState, _ argument: String) -> [Effect] {
    let known = state.attachedData ?? DatasetConfiguration()
    func field(_ text: String, _ placeholder: String) -> Form.Value {
      .text(TextField(text, placeholder: placeholder))
    }
    let losses = DatasetConfiguration.Loss.allCases
    let form = Form(
      title: "Data",
      fields: [
        .init(
          "path", "Path",
          field(argument.isEmpty ? known.data?.first ?? "" : argument, "a folder of images, .npz, IDX…"),
          hint: "Tab completes, Enter looks at it"),
        .init(
          "labels", "Labels", field(known.data?.dropFirst().first ?? "", "those beside the data"),
          hint: "a file of labels or targets; empty: found beside the data"),
        .init(
          "loss", "Loss",
          .choice(
            ["automatic"] + losses.map(\.label),
            selected: known.loss.flatMap(losses.firstIndex).map { $0 + 1 } ?? 0),
          hint: "left and right choose; output energy needs no labels"),
        .init(
          "scale", "Scale", field(known.scale.map { "\($0)" } ?? "", "from the data"),
          hint: "raw values are multiplied with it: 1/255 or 0.0039"),
        .init(
          "mean", "Mean", field(NumberList.text(known.mean), "from the data"),
          hint: "subtracted then: a number, or one a channel: 0.485 0.456 0.406"),
        .init(
          "deviation", "Deviation", field(NumberList.text(known.deviation), "from the data"),
          hint: "divided by last: a number, or one a channel"),
      ], buttons: [.cancel, Form.Button("ok", "Look")], idealWidth: 72)
    var dialog = DataDialog(form: form)
    if argument.isEmpty {
      state.show(dialog)
      return []
    }
    switch dialog.submit(&state) {
    case .stays(let effects):
      state.overlays.append(dialog)
      return effects
    case .closes(let effects): return effects
    }
  }

  /// The first Enter looks at the data, the second one takes them.
  package mutating func submit(_ state: inout ProgramState) -> OverlayReaction {
    defer { formChanged() }
    guard let configuration = readConfiguration() else { return .stays() }
    if let inspection, inspection.configuration == configuration {
      guard inspection.summary.isUsable else { return .stays() }
      state.attachedData = configuration
      state.say("Data: \(inspection.summary.title). r begins scoring.")
      return .closes([.engine(.attach(configuration))])
    }
    awaited = configuration
    inspection = nil
    return .stays([.engine(.inspect(configuration))])
  }

  /// Puts what was found into the dialog, if it still asks about that.
  static func take(_ state: inout ProgramState, _ inspection: DataInspection) {
    state.overlays.change(DataDialog.self) { dialog in
      guard dialog.awaited == inspection.configuration else { return }
      dialog.awaited = nil
      dialog.inspection = inspection
      dialog.formChanged()
    }
  }

  /// The button says what Enter does now.
  package mutating func formChanged() {
    let isFound = inspection.map { $0.configuration == parsedConfiguration && $0.summary.isUsable } ?? false
    form.buttons = [.cancel, Form.Button("ok", isFound ? "Use these data" : "Look")]
  }

  private var parsedConfiguration: DatasetConfiguration? {
    var copy = self
    return copy.readConfiguration()
  }

  /// Reads the fields; says in the form what is wrong with one.
  mutating func readConfiguration() -> DatasetConfiguration? {
    let path = form.text(of: "path")
    var configuration = DatasetConfiguration()
    var isFine = true
    func fail(_ problem: String, _ field: String) {
      form.setProblem(problem, of: field)
      isFine = false
    }
    if path.isEmpty { fail("Say where the data are.", "path") }
    let labels = form.text(of: "labels")
    configuration.data = [path] + (labels.isEmpty ? [] : [labels])
    let loss = form.text(of: "loss")
    configuration.loss = DatasetConfiguration.Loss.allCases.first { $0.label == loss }
    for field in ["scale", "mean", "deviation"] {
      let text = form.text(of: field)
      guard !text.isEmpty else { continue }
      guard let numbers = NumberList.read(text), field != "scale" || numbers.count == 1 else {
        fail(
          field == "scale" ? "Write one number, such as 1/255." : "Write a number, or one a channel.", field)
        continue
      }
      switch field {
      case "scale": configuration.scale = numbers[0]
      case "mean": configuration.mean = numbers
      default:
        if numbers.contains(0) { fail("Nothing can be divided by 0.", field) }
        configuration.deviation = numbers
      }
    }
    return isFine ? configuration : nil
  }
}

// MARK: Drawing

extension DataDialog {
  package mutating func draw(_ state: ProgramState, into grid: inout Grid, in area: Rectangle) {
    shownForm(on: grid.glyphs).draw(into: &grid, in: area)
  }

  /// The form with what was found above the fields.
  private func shownForm(on glyphs: Glyphs) -> Form {
    var form = form
    if awaited != nil {
      form.message = [[Span("Looking…", .dim)]]
    } else if let inspection {
      let summary = inspection.summary
      form.message =
        [[Span(summary.title, .title)]] + summary.details.map { [Span($0)] }
        + summary.findings.flatMap { $0.lines(glyphs) }
      if summary.isUsable, let path = form.fields.firstIndex(where: { $0.id == "path" }) {
        form.fields[path].hint = "Enter uses these data"
      }
    } else {
      form.message = [
        [Span("Scores and accuracy are measured on these data. Empty fields are found out.", .dim)]
      ]
    }
    return form
  }
}

extension Finding {
  /// What was noticed and the way out, with a mark that says how bad it is.
  fileprivate func lines(_ glyphs: Glyphs) -> [[Span]] {
    let (mark, role): (Unicode.Scalar, Role) =
      switch severity {
      case .warning: (glyphs.warning, .warning)
      case .error: (glyphs.failure, .error)
      }
    var lines = [[Span(String(Character(mark)) + " " + sentence, role)]]
    if !remedy.isEmpty { lines.append([Span("  " + remedy)]) }
    return lines
  }
}
