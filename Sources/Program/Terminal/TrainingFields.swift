import ArgumentParser
import Errors
import Screens
import Session
import Training

extension TrainingField {
  /// What the Train dialog and `:train` offer: the options of `secateur finetune`, where the model to learn from is the
  /// original.
  static let all: [TrainingField] = [
    .init(.epochs, "Epochs", .text(placeholder: "5")),
    .init(.optimizer, "Optimiser", .choice(OptimizerSettings.Method.allCases.map(\.rawValue))),
    .init(.rate, "Rate", .text(placeholder: "0.02, with adam 0.001")),
    .init(.schedule, "Schedule", .text(placeholder: "cosine")),
    .init(.batchSize, "Batch size", .text(placeholder: "64")),
    .init(.augment, "Augmentation", .text(placeholder: "none")),
    .init(.labelSmoothing, "Smoothing", .text(placeholder: "0")),
    .init(.patience, "Patience", .text(placeholder: "none")),
    .init(.distilFrom, "Learn from", .choice(["labels", "original"])),
    .init(.distilWeight, "Its share", .text(placeholder: "0.5")),
    .init(.sparsity, "Sparsity", .text(placeholder: "none, or group-lasso=1e-4")),
    .init(.freezeBatchNormalization, "Freeze BN", .flag),
    .init(.momentum, nil, .text(placeholder: "0.9")),
    .init(.noNesterov, nil, .flag),
    .init(.weightDecay, nil, .text(placeholder: "1e-4")),
    .init(.decayAll, nil, .flag),
    .init(.warmup, nil, .text(placeholder: "0.5")),
    .init(.clip, nil, .text(placeholder: "none")),
    .init(.distil, nil, .choice(Distillation.Measure.allCases.map(\.rawValue))),
    .init(.temperature, nil, .text(placeholder: "4")),
  ]

  private init(_ option: TrainingOption, _ label: String?, _ kind: Kind) {
    self.init(option.rawValue, label, kind, help: option.meaning)
  }
}

extension TrainingRequest {
  /// The settings that were asked for, read as `secateur finetune` reads its options.
  func settings() throws(TrainingAnswer.Problem) -> TrainingSettings {
    var arguments: [String] = []
    for (name, value) in options.sorted(by: { $0.key < $1.key }) {
      guard let option = TrainingOption(rawValue: name) else {
        throw .init(option: name, sentence: "There is no option \(name).")
      }
      if option == .distilFrom, value == "labels" { continue }
      let isFlag = TrainingField.all.contains { $0.name == name && $0.kind == .flag }
      let argument = isFlag ? "--\(name)" : "--\(name)=\(value)"
      // Each by itself, so that it is known which one is wrong.
      let alone = option == .distil ? [argument, "--distil-from=original"] : [argument]
      guard (try? TrainingOptions.parse(alone)) != nil else {
        throw .init(option: name, sentence: "\"\(value)\" is not understood. \(option.meaning)")
      }
      arguments.append(argument)
    }
    let read: TrainingOptions
    do {
      read = try TrainingOptions.parse(arguments)
    } catch {
      throw .init(option: nil, sentence: TrainingOptions.message(for: error))
    }
    do {
      return try read.settings(seed: nil)
    } catch {
      guard case TrainingError.setting(let name, let allowed) = error else {
        throw .init(option: nil, sentence: CaughtError(error).sentence)
      }
      throw .init(option: name, sentence: "\(name) is \(allowed).")
    }
  }
}
