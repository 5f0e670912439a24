package import Training

extension TrainingSettings {
  /// The options of `secateur finetune` that say the same, by name without dashes; those that say what is usual are
  /// left out.
  package var options: [String: String] {
    let usual = TrainingSettings(epochs: epochs)
    var options = ["epochs": "\(epochs)"]
    func note<T: Equatable>(_ name: String, _ value: T, _ usual: T, _ text: (T) -> String = { "\($0)" }) {
      if value != usual { options[name] = text(value) }
    }
    note("batch-size", batchSize, usual.batchSize)
    note("optimizer", optimizer.method, usual.optimizer.method) { $0.rawValue }
    note("rate", rate, Self.usualRate(of: optimizer.method))
    note("momentum", optimizer.momentum, usual.optimizer.momentum)
    if optimizer.momentum > 0, !optimizer.isNesterov { options["no-nesterov"] = "true" }
    note("weight-decay", optimizer.weightDecay, usual.optimizer.weightDecay)
    if optimizer.decaysVectors { options["decay-all"] = "true" }
    note("schedule", schedule.decay, usual.schedule.decay) { $0.text }
    note("warmup", schedule.warmUp, usual.schedule.warmUp)
    if let clip { options["clip"] = "\(clip)" }
    note("label-smoothing", labelSmoothing, usual.labelSmoothing)
    note("augment", augmentation, usual.augmentation) { $0.text }
    if let sparsity { options["sparsity"] = "\(sparsity.kind.rawValue)=\(sparsity.strength)" }
    if let distillation {
      let usual = Distillation()
      options["distil-from"] = "original"
      if let measure = distillation.measure { options["distil"] = measure.rawValue }
      note("temperature", distillation.temperature, usual.temperature)
      note("distil-weight", distillation.weight, usual.weight)
    }
    if let patience { options["patience"] = "\(patience)" }
    if freezesNormalization { options["freeze-bn"] = "true" }
    note("seed", seed, usual.seed)
    return options
  }

  /// The same as a person types it: `--epochs 3 --rate 0.01`.
  package var commandLine: String {
    options.sorted { ($0.key == "epochs" ? "" : $0.key) < ($1.key == "epochs" ? "" : $1.key) }
      .map { $0.value == "true" ? "--\($0.key)" : "--\($0.key) \($0.value)" }.joined(separator: " ")
  }
}

extension LearningRateSchedule.Decay {
  /// As `--schedule` takes it: `step=10:0.5`.
  package var text: String {
    switch self {
    case .constant: "constant"
    case .step(let every, let factor): "step=\(every):\(factor)"
    case .multiStep(let epochs, let factor):
      "multistep=\(epochs.map(String.init).joined(separator: ",")):\(factor)"
    case .exponential(let factor): "exponential=\(factor)"
    case .cosine(let floor): floor == 0 ? "cosine" : "cosine=\(floor)"
    case .polynomial(let power): "polynomial=\(power)"
    case .byEpoch: "by-epoch"
    }
  }
}

extension Augmentation {
  /// As `--augment` takes it: `flip,crop=4`.
  package var text: String {
    ((flips ? ["flip"] : []) + (crop > 0 ? ["crop=\(crop)"] : []) + (shift > 0 ? ["shift=\(shift)"] : []))
      .joined(separator: ",")
  }
}
