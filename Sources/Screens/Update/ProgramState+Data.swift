internal import Datasets
import Graph
internal import TerminalUI

extension ProgramState {
  // MARK: Data

  mutating func openDataDialog(_ argument: String) -> [Effect] {
    let known = attachedData ?? DatasetConfiguration()
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
      overlays.append(.data(dialog))
      return []
    }
    return submit(&dialog)
  }

  mutating func handle(_ event: Event, in dialog: DataDialog) -> [Effect] {
    var dialog = dialog
    if let effect = completionEffect(event, form: dialog.form, paths: ["path", "labels"]) {
      overlays.append(.data(dialog))
      return [effect]
    }
    switch dialog.form.handleAmongCandidates(event) {
    case .pressed("ok"): return submit(&dialog)
    case .pressed, .cancelled: return []
    case .changed:
      dialog.showButton()
      overlays.append(.data(dialog))
    case .handled: overlays.append(.data(dialog))
    }
    return []
  }

  /// The first Enter looks at the data, the second one takes them.
  private mutating func submit(_ dialog: inout DataDialog) -> [Effect] {
    defer { dialog.showButton() }
    guard let configuration = dialog.readConfiguration() else {
      overlays.append(.data(dialog))
      return []
    }
    if let inspection = dialog.inspection, inspection.configuration == configuration {
      if inspection.summary.isUsable {
        attachedData = configuration
        say("Data: \(inspection.summary.title). r begins scoring.")
        return [.engine(.attach(configuration))]
      }
      overlays.append(.data(dialog))
      return []
    }
    dialog.awaited = configuration
    dialog.inspection = nil
    overlays.append(.data(dialog))
    return [.engine(.inspect(configuration))]
  }

  /// Puts what was found into the dialog, if it still asks about that.
  mutating func take(_ inspection: DataInspection) {
    for (place, overlay) in overlays.enumerated() {
      guard case .data(var dialog) = overlay, dialog.awaited == inspection.configuration else { continue }
      dialog.awaited = nil
      dialog.inspection = inspection
      dialog.showButton()
      overlays[place] = .data(dialog)
    }
  }

  // MARK: Paths

  /// The effect that completes a path, if the event is a Tab in one of the path fields that has no candidates yet.
  func completionEffect(_ event: Event, form: Form, paths: Set<String>) -> Effect? {
    guard event == .key(.tab), form.fields.indices.contains(form.focus),
      paths.contains(form.fields[form.focus].id), case .text(let field) = form.fields[form.focus].value,
      field.candidates.isEmpty
    else { return nil }
    return .completePath(prefix: field.text)
  }

  /// Completes the path that is being typed, if it is still the one that was asked about.
  mutating func complete(_ prefix: String, with candidates: [String]) -> [Effect] {
    if case .command(var field)? = inputLine {
      let head = field.text
      guard head.hasSuffix(prefix) else { return [] }
      let start = String(head.dropLast(prefix.count))
      _ = field.handle(.key(.tab)) { _ in candidates.map { start + $0 } }
      inputLine = .command(field)
      return []
    }
    func completed(_ form: Form) -> Form {
      var form = form
      guard form.fields.indices.contains(form.focus), case .text(let field) = form.fields[form.focus].value,
        field.text == prefix
      else { return form }
      // A path that is whole already lets Tab go on to the next field.
      _ = form.handle(.key(.tab)) { _, _ in candidates == [prefix] ? [] : candidates }
      return form
    }
    switch overlays.last {
    case .data(var dialog):
      dialog.form = completed(dialog.form)
      dialog.showButton()
      overlays[overlays.count - 1] = .data(dialog)
    case .export(var dialog):
      dialog.form = completed(dialog.form)
      overlays[overlays.count - 1] = .export(dialog)
    case .open(let form): overlays[overlays.count - 1] = .open(completed(form))
    default: break
    }
    return []
  }

  // MARK: Models

  mutating func openModel(_ argument: String) -> [Effect] {
    if !argument.isEmpty {
      let words = argument.split(separator: " ").map(String.init)
      let shapes = words.dropFirst().reversed().prefix { InputShapeText.isMeant(by: $0) }
      let path = words.dropLast(shapes.count).joined(separator: " ")
      // Spaces inside a path stay as they were typed.
      return leave(
        by: .engine(
          .open(
            path: shapes.isEmpty ? argument : path,
            inputShapes: InputShapeText.shapes(shapes.joined(separator: " ")) ?? [:])))
    }
    var message: [[Span]] = []
    if hasUnsavedWork, engine.isKept {
      message.append([Span("What is not written to a file (w) stays in this model's session only.", .warning)]
      )
    }
    let fields: [Form.Field] = [
      .init(
        "path", "Model", .text(TextField(placeholder: "model.onnx")),
        hint: "Tab completes; ONNX, or one of the two files of an MXNet model"),
      .init(
        "shape", "Input", .text(TextField(placeholder: "as the file says")),
        hint: "where the file leaves it open: 1x3x224x224, or data=1x3x224x224"),
    ]
    overlays.append(.open(Form(title: "Open a model", message: message, fields: fields)))
    return []
  }

  mutating func handleOpen(_ event: Event, _ form: Form) -> [Effect] {
    var form = form
    if let effect = completionEffect(event, form: form, paths: ["path"]) {
      overlays.append(.open(form))
      return [effect]
    }
    switch form.handleAmongCandidates(event) {
    case .pressed("ok"):
      let path = form.text(of: "path")
      if path.isEmpty {
        form.setProblem("Say which file.", of: "path")
        overlays.append(.open(form))
        return []
      }
      guard let shapes = InputShapeText.shapes(form.text(of: "shape")) else {
        form.setProblem("Write it like 1x3x224x224, or data=1x3x224x224.", of: "shape")
        overlays.append(.open(form))
        return []
      }
      return leave(by: .engine(.open(path: path, inputShapes: shapes)))
    case .pressed, .cancelled: return []
    default:
      overlays.append(.open(form))
      return []
    }
  }
}

/// Shapes of inputs as people write them behind a model's name.
enum InputShapeText {
  /// Whether a word says a shape rather than a part of a path: `data=1x3x224x224`, `1x3x224x224`.
  static func isMeant(by word: String) -> Bool {
    guard let shape = shapes(word)?.first else { return false }
    return !shape.key.isEmpty || shape.value.count > 1
  }

  /// Shapes by input, those without a name under the empty one; `nil` where a word is none.
  static func shapes(_ text: String) -> [String: [Int]]? {
    var shapes: [String: [Int]] = [:]
    for word in text.split(separator: " ") {
      let parts = word.split(separator: "=", maxSplits: 1)
      guard let extents = parts.last.flatMap({ [Int](shapeText: $0) }) else { return nil }
      shapes[parts.count == 2 ? String(parts[0]) : ""] = extents
    }
    return shapes
  }
}

extension Form {
  /// Handles an event; Tab goes through the candidates that a completion left, if there are some.
  mutating func handleAmongCandidates(_ event: Event) -> Outcome {
    var candidates: [String] = []
    if fields.indices.contains(focus), case .text(let field) = fields[focus].value {
      candidates = field.candidates
    }
    return handle(event) { _, _ in candidates }
  }
}

extension DataDialog {
  /// The button says what Enter does now.
  mutating func showButton() {
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

/// Numbers in a field: decimals and fractions, separated by spaces, commas or semicolons.
enum NumberList {
  static func text(_ numbers: [Double]?) -> String { (numbers ?? []).map { "\($0)" }.joined(separator: " ") }

  static func read(_ text: String) -> [Double]? {
    let words = text.split { $0 == " " || $0 == "," || $0 == ";" }
    let numbers = words.compactMap { word -> Double? in
      let parts = word.split(separator: "/", omittingEmptySubsequences: false).map { Double($0) }
      switch parts.count {
      case 1: return parts[0]
      case 2:
        guard let top = parts[0], let bottom = parts[1], bottom != 0 else { return nil }
        return top / bottom
      default: return nil
      }
    }
    return numbers.count == words.count && !numbers.isEmpty && numbers.allSatisfy(\.isFinite) ? numbers : nil
  }
}
