public import Graph
public import Session
public import Training

/// Prunes an up-sampling network step by step while its error stays within a criterion: the procedure of MPAI's EVC-UFV.
///
/// Each step adds the step size to the share of parameters that is to be gone, trains with regularisation, removes
/// the channels of the least group importance (norm 2, over all slices that go together, relative to the group's mean)
/// until the target is met, and trains E epochs of which the network with the smallest error is kept. It goes on while
/// error ≤ criterion × original error, the maximum ratio is not reached and steps are left; the result is the last network
/// that met the criterion.
public struct UpsamplingPruning: Sendable, Hashable, Codable {
  /// How much larger than the original's the error may become: a factor from 1.
  public var performanceCriterion = 1.1
  /// The share of the original's parameters that goes with each step, in per cent.
  public var pruningStepSize = 10.0
  /// N, the number of steps at most.
  public var maximumSteps = 5
  /// The share of the parameters that may go at most, 0…1.
  public var maximumPruningRatio = 0.6
  /// Epochs with regularisation before each removal.
  public var growingRegularizationEpochs = 2
  /// What drives channels to zero in these epochs: growing regularisation, or its alternative `groupNorm`.
  public var regularization = SparsitySettings(.growing, strength: usualRegularization, growth: usualGrowth)
  /// E, epochs of training after each removal.
  public var retrainEpochs = 3
  /// How epochs are trained; their number is that of the two above.
  public var training = Self.usualTraining

  /// γ that growing regularisation begins with, and the strength of its alternatives.
  public static let usualRegularization = 5e-4
  /// δ by which it grows each epoch for the least important channel.
  public static let usualGrowth = 1e-4

  /// Adam at its usual rate: what up-sampling networks are trained by.
  public static var usualTraining: TrainingSettings {
    var settings = TrainingSettings(epochs: 1, batchSize: 32)
    settings.optimizer = OptimizerSettings(.adam, weightDecay: 0)
    settings.rate = TrainingSettings.usualRate(of: .adam)
    return settings
  }

  /// The procedure with its usual parameters.
  public init() {}

  /// Why it ended.
  public enum StopReason: String, Sendable, Hashable, Codable {
    /// The error is larger than the criterion allows.
    case criterion
    /// As much is gone as may go at most.
    case maximumRatio = "maximum-ratio"
    /// N steps are done.
    case steps
    /// Nothing more can be removed.
    case nothingLeft = "nothing-left"
    /// Somebody stopped it.
    case stopped
  }

  /// What a step came to.
  public struct Step: Sendable, Hashable, Codable {
    /// Its number, from 1.
    public let number: Int
    /// The share of the parameters that was to be gone, in per cent.
    public let target: Double
    /// The share that is gone, 0…1.
    public let removedRatio: Double
    /// Learnable elements left.
    public let parameters: Int
    /// The mean squared error right after the removal.
    public let errorAfterPruning: Double
    /// The smallest of that and those after each epoch of training.
    public let error: Double
    /// The error's peak signal-to-noise ratio in decibels, for values from 0 to 1.
    public let peakSignalToNoise: Double
    /// Whether the criterion still holds.
    public let meetsCriterion: Bool
  }

  /// What came of it.
  public struct Result: Sendable {
    /// The last network that met the criterion.
    public let network: Network
    /// Its step; 0 for the original.
    public let step: Int
    /// The original's mean squared error.
    public let originalError: Double
    /// Each step.
    public let steps: [Step]
    /// Why it ended.
    public let stopReason: StopReason
  }

  /// What goes on, between steps of a run.
  public enum Event: Sendable {
    /// A part of the work, and how far it is.
    case progress(phase: String, RunProgress)
    /// The original's error.
    case original(error: Double)
    /// A step is done: its network is to be saved.
    case step(Step, Network)
  }

  /// Throws for the first parameter that no run can have.
  package func validated() throws {
    func require(_ holds: Bool, _ name: String, _ value: Any, _ allowed: String) throws {
      if !holds { throw ProcedureError.setting("\(name) \(value)", allowed: allowed) }
    }
    try require(
      performanceCriterion >= 1 && performanceCriterion.isFinite, "performance-criterion",
      performanceCriterion, "a factor from 1")
    try require(
      pruningStepSize > 0 && pruningStepSize <= 100, "step-size", pruningStepSize,
      "a percentage above 0, to 100")
    try require(maximumSteps > 0, "max-steps", maximumSteps, "a number from 1")
    try require(
      maximumPruningRatio > 0 && maximumPruningRatio <= 1, "max-ratio", maximumPruningRatio,
      "a share above 0, to 1")
    try require(
      growingRegularizationEpochs >= 0, "regularization-epochs", growingRegularizationEpochs,
      "a number from 0")
    try require(
      regularization.strength > 0 && regularization.strength.isFinite, "reg", regularization.strength,
      "a number above 0")
    try require(
      regularization.growth >= 0 && regularization.growth.isFinite, "delta", regularization.growth,
      "a number from 0")
    try require(retrainEpochs >= 0, "retrain-epochs", retrainEpochs, "a number from 0")
    try training.validated()
  }
}
