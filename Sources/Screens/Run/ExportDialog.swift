internal import Errors
internal import Foundation
package import TerminalUI

/// What to write, and where.
package struct ExportDialog: PathForm {
  package static let paths: Set<String> = [
    "model", "plan", "report", "kept", "pytorch", "weights", "project",
  ]

  package var form: Form
  /// The files that stand in the way; the dialog asks about them.
  package var existing: [String] = []
  /// What runs that is about to change the network; the dialog asks whether to wait for it.
  package var change: RunningChange?
  /// What was asked for last.
  package var request: ExportRequest?
  /// Whether the answer of the executable is being waited for.
  package var isWriting = false

  package var takesText: Bool { existing.isEmpty && change == nil && !isWriting && form.focusedText != nil }

  static func open(_ state: inout ProgramState, _ argument: String) -> [Effect] {
    let model = state.engine.model?.path ?? "model.onnx"
    let name = ModelName(path: model, isMXNet: state.engine.model?.formatName == "MXNet")
    let (stem, ending) = (name.stem, name.ending)
    var fields: [Form.Field] = [
      .init(
        "model", "Model", .text(TextField(argument.isEmpty ? stem + "-pruned" + ending : argument)),
        hint: "Tab completes"),
      .init(
        "writesPlan", "Plan too", .toggle(true),
        hint: "Space: the choices that made it, to be replayed without a terminal"),
      .init("plan", "Plan", .text(TextField(stem + "-plan.yaml")), hint: "Tab completes"),
      .init(
        "report", "Report", .text(TextField("")), hint: "a page with tables and plots: name.html, or name.md"),
      .init(
        "kept", "Kept indices", .text(TextField("")),
        hint: "name.json; NPZ beside it"),
      .init(
        "pytorch", "PyTorch", .text(TextField("")),
        hint: "name.py: narrows the module that the model came from"),
      .init("weights", "Weights", .text(TextField("")), hint: "name.safetensors, by PyTorch's names"),
    ]
    if state.engine.model?.formatName == "PyTorch" {
      fields.append(
        .init("project", "Project", .text(TextField("")), hint: "a folder that trains it further in PyTorch"))
    }
    state.show(
      ExportDialog(
        form: Form(
          title: "Write", message: summary(state), fields: fields,
          buttons: [.cancel, Form.Button("ok", "Write")], idealWidth: 72)))
    return []
  }

  /// What will be written, and what will not.
  private static func summary(_ state: ProgramState) -> [[Span]] {
    var lines: [[Span]] = []
    if let iteration = state.currentIteration {
      lines.append([
        Span("Iteration \(iteration.id), \(iteration.title): "),
        Span(
          "\(Quantity.count(iteration.parameters)) parameters, \(Quantity.count(iteration.multiplyAccumulates)) MACs"
        ),
      ])
    }
    if Leaving.hasChosen(state) {
      lines.append([Span("What was chosen since is not pruned yet (P) and is not written.", .warning)])
    }
    return lines
  }

  package mutating func handle(_ event: Event, _ state: inout ProgramState) -> OverlayReaction {
    // Escape leaves the dialog, not the writing: the report comes as an overlay of its own.
    if isWriting { return event == .key(.escape) ? .closes() : .stays() }
    if !existing.isEmpty {
      switch event {
      case .key("y"): return send { $0.overwrites = true }
      case .key("n"), .key(.escape), .key(.enter): existing = []
      default: break
      }
      return .stays()
    }
    if change != nil {
      switch event {
      case .key("w"): return send { $0.duringChange = .wait }
      case .key("b"): return send { $0.duringChange = .writeEarlier }
      case .key("n"), .key(.escape), .key(.enter): change = nil
      default: break
      }
      return .stays()
    }
    return handleInPathForm(event, &state)
  }

  package mutating func submit(_ state: inout ProgramState) -> OverlayReaction {
    let model = form.text(of: "model")
    let plan = form.isOn("writesPlan") ? form.text(of: "plan") : nil
    if model.isEmpty { form.setProblem("Say where the model goes.", of: "model") }
    if plan == "" { form.setProblem("Say where the plan goes.", of: "plan") }
    if plan == model, plan != "" { form.setProblem("The plan needs a file of its own.", of: "plan") }
    let (report, kept) = (form.text(of: "report"), form.text(of: "kept"))
    let isReport = report.isEmpty || report.hasSuffix(".html") || report.hasSuffix(".md")
    if !isReport { form.setProblem("A report ends in .html or .md.", of: "report") }
    let isKept = kept.isEmpty || kept.hasSuffix(".json")
    if !isKept { form.setProblem("Kept indices go to a file that ends in .json.", of: "kept") }
    let (python, weights) = (form.text(of: "pytorch"), form.text(of: "weights"))
    let project = form.text(of: "project")
    let isPython = python.isEmpty || python.hasSuffix(".py")
    if !isPython { form.setProblem("Python goes to a file that ends in .py.", of: "pytorch") }
    let isWeights = weights.isEmpty || weights.hasSuffix(".safetensors")
    if !isWeights { form.setProblem("Weights go to a file that ends in .safetensors.", of: "weights") }
    guard !model.isEmpty, plan != "", plan != model, isReport, isKept, isPython, isWeights else {
      return .stays()
    }
    // NPZ is written beside the indices.
    let stem = kept.isEmpty ? nil : (kept as NSString).deletingPathExtension
    request = ExportRequest(
      modelPath: model, planPath: plan, keptPaths: stem.map { [kept, "\($0).npz"] } ?? [],
      pytorchPath: python.isEmpty ? nil : python, weightsPath: weights.isEmpty ? nil : weights,
      projectFolder: project.isEmpty ? nil : project, reportPaths: report.isEmpty ? [] : [report])
    return send { _ in }
  }

  /// Asks for what the dialog says, with the answer to its last question.
  private mutating func send(answer: (inout ExportRequest) -> Void) -> OverlayReaction {
    guard var request else { return .closes() }
    answer(&request)
    self.request = request
    existing = []
    change = nil
    isWriting = true
    return .stays([.engine(.export(request))])
  }

  /// Takes the engine's answer: a question, a report or an error.
  static func take(_ state: inout ProgramState, _ result: Result<ExportResult, CaughtError>) {
    switch result {
    case .success(let result):
      state.overlays.removeAll(ExportDialog.self)
      var lines: [[Span]] = result.files.map {
        [Span($0.path, .success), Span("  " + Quantity.bytes($0.bytes), .dim)]
      }
      if let check = result.check { lines += [[], [Span(check)]] }
      lines += [
        [], [Span("The same without a terminal:", .dim)], [Span("  " + (result.command ?? ""), .title)],
      ]
      state.announce(MessageOverlay(title: "Written", lines: lines))
    case .failure(let caught):
      switch caught.error as? SessionError {
      case .exists(let files)?:
        ask(&state, orSay: "\(files.joined(separator: ", ")) exists.") { $0.existing = files }
      case .changing(let change)?:
        ask(&state, orSay: change.sentence) { $0.change = change }
      default:
        // The dialog that waits for it takes no text as yet.
        state.announce(MessageOverlay.failure(sentence: caught.sentence, remedy: caught.remedy))
        state.overlays.change(ExportDialog.self) { $0.isWriting = false }
      }
    }
  }

  /// Takes the other answer: it is written when what runs is through.
  static func takeAwaited(_ state: inout ProgramState, _ path: String) {
    state.overlays.removeAll(ExportDialog.self)
    state.say("\(path) is written when what runs is through.")
  }

  /// Has the dialog ask something before it writes; where it was left meanwhile, what stood in the way is said.
  private static func ask(
    _ state: inout ProgramState, orSay sentence: String, _ question: (inout ExportDialog) -> Void
  ) {
    let isOpen = state.overlays.change(ExportDialog.self) { dialog in
      dialog.isWriting = false
      question(&dialog)
    }
    guard !isOpen else { return }
    let remedy = "Nothing was written: write again (w)."
    state.announce(MessageOverlay.failure(sentence: sentence, remedy: remedy))
  }
}

// MARK: Drawing

extension ExportDialog {
  package mutating func draw(_ state: ProgramState, into grid: inout Grid, in area: Rectangle) {
    shownForm(on: grid.glyphs).draw(into: &grid, in: area)
  }

  /// The form, or the question whether files may be replaced.
  private func shownForm(on glyphs: Glyphs) -> Form {
    var form = form
    if isWriting {
      form.message += [[Span("Writing and checking…", .title)]]
    } else if !existing.isEmpty {
      let files = existing.count == 1 ? "This file exists:" : "These files exist:"
      form = Form(
        title: "Overwrite", message: [[Span(files, .warning)]] + existing.map { [Span("  " + $0)] },
        buttons: [
          Form.Button("no", "No", key: "n"), Form.Button("yes", "Overwrite", key: "y", takesEnter: false),
        ],
        idealWidth: form.idealWidth)
      form.focus = 0
    } else if let change {
      form = Form(
        title: "Write",
        message: [
          [Span(change.sentence, .warning)],
          [
            Span(
              "What is written now is the network from before. Or it waits, and what comes of it is written.")
          ],
        ],
        buttons: [
          Form.Button("no", "No", key: "n"), Form.Button("before", "Write the one from before", key: "b"),
          Form.Button("wait", "Wait, then write", key: "w"),
        ],
        idealWidth: form.idealWidth)
      form.focus = 0
    }
    return form
  }
}

extension ExportResult {
  /// What was checked before the files got their names, in a sentence; `nil` where nothing was.
  fileprivate var check: String? {
    largestDifference.map {
      "pruned = masked on \(examples) examples, largest difference \(Quantity.scientific($0)) relative"
    }
  }
}
