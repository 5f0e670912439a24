import ArgumentParser

/// The options of a training by name, with what they mean: the words of `finetune --help`, of the Train dialog and of
/// `:train`.
enum TrainingOption: String, CaseIterable {
  case epochs
  case batchSize = "batch-size"
  case optimizer, rate, momentum
  case noNesterov = "no-nesterov"
  case weightDecay = "weight-decay"
  case decayAll = "decay-all"
  case schedule, warmup, clip
  case labelSmoothing = "label-smoothing"
  case augment, sparsity
  case distilFrom = "distil-from"
  case distil, temperature
  case distilWeight = "distil-weight"
  case patience
  case freezeBatchNormalization = "freeze-bn"

  /// What it means, and what it is without being said.
  var meaning: String {
    switch self {
    case .epochs: "Passes over the training data."
    case .batchSize: "Examples a step."
    case .optimizer: "How weights move: sgd, adam or adamw."
    case .rate: "The learning rate; 0.02 for sgd and 0.001 for adam and adamw without it."
    case .momentum: "The share of its last direction that sgd keeps."
    case .noNesterov: "Let sgd look ahead along its momentum."
    case .weightDecay: "Weight decay; biases and normalizations are spared."
    case .decayAll: "Let biases and normalizations decay too."
    case .schedule:
      "How the rate decays: constant, step=EPOCHS[:FACTOR], multistep=EPOCH,…[:FACTOR], exponential=FACTOR, cosine[=FLOOR] or polynomial[=POWER]."
    case .warmup:
      "Epochs in which the rate rises first; half an epoch, and a tenth of the run at most, without it."
    case .clip: "Shorten gradients whose norm, of all together, is above this."
    case .labelSmoothing: "Share of each example's weight that is spread over all classes."
    case .augment:
      "Random changes of pictures: flip, crop=PIXELS (of the padded picture), shift=PIXELS; several with commas."
    case .sparsity: "Drive kernels to zero: group-lasso, group-norm, growing or bn-scale, with its strength."
    case .distilFrom:
      "Learn from the outputs of this model, such as the original of a pruned one; needs no labels."
    case .distil: "What is compared with that model: logits or output; by the loss without it."
    case .temperature: "What logits are divided by for that."
    case .distilWeight: "Share of that loss; the labels' has the rest."
    case .patience: "Stop after as many epochs without a better validation."
    case .freezeBatchNormalization: "Keep batch normalizations as they are, with their running statistics."
    }
  }

  /// What `--help` says.
  var help: ArgumentHelp { ArgumentHelp(stringLiteral: meaning) }

  /// What `--help` says, with a word for the value.
  func help(_ valueName: String) -> ArgumentHelp { ArgumentHelp(meaning, valueName: valueName) }
}
