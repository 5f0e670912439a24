import ArgumentParser
import Session
import Training

// What trainings under a schedule share with others, in groups that keep the order of `--help`.

/// How large a step is, and by which method weights move.
struct StepOptions: ParsableArguments {
  @Option(help: TrainingOption.batchSize.help) var batchSize = 64
  @Option(help: TrainingOption.optimizer.help) var optimizer: OptimizerSettings.Method = .sgd
}

/// Where a step leads beside down the gradient.
struct DirectionOptions: ParsableArguments {
  @Option(help: TrainingOption.momentum.help) var momentum: Float = 0.9
  @Flag(inversion: .prefixedNo, help: TrainingOption.noNesterov.help) var nesterov = true
  @Option(help: TrainingOption.weightDecay.help) var weightDecay: Float = 1e-4
  @Flag(help: TrainingOption.decayAll.help) var decayAll = false
}

/// What is done to gradients, labels and pictures.
struct ExampleOptions: ParsableArguments {
  @Option(help: TrainingOption.clip.help) var clip: Double?
  @Option(help: TrainingOption.labelSmoothing.help) var labelSmoothing = 0.0
  @Option(help: TrainingOption.augment.help("changes")) var augment = TrainingOptions.Changes()
}

/// What is held back from training: a part of the examples, and normalizations.
struct HeldBackOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Share of the training part to validate on, where the data have no validation part; 0.1 without it.",
      valueName: "share")) var validation: Double?
  @Flag(help: TrainingOption.freezeBatchNormalization.help) var freezeBn = false

  func validate() throws {
    if let validation, !(0..<1 ~= validation) {
      throw ValidationError("--validation is a share from 0 to below 1.")
    }
  }
}

extension TrainingSettings {
  /// What the options say.
  ///
  /// - Parameters:
  ///   - rate: the learning rate; what is usual for the method where `nil`.
  ///   - seed: of the options of the data.
  init(
    epochs: Int, rate: Double?, step: StepOptions, direction: DirectionOptions, examples: ExampleOptions,
    heldBack: HeldBackOptions, seed: Int?
  ) {
    self.init(epochs: epochs, batchSize: step.batchSize)
    optimizer.method = step.optimizer
    optimizer.momentum = direction.momentum
    optimizer.isNesterov = direction.nesterov && direction.momentum > 0
    optimizer.weightDecay = direction.weightDecay
    optimizer.decaysVectors = direction.decayAll
    self.rate = rate ?? TrainingSettings.usualRate(of: step.optimizer)
    clip = examples.clip
    labelSmoothing = examples.labelSmoothing
    augmentation = examples.augment.augmentation
    freezesNormalization = heldBack.freezeBn
    self.seed = UInt64(bitPattern: Int64(seed ?? 0))
  }
}
