/// A training as the Train screen shows it: the one that runs, or one that an iteration was trained by.
public struct TrainingProgress: Sendable, Hashable {
  /// What it does.
  public enum Phase: Sendable, Hashable {
    /// Measures the network as it came.
    case measuring
    /// Trains.
    case training
    /// Measures the network at an epoch's end.
    case validating
    /// Nothing any more: all epochs are done.
    case completed
    /// Nothing any more, for this reason: `stopped early`.
    case ended(String)
  }

  /// What a network was measured at.
  public struct Measure: Sendable, Hashable {
    /// The mean loss.
    public var loss: Double
    /// The share of right decisions, 0…1; `nil` without classes.
    public var accuracy: Double?

    /// A measurement.
    public init(loss: Double, accuracy: Double? = nil) {
      self.loss = loss
      self.accuracy = accuracy
    }
  }

  /// What an epoch gave.
  public struct Epoch: Sendable, Hashable {
    /// Its number, from 1.
    public var number: Int
    /// On the batches that were learned from, each before its step.
    public var training: Measure
    /// On the validation data; `nil` without such data.
    public var validation: Measure?

    /// An epoch.
    public init(number: Int, training: Measure, validation: Measure? = nil) {
      self.number = number
      self.training = training
      self.validation = validation
    }
  }

  /// The iteration that is trained.
  public var iteration: Int
  /// What it was told, as `secateur finetune` takes it: `--epochs 5 --rate 0.01`.
  public var options: String
  /// What it does.
  public var phase: Phase
  /// The current epoch, from 1; 0 before the first.
  public var epoch: Int
  /// Epochs in all.
  public var epochs: Int
  /// Batches of the current epoch that are done.
  public var step: Int
  /// Batches of an epoch.
  public var stepsPerEpoch: Int
  /// The current epoch's batches so far; `nil` before the first.
  public var now: Measure?
  /// The loss of every step so far.
  public var losses: [Double]
  /// The epochs that are over.
  public var history: [Epoch]
  /// The validation of the network as it came; `nil` without validation data.
  public var before: Measure?
  /// The epoch of the best validation, 0 for the network as it came; `nil` without validation data.
  public var bestEpoch: Int?
  /// The learning rate of the last step.
  public var rate: Double
  /// Examples a second.
  public var examplesPerSecond: Double
  /// Seconds until the last epoch is over; `nil` where that is not known.
  public var secondsLeft: Double?
  /// Seconds that it took; `nil` while it runs.
  public var seconds: Double?
  /// Steps that were skipped because loss or gradients were not numbers.
  public var skippedSteps: Int

  /// A training that has not begun.
  public init(iteration: Int, options: String, epochs: Int, stepsPerEpoch: Int) {
    self.iteration = iteration
    self.options = options
    phase = .measuring
    epoch = 0
    self.epochs = epochs
    step = 0
    self.stepsPerEpoch = stepsPerEpoch
    losses = []
    history = []
    rate = 0
    examplesPerSecond = 0
    skippedSteps = 0
  }
}

extension TrainingProgress {
  /// Whether it goes on.
  var isRunning: Bool {
    switch phase {
    case .measuring, .training, .validating: true
    case .completed, .ended: false
    }
  }

  /// What the best epoch's validation gave.
  var best: Measure? {
    guard let bestEpoch else { return nil }
    return bestEpoch == 0 ? before : history.first { $0.number == bestEpoch }?.validation
  }

  /// Whether there is an accuracy to show.
  var hasAccuracy: Bool {
    before?.accuracy != nil
      || history.contains { $0.training.accuracy != nil || $0.validation?.accuracy != nil }
  }
}

/// An option of a training, by the name that `secateur finetune` has for it: a field of the dialog, and a word of
/// `:train`.
public struct TrainingField: Sendable, Hashable {
  /// What can be set.
  public enum Kind: Sendable, Hashable {
    /// A text. Empty leaves it to the program, which then takes what `placeholder` says.
    case text(placeholder: String)
    /// One of several words; the first is what is usual.
    case choice([String])
    /// Yes or no.
    case flag
  }

  /// The option's name, without dashes.
  public var name: String
  /// What the dialog calls it; `nil` for one that only `:train` takes.
  public var label: String?
  /// What can be set.
  public var kind: Kind
  /// What it means, and what can be typed.
  public var help: String

  /// A field from its parts.
  public init(_ name: String, _ label: String?, _ kind: Kind, help: String) {
    self.name = name
    self.label = label
    self.kind = kind
    self.help = help
  }
}

/// A training as it was asked for: options by name, as they were typed. A flag that is set says `true`.
public struct TrainingRequest: Sendable, Hashable {
  /// The options, by name without dashes.
  public var options: [String: String]

  /// A request; without options everything is as usual.
  public init(options: [String: String] = [:]) { self.options = options }
}

/// The answer to `Effect.train`.
public struct TrainingAnswer: Sendable, Hashable {
  /// What was asked for.
  public var request: TrainingRequest
  /// What is wrong, in a sentence, and with which option; `nil` where the training begins.
  public var problem: Problem?

  /// Something wrong with a request.
  public struct Problem: Error, Sendable, Hashable {
    /// The option's name; `nil` where it is none in particular.
    public var option: String?
    /// What is wrong.
    public var sentence: String

    /// A problem with an option.
    public init(option: String?, sentence: String) {
      self.option = option
      self.sentence = sentence
    }
  }

  /// An answer to a request.
  public init(_ request: TrainingRequest, problem: Problem? = nil) {
    self.request = request
    self.problem = problem
  }
}
