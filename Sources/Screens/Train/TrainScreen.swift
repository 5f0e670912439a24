internal import TerminalUI

/// The curves of a training.
enum TrainScreen: ScreenFeature {
  static let title = "Train"
  static let id = "training"
  static let help = "the curves of a training"

  static let commands: [Command] = [
    Command(
      "stop-training", ["!"], "stop", "end the training and keep its best weights", menu: "!",
      disabled: { $0.isTraining ? nil : "nothing is being trained (F trains)" }
    ) { _, _ in [.engine(.stopTraining)] }
  ]
}

// MARK: The pane

extension TrainScreen {
  static func notes(_ state: ProgramState) -> [String] {
    state.engine.training == nil ? [] : ["! stops and keeps the best"]
  }

  /// What there is to say stands above the curves.
  static func standingMessage(_ state: ProgramState) -> String? { "" }

  /// Says what became of a training that ended.
  static func adopt(_ state: inout ProgramState, _ news: News) {
    let before = news.before
    guard let ended = before.training, state.engine.training == nil,
      state.engine.generation == before.generation
    else {
      return
    }
    guard let now = state.currentIteration, let trained = now.trainings.last,
      before.iterations.first(where: { $0.id == now.id })?.trainings.count != now.trainings.count
    else {
      state.say(
        "The training of iteration \(ended.iteration) ended, and its weights are as they were.", .warning)
      return
    }
    state.say("Iteration \(now.id): \(trained.outcome)", .success)
  }
}
