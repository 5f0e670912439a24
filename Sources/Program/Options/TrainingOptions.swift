import ArgumentParser
import Session
import Training

/// How a network is trained.
struct TrainingOptions: ParsableArguments {
  @Option(help: TrainingOption.epochs.help) var epochs = 5
  @OptionGroup var step: StepOptions
  @Option(help: TrainingOption.rate.help) var rate: Double?
  @OptionGroup var direction: DirectionOptions
  @Option(help: TrainingOption.schedule.help("decay")) var schedule: Decay = Decay(.cosine(floor: 0))
  @Option(help: TrainingOption.warmup.help("epochs")) var warmup: Double?
  @OptionGroup var examples: ExampleOptions
  @Option(help: TrainingOption.sparsity.help("kind=λ")) var sparsity: Penalty?
  @Option(help: TrainingOption.distilFrom.help("model"), completion: ModelOptions.completion)
  var distilFrom: OtherModelPath?
  @Option(help: TrainingOption.distil.help("measure")) var distil: Distillation.Measure?
  @Option(help: TrainingOption.temperature.help) var temperature = 4.0
  @Option(help: TrainingOption.distilWeight.help) var distilWeight = 0.5
  @Option(help: TrainingOption.patience.help("epochs")) var patience: Int?
  @OptionGroup var heldBack: HeldBackOptions

  /// What the options say, with `seed` from those of the data.
  func settings(seed: Int?) throws -> TrainingSettings {
    var settings = TrainingSettings(
      epochs: epochs, rate: rate, step: step, direction: direction, examples: examples, heldBack: heldBack,
      seed: seed)
    settings.schedule.decay = schedule.decay
    if let warmup { settings.schedule.warmUp = warmup }
    settings.sparsity = sparsity?.settings
    settings.patience = patience
    if distilFrom != nil {
      settings.distillation = Distillation(
        measure: distil, temperature: temperature, weight: distilWeight)
    }
    try settings.validated()
    return settings
  }

  func validate() throws {
    if distilFrom == nil, distil != nil {
      throw ValidationError("--distil says how to learn from the model that --distil-from names.")
    }
  }

  /// `step=10:0.5` and the like.
  struct Decay: ExpressibleByArgument {
    let decay: LearningRateSchedule.Decay

    init(_ decay: LearningRateSchedule.Decay) { self.decay = decay }

    init?(argument: String) {
      let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
      let values = (parts.count > 1 ? parts[1] : "").split(separator: ":").map(String.init)
      let first = values.first.map { $0.split(separator: ",").map { Int($0) } } ?? []
      let number = values.first.flatMap(Double.init)
      let factor = values.count > 1 ? Double(values[1]) : 0.1
      guard values.count <= 2, parts.count == 1 || !values.isEmpty else { return nil }
      switch (parts.first, number, factor) {
      case ("constant", nil, _) where parts.count == 1: decay = .constant
      case ("step", _, let factor?):
        guard first.count == 1, let every = first[0] else { return nil }
        decay = .step(every: every, factor: factor)
      case ("multistep", _, let factor?):
        guard !first.isEmpty, !first.contains(nil) else { return nil }
        decay = .multiStep(at: first.compactMap { $0 }, factor: factor)
      case ("exponential", let factor?, _) where values.count == 1: decay = .exponential(factor: factor)
      case ("cosine", let floor, _) where parts.count == 1 || (values.count == 1 && floor != nil):
        decay = .cosine(floor: floor ?? 0)
      case ("polynomial", let power, _) where parts.count == 1 || (values.count == 1 && power != nil):
        decay = .polynomial(power: power ?? 1)
      default: return nil
      }
    }

    var defaultValueDescription: String { "cosine" }
  }

  /// `flip,crop=4`.
  struct Changes: ExpressibleByArgument {
    private(set) var augmentation = Augmentation()

    init() {}

    init?(argument: String) {
      for change in argument.split(separator: ",") {
        let parts = change.split(separator: "=", maxSplits: 1)
        switch (parts[0], parts.count > 1 ? Int(parts[1]) : nil) {
        case ("flip", nil) where parts.count == 1: augmentation.flips = true
        case ("crop", let pixels?): augmentation.crop = pixels
        case ("shift", let pixels?): augmentation.shift = pixels
        default: return nil
        }
      }
      guard !augmentation.isEmpty else { return nil }
    }

    var defaultValueDescription: String { "none" }
  }

  /// `group-lasso=1e-4`.
  struct Penalty: ExpressibleByArgument {
    let settings: SparsitySettings

    init?(argument: String) {
      let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2, let kind = SparsitySettings.Kind(rawValue: parts[0]),
        let strength = Double(parts[1])
      else { return nil }
      settings = SparsitySettings(kind, strength: strength)
    }
  }
}
