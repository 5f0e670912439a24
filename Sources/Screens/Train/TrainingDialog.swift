internal import Pruning
package import TerminalUI

/// What is to be said of a training before it begins; `:train` says it on a line.
package struct TrainingDialog: FormOverlay {
  package var form: Form

  package var hints: [(Key, String)] {
    [(.enter, "train"), (.left, "other value"), (.tab, "next field"), (.escape, "cancel")]
  }

  static func open(_ state: inout ProgramState, _ argument: String) -> [Effect] {
    guard argument.isEmpty else {
      let read = read(state, argument)
      guard let problem = read.problem else { return [.train(read.request)] }
      state.say(problem, .warning)
      return []
    }
    let known = state.trainingRequest?.options ?? [:]
    let fields = state.trainingFields.compactMap { field -> Form.Field? in
      guard let label = field.label else { return nil }
      var value = known[field.name] ?? ""
      if field.name == TrainingField.teacher, state.engine.data?.hasAnswers == false { value = Self.original }
      return Form.Field(field.name, label, field.formValue(value), hint: field.help)
    }
    state.show(
      TrainingDialog(
        form: Form(
          title: "Train", message: message(state), fields: fields,
          buttons: [.cancel, Form.Button("ok", "Train")], idealWidth: 76)))
    return []
  }

  /// What `distil-from` says where the original is learned from.
  private static let original = "original"

  /// What will be trained, on what.
  private static func message(_ state: ProgramState) -> [[Span]] {
    guard let now = state.currentIteration else { return [] }
    let data = state.engine.data.map { " on \($0.title)" } ?? ""
    var lines = [[Span("Iteration \(now.id)\(data).")]]
    if now.id == 0 {
      lines.append([Span("The original stays as it is; a copy of it is trained.", .dim)])
    } else if state.engine.iterations.contains(where: { $0.parent == now.id }) {
      lines.append([Span("Others were made from it, so a copy beside it is trained.", .dim)])
    }
    if state.engine.data?.hasAnswers == false {
      lines.append([Span("The data do not say what is right: the original's answers do.", .warning)])
    }
    return lines
  }

  /// How many epochs, of how many examples, how long.
  package func outcome(_ state: ProgramState) -> [[Span]] {
    let usual = state.trainingFields.first { $0.name == "epochs" }
    var typed = form.text(of: "epochs")
    if typed.isEmpty, case .text(let placeholder)? = usual?.kind { typed = placeholder }
    guard let epochs = Int(typed), epochs > 0 else { return [] }
    let examples = state.engine.data.map { " on \(Quantity.grouped($0.examples)) examples" } ?? ""
    let time = state.timeOfEpochs(Double(epochs)).map { ", \($0)" } ?? ""
    return [[Span("\(epochs) epoch\(epochs == 1 ? "" : "s")\(examples)\(time).", .title)]]
  }

  private static func request(_ state: ProgramState, in form: Form) -> TrainingRequest {
    var options: [String: String] = [:]
    for field in state.trainingFields where field.label != nil {
      switch field.kind {
      case .flag: if form.isOn(field.name) { options[field.name] = "true" }
      case .choice(let words):
        let word = form.text(of: field.name)
        if word != words.first { options[field.name] = word }
      case .text:
        let text = form.text(of: field.name).split(separator: " ").joined(separator: " ")
        if !text.isEmpty, text != "none" { options[field.name] = text }
      }
    }
    return TrainingRequest(options: options)
  }

  /// Reads `3 --rate 0.01`, `epochs 3 rate 0.01` and the like.
  private static func read(_ state: ProgramState, _ text: String) -> (
    request: TrainingRequest, problem: String?
  ) {
    var words = text.split(separator: " ").map(String.init)[...]
    var request = TrainingRequest()
    if let first = words.first, Int(first) != nil {
      request.options["epochs"] = first
      words.removeFirst()
    }
    while let word = words.popFirst() {
      let parts = word.drop { $0 == "-" }.split(separator: "=", maxSplits: 1).map(String.init)
      guard let name = parts.first, let field = state.trainingFields.first(where: { $0.name == name }) else {
        return (request, "There is no option \"\(word)\": Tab after :train shows them all.")
      }
      if field.kind == .flag {
        request.options[name] = "true"
      } else if let value = parts.count > 1 ? parts[1] : words.popFirst() {
        request.options[name] = value
      } else {
        return (request, "Write a value after \(word).")
      }
    }
    return (request, nil)
  }

  /// The whole texts that can stand instead of what was typed after `:train`.
  static func completions(_ state: ProgramState, of typed: String) -> [Completion] {
    var words = typed.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    let last = words.popLast() ?? ""
    let head = words.isEmpty ? "" : words.joined(separator: " ") + " "
    if let before = words.last?.drop(while: { $0 == "-" }),
      let field = state.trainingFields.first(where: { $0.name == before }),
      case .choice(let choices) = field.kind
    {
      return choices.map { Completion(head + $0, field.help) }
    }
    guard last.isEmpty || last.hasPrefix("-") else { return [] }
    let used = Set(words.map { String($0.drop { $0 == "-" }) })
    return state.trainingFields.filter { !used.contains($0.name) }.map {
      Completion(head + "--" + $0.name, $0.help)
    }
  }

  package mutating func handle(_ event: Event, _ state: inout ProgramState) -> OverlayReaction {
    switch form.handle(event) {
    case .pressed("ok"):
      if state.engine.data?.hasAnswers == false, form.text(of: TrainingField.teacher) != Self.original {
        form.setProblem(
          "These data do not say what is right: learn from the original.", of: TrainingField.teacher)
        form.focus = form.fields.firstIndex { $0.id == TrainingField.teacher } ?? form.focus
        return .stays()
      }
      // The answer closes the dialog, or says beside a field what is wrong.
      return .stays([.train(Self.request(state, in: form))])
    case .pressed, .cancelled: return .closes()
    case .changed(let id): form.setProblem(nil, of: id)
    case .handled: break
    }
    return .stays()
  }

  /// Takes the answer: the training begins, or something is wrong with what was asked for.
  static func take(_ state: inout ProgramState, _ answer: TrainingAnswer) {
    guard let problem = answer.problem else {
      state.trainingRequest = answer.request
      state.overlays.removeAll(TrainingDialog.self)
      if state.mustWait != nil { return state.say(ProgramState.inLineSentence) }
      state.focus = .train
      state.say("Training iteration \(state.engine.currentIteration). ! stops it and keeps the best.")
      return
    }
    let isOpen = state.overlays.change(TrainingDialog.self) { dialog in
      let field = dialog.form.fields.firstIndex { $0.id == problem.option } ?? 0
      if dialog.form.fields.indices.contains(field) { dialog.form.fields[field].problem = problem.sentence }
      dialog.form.focus = field
    }
    if !isOpen { state.say(problem.sentence, .warning) }
  }
}

extension TrainingField {
  /// The option that names the network whose answers are learned.
  package static let teacher = "distil-from"

  /// The field's value in a form.
  fileprivate func formValue(_ text: String) -> Form.Value {
    switch kind {
    case .text(let placeholder): .text(TextField(text, placeholder: placeholder))
    case .choice(let words): .choice(words, selected: words.firstIndex(of: text) ?? 0)
    case .flag: .toggle(text == "true")
    }
  }
}
