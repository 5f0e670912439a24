public import Training

/// How far a training run is, and what it has found: a value, made anew after each step.
public struct TrainingState: Sendable, Hashable, Codable {
  /// What the run does.
  public enum Phase: Sendable, Hashable, Codable {
    /// Measures the network as it came.
    case measuring
    /// Trains.
    case training
    /// Measures the network at an epoch's end.
    case validating
    /// Nothing any more.
    case finished(StopReason)
  }

  /// Why a run ended.
  public enum StopReason: String, Sendable, Hashable, Codable {
    /// All epochs are done.
    case completed
    /// No epoch was better than the best for as many as patience allows.
    case patience
    /// Loss or gradients were not numbers in too many steps in a row.
    case notFinite = "not-finite"
    /// Somebody stopped it.
    case stopped
  }

  /// What an epoch gave.
  public struct Epoch: Sendable, Hashable, Codable {
    /// Its number, from 1.
    public var number: Int
    /// The mean loss of its training batches, each before its step.
    public var loss: Double
    /// The share of right decisions in these batches; `nil` without classes.
    public var accuracy: Double?
    /// The mean loss on the validation data; `nil` without such data.
    public var validationLoss: Double?
    /// The share of right decisions on the validation data.
    public var validationAccuracy: Double?
    /// The learning rate at its end.
    public var rate: Double
    /// Seconds that it took, validation included.
    public var seconds: Double
    /// Whether the network was better after it than ever before.
    public var isBest: Bool

    /// An epoch from what it gave.
    package init(
      number: Int, loss: Double, accuracy: Double?, validationLoss: Double?, validationAccuracy: Double?,
      rate: Double, seconds: Double, isBest: Bool
    ) {
      self.number = number
      self.loss = loss
      self.accuracy = accuracy
      self.validationLoss = validationLoss
      self.validationAccuracy = validationAccuracy
      self.rate = rate
      self.seconds = seconds
      self.isBest = isBest
    }
  }

  /// What the run does.
  public package(set) var phase: Phase = .measuring
  /// The current epoch, from 1; 0 before the first.
  public package(set) var epoch = 0
  /// Epochs in all.
  public package(set) var epochs: Int
  /// Batches of the current epoch that are done.
  public package(set) var step = 0
  /// Batches of an epoch.
  public package(set) var stepsPerEpoch: Int
  /// The loss of the last batch.
  public package(set) var lastLoss: Double?
  /// The mean loss of the epoch's batches so far; `nil` before the first.
  public package(set) var loss: Double?
  /// The share of right decisions in them; `nil` without classes.
  public package(set) var accuracy: Double?
  /// The learning rate of the last step.
  public package(set) var rate = 0.0
  /// The norm of the last step's gradients before clipping.
  public package(set) var gradientNorm: Double?
  /// Steps that were skipped because loss or gradients were not numbers.
  package var skippedSteps = 0
  /// Examples trained on a second, over the last steps.
  public package(set) var examplesPerSecond = 0.0
  /// Seconds until the last epoch is over; `nil` before the first step.
  public package(set) var secondsLeft: Double?
  /// The epochs that are over.
  public package(set) var history: [Epoch] = []
  /// The loss of every step so far.
  package var losses: [Double] = []
  /// The validation of the network as it came; `nil` without validation data.
  public package(set) var before: ValidationWatch.Result?
  /// The best validation so far, whose weights are kept.
  public package(set) var best: ValidationWatch.Result?

  /// The state of a run that has not begun.
  package init(epochs: Int, stepsPerEpoch: Int) {
    self.epochs = epochs
    self.stepsPerEpoch = stepsPerEpoch
  }

  /// Why the run ended; `nil` while it goes on.
  public var stopReason: StopReason? { if case .finished(let reason) = phase { reason } else { nil } }
}
