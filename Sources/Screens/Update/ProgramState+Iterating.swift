internal import Pruning
internal import TerminalUI

/// Pruning step by step to a target.
extension ProgramState {
  /// What the target can be counted in, as the options of `secateur iterate` call it.
  private static let quantities = ["macs", "params", "memory", "latency"]

  mutating func beginIterating(_ argument: String) -> [Effect] {
    guard argument.isEmpty else {
      // Dashes may be left out, as on the line of every other command.
      var words = argument.split(separator: " ").map(String.init)
      if let first = words.first, first.hasPrefix("keep-") { words[0] = "--" + first }
      if words.count == 1, let target = Target(argument), target.quantity == .macs {
        words = ["--keep-macs", target.amountText, "--no-train", "--steps", "\(steps(to: target))"]
      }
      return [.iterate(request(words))]
    }
    let fields: [Form.Field] = [
      .init("quantity", "What", .choice(Self.quantities, selected: 0), hint: "what the target is counted in"),
      .init("keep", "Remains", .text(TextField("50%")), hint: "how much of it may remain in the end"),
      .init(
        "criterion", "Chosen by",
        .choice(
          criteria.map(\.rawValue), selected: criteria.firstIndex(of: .obs) ?? 0),
        hint: "obs: by measured losses, refitted; else what scores kernels"),
      .init("steps", "Steps", .text(TextField("4")), hint: "each is an iteration, and keeps the same share"),
      .init(
        "recover", "Recovery", .text(TextField("")),
        hint: "without training: bias, bn, refit, with commas, none; empty: refit with obs"),
      .init("epochs", "Epochs", .text(TextField("3")), hint: "of training after each step; 0 for none"),
      .init(
        "drop", "Stop when", .text(TextField("")), hint: "a step lost more points of accuracy than this"),
    ]
    show(
      IteratingDialog(
        form: Form(
          title: "Prune step by step", message: iteratingMessage, fields: fields,
          buttons: [.cancel, Form.Button("ok", "Begin")], idealWidth: 72)))
    return []
  }

  /// Begins a procedure with options as they were typed; dashes may be left out, and so may the name of the first option.
  ///
  /// - Parameter first: the option that a number alone is meant for.
  mutating func begin(
    _ procedure: IterationRequest.Procedure, _ argument: String, first: String
  ) -> [Effect] {
    var words = argument.split(separator: " ").map(String.init)
    guard let word = words.first else {
      say("Say how much goes, in per cent: :\(procedure.rawValue) 10", .warning)
      return []
    }
    if Double(word) != nil {
      words.insert("--" + first, at: 0)
    } else if !word.hasPrefix("-") {
      words[0] = "--" + word
    }
    return [
      .iterate(
        IterationRequest(procedure, arguments: words, settings: PruningSettings()))
    ]
  }

  private var iteratingMessage: [[Span]] {
    var lines = [[Span("From iteration \(engine.currentIteration).")]]
    if engine.data?.hasAnswers == false {
      lines.append([Span("The data do not say what is right: training learns from the original.", .warning)])
    }
    return lines
  }

  /// What the dialog asks for, as it would be typed.
  func arguments(of form: Form) -> [String] {
    func text(_ id: String) -> String { form.text(of: id).filter { $0 != " " } }
    var words = [
      "--keep-\(form.text(of: "quantity"))", text("keep"), "--steps", text("steps"), "--criterion",
      text("criterion"),
    ]
    if !text("recover").isEmpty { words += ["--recover", text("recover")] }
    words += ["0", ""].contains(text("epochs")) ? ["--no-train"] : ["--epochs", text("epochs")]
    if !text("drop").isEmpty { words += ["--max-drop", text("drop")] }
    if engine.data?.hasAnswers == false, !words.contains("--no-train") {
      words += ["--distil-from", "original"]
    }
    return words
  }

  /// Steps as they were typed, under the settings of the state.
  func request(_ words: [String]) -> IterationRequest {
    var settings = settings
    settings.amounts = [:]
    settings.forced = [:]
    settings.pinned = [:]
    return IterationRequest(arguments: words, settings: settings)
  }

  /// Criteria that kernels can be chosen by.
  private var criteria: [Criterion] {
    Criterion.allCases.filter {
      (engine.data != nil || !$0.needsData) && ($0 != .external || engine.scoresPath != nil)
    }
  }

  /// In how many steps a target is reached without training: as `secateur prune` reaches it.
  private func steps(to target: Target) -> Int {
    guard case .percent(let share) = target.remaining else { return 1 }
    return PruningTarget.stages(to: share).count
  }

  /// Takes the answer: the steps begin, or something is wrong with what was asked for.
  mutating func takeIterating(_ problem: String?) {
    guard let problem else {
      overlays.removeAll(IteratingDialog.self)
      if mustWait != nil { return say(Self.inLineSentence) }
      focus = .iterations
      say("Pruning step by step. \u{2303}C stops it, and what is done stays.")
      return
    }
    let isOpen = overlays.change(IteratingDialog.self) { $0.form.message = [[Span(problem, .warning)]] }
    if !isOpen { say(problem, .warning) }
  }
}
