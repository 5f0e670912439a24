/// Everything that a training run is told, beside the network and the data: what a plan keeps of it.
public struct TrainingSettings: Sendable, Hashable, Codable {
  /// Passes over the training data.
  public var epochs: Int
  /// Examples a step.
  public var batchSize: Int
  /// How gradients become new parameters.
  public var optimizer: OptimizerSettings
  /// The learning rate.
  public var rate: Double
  /// How it changes.
  public var schedule: LearningRateSchedule
  /// The largest norm of all gradients together; `nil` for any.
  public var clip: Double?
  /// The share of each example's weight that is spread over all classes, for cross entropy.
  public var labelSmoothing: Double
  /// What is learned from a teacher; `nil` without one.
  public var distillation: Distillation?
  /// Random changes of pictures.
  public var augmentation: Augmentation
  /// A penalty that drives kernels to zero.
  public var sparsity: SparsitySettings?
  /// Training stops after as many epochs without a better validation; `nil` for never.
  public var patience: Int?
  /// Whether batch normalizations keep to their running statistics, scales and shifts.
  public var freezesNormalization: Bool
  /// Where random choices begin: the order of the examples, augmentation, dropout.
  public var seed: UInt64

  /// Settings that suit the fine-tuning of a pruned network: gradient descent with Nesterov's momentum, a rate of 0.02
  /// that rises for half an epoch and falls along a cosine.
  public init(epochs: Int, batchSize: Int = 64) {
    self.epochs = epochs
    self.batchSize = batchSize
    optimizer = OptimizerSettings()
    rate = Self.usualRate(of: .sgd)
    schedule = LearningRateSchedule(warmUp: min(0.5, 0.1 * Double(epochs)))
    labelSmoothing = 0
    augmentation = Augmentation()
    freezesNormalization = false
    seed = 0
  }

  /// The learning rate that fine-tuning begins with where none is given.
  package static func usualRate(of method: OptimizerSettings.Method) -> Double {
    switch method {
    case .sgd: 0.02
    case .adam, .adamw: 1e-3
    }
  }

  /// Throws for the first value that no run can have.
  package func validated() throws {
    func require(_ holds: Bool, _ name: String, _ allowed: String) throws {
      if !holds { throw TrainingError.setting(name, allowed: allowed) }
    }
    func isShare(_ value: Double) -> Bool { 0..<1 ~= value }
    // What is counted over a run must not overflow.
    try require(1...1_000_000 ~= epochs, "epochs", "a number from 1 to 1,000,000")
    try require(1...1_000_000 ~= batchSize, "batch-size", "a number from 1 to 1,000,000")
    try require(rate > 0 && rate.isFinite, "rate", "a number above 0")
    try require(isShare(Double(optimizer.momentum)), "momentum", "a number from 0 to below 1")
    try require(
      optimizer.weightDecay >= 0 && optimizer.weightDecay.isFinite, "weight-decay", "a number from 0")
    try require(
      isShare(Double(optimizer.firstDecay)) && isShare(Double(optimizer.secondDecay)), "betas",
      "two numbers from 0 to below 1")
    try require(clip.map { $0 > 0 && $0.isFinite } ?? true, "clip", "a number above 0")
    try require(isShare(labelSmoothing), "label-smoothing", "a number from 0 to below 1")
    try require(patience.map { $0 > 0 } ?? true, "patience", "a number of epochs from 1")
    try require(schedule.warmUp >= 0 && schedule.warmUp.isFinite, "warmup", "a number of epochs from 0")
    try require(
      0...65_536 ~= augmentation.crop && 0...65_536 ~= augmentation.shift, "augment",
      "a number of pixels from 0 to 65,536")
    if let sparsity {
      try require(
        sparsity.strength > 0 && sparsity.strength.isFinite, "sparsity", "a strength above 0")
    }
    if let distillation {
      try require(
        distillation.temperature > 0 && distillation.temperature.isFinite, "temperature", "a number above 0")
      try require(0...1 ~= distillation.weight, "distil-weight", "a number from 0 to 1")
    }
    switch schedule.decay {
    case .step(let every, let factor):
      try require(every > 0 && factor > 0, "schedule", "step=EPOCHS,FACTOR with an epoch or more")
    case .multiStep(let epochs, let factor):
      try require(
        !epochs.isEmpty && epochs.allSatisfy { $0 >= 0 } && factor > 0, "schedule",
        "multistep=EPOCH,…,FACTOR")
    case .exponential(let factor): try require(factor > 0 && factor <= 1, "schedule", "exponential=FACTOR")
    case .cosine(let floor):
      try require(isShare(floor), "schedule", "cosine=FLOOR with a share from 0 to below 1")
    case .polynomial(let power): try require(power > 0, "schedule", "polynomial=POWER above 0")
    case .byEpoch(let factors):
      try require(
        factors.allSatisfy { $0 >= 0 && $0.isFinite }, "schedule", "a factor from 0 for each epoch")
    case .constant: break
    }
  }
}
