import ArgumentParser
import Schedules
import Session
import Training

/// How is trained under a schedule, which says itself what happens to the rate and the kernels.
struct ScheduleTrainingOptions: ParsableArguments {
  @Option(help: "Passes over the training data; up to the schedule's last epoch without it.") var epochs: Int?
  @OptionGroup var step: StepOptions
  @Option(help: "The learning rate to begin with; 0.02 for sgd and 0.001 for adam and adamw without it.")
  var rate: Double?
  @OptionGroup var direction: DirectionOptions
  @OptionGroup var shaping: ExampleOptions
  @OptionGroup var heldBack: HeldBackOptions
  @Option(
    help: "Training examples that activation and gradient rankings look at.", transform: WholeNumber.count)
  var examples = 512

  /// What the options say, with `seed` from those of the data.
  func settings(for schedule: Schedule, seed: Int?) throws -> TrainingSettings {
    let settings = TrainingSettings(
      epochs: epochs ?? schedule.epochs, rate: rate, step: step, direction: direction, examples: shaping,
      heldBack: heldBack, seed: seed)
    try settings.validated()
    return settings
  }
}
