internal import Foundation
internal import TerminalUI

extension ProgramState {
  mutating func openExportDialog(_ argument: String) -> [Effect] {
    let model = engine.model?.path ?? "model.onnx"
    let (stem, ending) = Self.parts(ofModelPath: model, isMXNet: engine.model?.formatName == "MXNet")
    let fields: [Form.Field] = [
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
        hint: "name.json; NPZ and Python for PyTorch beside it"),
    ]
    overlays.append(
      .export(
        ExportDialog(
          form: Form(
            title: "Write", message: exportSummary, fields: fields,
            buttons: [.cancel, Form.Button("ok", "Write")], idealWidth: 72))))
    return []
  }

  /// The part of a model's path that names it, and what the name of another model in the same format ends with.
  private static func parts(ofModelPath path: String, isMXNet: Bool) -> (stem: String, ending: String) {
    let symbol = "-symbol.json"
    if path.hasSuffix(symbol) { return (String(path.dropLast(symbol.count)), symbol) }
    // prefix-0007.params: the symbol stands beside it.
    let params = ".params"
    if path.hasSuffix(params) {
      let name = path.dropLast(params.count)
      let digits = name.reversed().prefix { "0123456789".contains($0) }.count
      return (String(name.dropLast(digits > 0 ? digits + 1 : 0)), symbol)
    }
    if isMXNet { return (path, symbol) }
    return (path.hasSuffix(".onnx") ? String(path.dropLast(5)) : path, ".onnx")
  }

  /// What will be written, and what will not.
  private var exportSummary: [[Span]] {
    var lines: [[Span]] = []
    if let iteration = currentIteration {
      lines.append([
        Span("Iteration \(iteration.id), \(iteration.title): "),
        Span(
          "\(Quantity.count(iteration.parameters)) parameters, \(Quantity.count(iteration.multiplyAccumulates)) MACs"
        ),
      ])
    }
    if hasChosen {
      lines.append([Span("What was chosen since is not pruned yet (P) and is not written.", .warning)])
    }
    return lines
  }

  mutating func handle(_ event: Event, in dialog: ExportDialog) -> [Effect] {
    var dialog = dialog
    if dialog.isWriting {
      // Escape leaves the dialog, not the writing: the report comes as an overlay of its own.
      if event != .key(.escape) { overlays.append(.export(dialog)) }
      return []
    }
    if !dialog.existing.isEmpty {
      switch event {
      case .key("y"): return send(&dialog) { $0.overwrites = true }
      case .key("n"), .key(.escape), .key(.enter): dialog.existing = []
      default: break
      }
      overlays.append(.export(dialog))
      return []
    }
    if dialog.change != nil {
      switch event {
      case .key("w"): return send(&dialog) { $0.duringChange = .wait }
      case .key("b"): return send(&dialog) { $0.duringChange = .writeEarlier }
      case .key("n"), .key(.escape), .key(.enter): dialog.change = nil
      default: break
      }
      overlays.append(.export(dialog))
      return []
    }
    if let effect = completionEffect(event, form: dialog.form, paths: ["model", "plan", "report", "kept"]) {
      overlays.append(.export(dialog))
      return [effect]
    }
    switch dialog.form.handleAmongCandidates(event) {
    case .pressed("ok"): return write(&dialog)
    case .pressed, .cancelled: return []
    default:
      overlays.append(.export(dialog))
      return []
    }
  }

  private mutating func write(_ dialog: inout ExportDialog) -> [Effect] {
    let model = dialog.form.text(of: "model")
    let plan = dialog.form.isOn("writesPlan") ? dialog.form.text(of: "plan") : nil
    if model.isEmpty { dialog.form.setProblem("Say where the model goes.", of: "model") }
    if plan == "" { dialog.form.setProblem("Say where the plan goes.", of: "plan") }
    if plan == model, plan != "" { dialog.form.setProblem("The plan needs a file of its own.", of: "plan") }
    let (report, kept) = (dialog.form.text(of: "report"), dialog.form.text(of: "kept"))
    let isReport = report.isEmpty || report.hasSuffix(".html") || report.hasSuffix(".md")
    if !isReport { dialog.form.setProblem("A report ends in .html or .md.", of: "report") }
    let isKept = kept.isEmpty || kept.hasSuffix(".json")
    if !isKept { dialog.form.setProblem("Kept indices go to a file that ends in .json.", of: "kept") }
    guard !model.isEmpty, plan != "", plan != model, isReport, isKept else {
      overlays.append(.export(dialog))
      return []
    }
    // NPZ and Python for PyTorch are written beside the indices.
    let stem = kept.isEmpty ? nil : (kept as NSString).deletingPathExtension
    dialog.request = ExportRequest(
      modelPath: model, planPath: plan, keptPaths: stem.map { [kept, "\($0).npz"] } ?? [],
      snippetPath: stem.map { "\($0).py" }, reportPaths: report.isEmpty ? [] : [report])
    return send(&dialog) { _ in }
  }

  /// Asks for what the dialog says, with the answer to its last question.
  private mutating func send(_ dialog: inout ExportDialog, answer: (inout ExportRequest) -> Void) -> [Effect]
  {
    guard var request = dialog.request else { return [] }
    answer(&request)
    dialog.request = request
    dialog.existing = []
    dialog.change = nil
    dialog.isWriting = true
    overlays.append(.export(dialog))
    return [.engine(.export(request))]
  }

  /// Where the dialog stands among the overlays; `nil` where it was left.
  private var exportPlace: Int? { overlays.lastIndex { if case .export = $0 { true } else { false } } }

  /// Takes the engine's answer: a question, a report or an error.
  mutating func take(_ result: Result<ExportResult, SessionError>) {
    let place = exportPlace
    switch result {
    case .failure(.exists(let files)):
      ask(at: place, orSay: "\(files.joined(separator: ", ")) exists.") { $0.existing = files }
    case .failure(.changing(let change)):
      ask(at: place, orSay: change.sentence) { $0.change = change }
    case .success(let result):
      if let place { overlays.remove(at: place) }
      var lines: [[Span]] = result.files.map {
        [Span($0.path, .success), Span("  " + Quantity.bytes($0.bytes), .dim)]
      }
      if let check = result.check { lines += [[], [Span(check)]] }
      lines += [
        [], [Span("The same without a terminal:", .dim)], [Span("  " + (result.command ?? ""), .title)],
      ]
      overlays.append(.message(MessageOverlay(title: "Written", lines: lines)))
    case .failure(let error):
      if let place, case .export(var dialog) = overlays[place] {
        dialog.isWriting = false
        overlays[place] = .export(dialog)
      }
      overlays.append(.message(.failure(sentence: error.sentence, remedy: error.remedy)))
    }
  }

  /// Takes the other answer: it is written when what runs is through.
  mutating func takeAwaitedExport(_ path: String) {
    if let place = exportPlace { overlays.remove(at: place) }
    say("\(path) is written when what runs is through.")
  }

  /// Has the dialog ask something before it writes; where it was left meanwhile, what stood in the way is said.
  private mutating func ask(at place: Int?, orSay sentence: String, _ question: (inout ExportDialog) -> Void)
  {
    guard let place, case .export(var dialog) = overlays[place] else {
      let remedy = "Nothing was written: write again (w)."
      overlays.append(.message(.failure(sentence: sentence, remedy: remedy)))
      return
    }
    dialog.isWriting = false
    question(&dialog)
    overlays[place] = .export(dialog)
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
