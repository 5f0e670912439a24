internal import Pruning
internal import TerminalUI
internal import Training

/// Training: the dialog, `:train`, and the question before one ends too early.
extension ProgramState {
  mutating func beginTraining(_ argument: String) -> [Effect] {
    guard argument.isEmpty else {
      let read = readTraining(argument)
      guard let problem = read.problem else { return [.train(read.request)] }
      say(problem, .warning)
      return []
    }
    let known = trainingRequest?.options ?? [:]
    let fields = trainingFields.compactMap { field -> Form.Field? in
      guard let label = field.label else { return nil }
      var value = known[field.name] ?? ""
      if field.name == TrainingField.teacher, engine.data?.hasAnswers == false { value = Self.original }
      return Form.Field(field.name, label, field.formValue(value), hint: field.help)
    }
    overlays.append(
      .training(
        Form(
          title: "Train", message: trainingMessage, fields: fields,
          buttons: [.cancel, Form.Button("ok", "Train")], idealWidth: 76)))
    return []
  }

  /// What `distil-from` says where the original is learned from.
  private static let original = "original"

  /// What will be trained, on what.
  private var trainingMessage: [[Span]] {
    guard let now = currentIteration else { return [] }
    let data = engine.data.map { " on \($0.title)" } ?? ""
    var lines = [[Span("Iteration \(now.id)\(data).")]]
    if now.id == 0 {
      lines.append([Span("The original stays as it is; a copy of it is trained.", .dim)])
    } else if engine.iterations.contains(where: { $0.parent == now.id }) {
      lines.append([Span("Others were made from it, so a copy beside it is trained.", .dim)])
    }
    if engine.data?.hasAnswers == false {
      lines.append([Span("The data do not say what is right: the original's answers do.", .warning)])
    }
    return lines
  }

  mutating func handleTraining(_ event: Event, _ form: Form) -> [Effect] {
    var form = form
    switch form.handle(event) {
    case .pressed("ok"):
      if engine.data?.hasAnswers == false, form.text(of: TrainingField.teacher) != Self.original {
        form.setProblem(
          "These data do not say what is right: learn from the original.", of: TrainingField.teacher)
        form.focus = form.fields.firstIndex { $0.id == TrainingField.teacher } ?? form.focus
        overlays.append(.training(form))
        return []
      }
      // The answer closes the dialog, or says beside a field what is wrong.
      overlays.append(.training(form))
      return [.train(request(in: form))]
    case .pressed, .cancelled: break
    case .changed(let id):
      form.setProblem(nil, of: id)
      overlays.append(.training(form))
    case .handled: overlays.append(.training(form))
    }
    return []
  }

  private func request(in form: Form) -> TrainingRequest {
    var options: [String: String] = [:]
    for field in trainingFields where field.label != nil {
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
  func readTraining(_ text: String) -> (request: TrainingRequest, problem: String?) {
    var words = text.split(separator: " ").map(String.init)[...]
    var request = TrainingRequest()
    if let first = words.first, Int(first) != nil {
      request.options["epochs"] = first
      words.removeFirst()
    }
    while let word = words.popFirst() {
      let parts = word.drop { $0 == "-" }.split(separator: "=", maxSplits: 1).map(String.init)
      guard let name = parts.first, let field = trainingFields.first(where: { $0.name == name }) else {
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
  func trainingCompletions(of typed: String) -> [String] {
    var words = typed.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    let last = words.popLast() ?? ""
    let head = words.isEmpty ? "" : words.joined(separator: " ") + " "
    if let before = words.last?.drop(while: { $0 == "-" }),
      let field = trainingFields.first(where: { $0.name == before }), case .choice(let choices) = field.kind
    {
      return choices.map { head + $0 }
    }
    guard last.isEmpty || last.hasPrefix("-") else { return [] }
    let used = Set(words.map { String($0.drop { $0 == "-" }) })
    return trainingFields.filter { !used.contains($0.name) }.map { head + "--" + $0.name }
  }

  /// Takes the answer: the training begins, or something is wrong with what was asked for.
  mutating func take(_ answer: TrainingAnswer) {
    let place = overlays.lastIndex { if case .training = $0 { true } else { false } }
    guard let problem = answer.problem else {
      trainingRequest = answer.request
      if let place { overlays.remove(at: place) }
      focus = .train
      say("Training iteration \(engine.currentIteration). s stops it and keeps the best.")
      return
    }
    guard let place, case .training(var form) = overlays[place] else {
      say(problem.sentence, .warning)
      return
    }
    let field = form.fields.firstIndex { $0.id == problem.option } ?? 0
    if form.fields.indices.contains(field) { form.fields[field].problem = problem.sentence }
    form.focus = field
    overlays[place] = .training(form)
  }

  // MARK: The end

  /// Keeps back what would end the training that runs, until the user said so.
  ///
  /// Every effect passes here, whatever key, command or dialog it comes from: an hour of training is not lost by a slip.
  ///
  /// - Parameter asked: the effects that were asked about before the user did something.
  mutating func sparingTraining(_ effects: [Effect], unless asked: [Effect]) -> [Effect] {
    let ending = effects.filter(\.endsTraining)
    guard isTraining, let first = ending.first, ending != asked else { return effects }
    status = nil
    let (title, act) = first.wordsForEndingTraining
    askToEndTraining(title: title, act: act, before: ending)
    return effects.filter { !$0.endsTraining }
  }

  /// Asks whether the training that runs may end, for the sake of some effects.
  mutating func askToEndTraining(title: String, lines: [[Span]] = [], act: String, before effects: [Effect]) {
    var message = lines
    if engine.isIterating { message.append([Span("The model is being pruned step by step.")]) }
    let training = engine.training?.state
    if let training, let iteration = engine.training?.iteration {
      var now = "Iteration \(iteration) is being trained"
      if training.epoch > 0 { now += ", epoch \(training.epoch) of \(training.epochs)" }
      if let left = training.secondsLeft { now += ", \(Quantity.duration(seconds: left)) to go" }
      message.append([Span(now + ".")])
    }
    if effects.contains(.quit) {
      message.append([
        engine.isKept
          ? Span("It is kept, and goes on when the model is opened again.")
          : Span("What it has learned goes with the program.", .warning)
      ])
    } else if training == nil {
      message.append([Span("It ends, and the steps that are done stay.")])
    } else if let training, let best = training.best, best.epoch > 0 {
      message.append([Span("It ends, and its best is kept: epoch \(best.epoch), \(best.words).")])
    } else if let training, training.before != nil || training.losses.isEmpty {
      message.append([Span("It ends, and nothing is kept: no epoch was better so far.", .warning)])
    } else {
      message.append([Span("It ends, and its last weights are kept.")])
    }
    overlays.append(
      .confirmation(.confirmation(title: title, message: message, act: act), .endTraining(effects)))
  }

  /// Whether a training runs, or steps of which one is a training.
  var isTraining: Bool { engine.training != nil || engine.isIterating }

  /// What the topmost question is about, where it is one before a training ends.
  var effectsAskedAbout: [Effect] {
    if case .confirmation(_, .endTraining(let effects)) = overlays.last { effects } else { [] }
  }

  /// Takes back what was prepared for effects that the user did not want after all.
  mutating func refuse(_ effects: [Effect]) {
    for effect in effects {
      switch effect {
      case .engine(.go(let id)):
        awaitedIteration = nil
        if redoIterations.last == engine.currentIteration {
          redoIterations.removeLast()
        } else if iteration(id)?.parent == engine.currentIteration {
          redoIterations.append(id)
        }
      default: break
      }
    }
  }

  /// Says what became of a training that ended.
  mutating func tellTraining(_ before: SessionSnapshot) {
    guard let ended = before.training, engine.training == nil, engine.generation == before.generation else {
      return
    }
    guard let now = currentIteration, let trained = now.trainings.last,
      before.iterations.first(where: { $0.id == now.id })?.trainings.count != now.trainings.count
    else {
      say("The training of iteration \(ended.iteration) ended, and its weights are as they were.", .warning)
      return
    }
    say("Iteration \(now.id): \(trained.outcome)", .success)
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

extension Effect {
  /// The title of the question before it ends a training, and the word for doing it.
  fileprivate var wordsForEndingTraining: (title: String, act: String) {
    switch self {
    case .engine(.stopTraining), .engine(.cancel): ("Stop training", "Stop")
    case .engine(.go(let id)): ("Go to iteration \(id)", "Go")
    case .engine(.attach): ("Other data", "End training")
    case .engine(.open): ("Open a model", "Open")
    case .quit: ("Quit", "Quit")
    default: ("End training", "End training")
    }
  }
}
