internal import TerminalUI

/// The curves of a training.
enum TrainScreen: ScreenFeature {
  static let title = "Train"
  static let id = "training"
  static let help = "the curves of a training"

  static let commands: [Command] = [
    Command(
      "stop-training", ["s"], "stop", "end the training and keep its best weights",
      disabled: { $0.isTraining ? nil : "nothing is being trained (F trains)" }
    ) { _, _ in [.engine(.stopTraining)] }
  ]
}
