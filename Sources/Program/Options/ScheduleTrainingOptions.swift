import ArgumentParser
import Schedules
import Session
import Training

/// How is trained under a schedule, which says itself what happens to the rate and the kernels.
struct ScheduleTrainingOptions: ParsableArguments {
  @Option(help: "Passes over the training data; up to the schedule's last epoch without it.") var epochs: Int?
  @Option(help: "Examples a step.") var batchSize = 64
  @Option(help: "How weights move: sgd, adam or adamw.") var optimizer: OptimizerSettings.Method = .sgd
  @Option(help: "The learning rate to begin with; 0.02 for sgd and 0.001 for adam and adamw without it.")
  var rate: Double?
  @Option(help: "The share of its last direction that sgd keeps.") var momentum: Float = 0.9
  @Flag(inversion: .prefixedNo, help: "Let sgd look ahead along its momentum.") var nesterov = true
  @Option(help: "Weight decay; biases and normalizations are spared.") var weightDecay: Float = 1e-4
  @Flag(help: "Let biases and normalizations decay too.") var decayAll = false
  @Option(help: "Shorten gradients whose norm, of all together, is above this.") var clip: Double?
  @Option(help: "Share of each example's weight that is spread over all classes.") var labelSmoothing = 0.0
  @Option(
    help: ArgumentHelp(
      "Random changes of pictures: flip, crop=PIXELS (of the padded picture), shift=PIXELS; several with commas.",
      valueName: "changes")) var augment: TrainingOptions.Changes = TrainingOptions.Changes()
  @Option(
    help: ArgumentHelp(
      "Share of the training part to validate on, where the data have no validation part; 0.1 without it.",
      valueName: "share")) var validation: Double?
  @Flag(help: "Keep batch normalizations as they are, with their running statistics.") var freezeBn = false
  @Option(help: "Training examples that activation and gradient rankings look at.") var examples = 512

  /// What the options say, with `seed` from those of the data.
  func settings(for schedule: Schedule, seed: Int?) throws(ScheduleError) -> TrainingSettings {
    var settings = TrainingSettings(epochs: epochs ?? schedule.epochs, batchSize: batchSize)
    settings.optimizer.method = optimizer
    settings.optimizer.momentum = momentum
    settings.optimizer.isNesterov = nesterov && momentum > 0
    settings.optimizer.weightDecay = weightDecay
    settings.optimizer.decaysVectors = decayAll
    settings.rate = rate ?? TrainingSettings.usualRate(of: optimizer)
    settings.clip = clip
    settings.labelSmoothing = labelSmoothing
    settings.augmentation = augment.augmentation
    settings.freezesNormalization = freezeBn
    settings.seed = UInt64(bitPattern: Int64(seed ?? 0))
    do throws(TrainingError) { try settings.validated() } catch { throw .session(.training(error)) }
    return settings
  }

  func validate() throws {
    if let validation, !(0..<1 ~= validation) {
      throw ValidationError("--validation is a share from 0 to below 1.")
    }
    guard examples > 0 else { throw ValidationError("--examples is a number from 1.") }
  }
}
