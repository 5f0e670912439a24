package import TerminalUI
internal import Training

/// The question before a training ends too early.
package struct EndOfTraining: FormOverlay {
  package var form: Form
  /// What would end it.
  package let effects: [Effect]

  package var hints: [(Key, String)] { form.confirmationHints }
  package var asksToQuit: Bool { effects.contains(.quit) }

  package mutating func handle(_ event: Event, _ state: inout ProgramState) -> OverlayReaction {
    switch form.answer(to: event) {
    case .some(true): return .closes(effects)
    case .some(false):
      refuse(&state)
      return .closes()
    case nil: return .stays()
    }
  }

  /// Takes back what was prepared for effects that the user did not want after all.
  private func refuse(_ state: inout ProgramState) {
    for effect in effects {
      switch effect {
      case .engine(.go(let id)):
        state.awaitedIteration = nil
        if state.redoIterations.last == state.engine.currentIteration {
          state.redoIterations.removeLast()
        } else if state.iteration(id)?.parent == state.engine.currentIteration {
          state.redoIterations.append(id)
        }
      default: break
      }
    }
  }

  /// Keeps back what would end the training that runs, until the user said so.
  ///
  /// Every effect passes here, whatever key, command or dialog it comes from: an hour of training is not lost by a slip.
  ///
  /// - Parameter asked: the effects that were asked about before the user did something.
  static func sparing(_ state: inout ProgramState, _ effects: [Effect], unless asked: [Effect]) -> [Effect] {
    let ending = effects.filter { $0.endsTraining && !state.standsInLine($0) }
    guard state.isTraining, let first = ending.first, ending != asked else { return effects }
    state.status = nil
    let (title, word) = first.wordsForEndingTraining
    ask(&state, title: title, word: word, before: ending)
    return effects.filter { !ending.contains($0) }
  }

  /// Asks whether the training that runs may end, for the sake of some effects.
  static func ask(
    _ state: inout ProgramState, title: String, lines: [[Span]] = [], word: String, before effects: [Effect]
  ) {
    var message = lines
    if state.engine.isIterating { message.append([Span("The model is being pruned step by step.")]) }
    let training = state.engine.training?.state
    if let training, let iteration = state.engine.training?.iteration {
      var now = "Iteration \(iteration) is being trained"
      if training.epoch > 0 { now += ", epoch \(training.epoch) of \(training.epochs)" }
      if let left = training.secondsLeft { now += ", \(Quantity.duration(seconds: left)) to go" }
      message.append([Span(now + ".")])
    }
    if effects.contains(.quit) {
      message.append([
        state.engine.isKept
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
    state.overlays.append(
      EndOfTraining(form: .confirmation(title: title, message: message, act: word), effects: effects))
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
