public import Compute
public import Datasets
import Foundation
public import Graph
import Pruning
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
  public func validated() throws(ProcedureError) {
    func require(_ holds: Bool, _ name: String, _ value: Any, _ allowed: String) throws(ProcedureError) {
      if !holds { throw .setting("\(name) \(value)", allowed: allowed) }
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
    try ProcedureError.session { () throws(SessionError) in
      try SessionError.training { () throws(TrainingError) in try training.validated() }
    }
  }

  /// Runs to the end.
  ///
  /// - Parameters:
  ///   - network: the trained network.
  ///   - training: what is learned from.
  ///   - validation: what errors are measured on.
  ///   - report: called as it goes on; false stops after what is whole.
  public func run(
    _ network: OpenNetwork, training data: Dataset, validation: Dataset,
    options: ComputeOptions = ComputeOptions(), report: @escaping (Event) -> Bool = { _ in true }
  ) throws(ProcedureError) -> Result {
    try validated()
    guard network.groups.layers.contains(where: \.isPrunable) else { throw .unsupportedArchitecture }
    let work = Work(procedure: self, data: data, validation: validation, options: options, report: report)
    return try ProcedureError.session { () throws(SessionError) in try work.run(network) }
  }
}

/// One run of the procedure.
private struct Work {
  let procedure: UpsamplingPruning
  let data: Dataset
  let validation: Dataset
  let options: ComputeOptions
  let report: (UpsamplingPruning.Event) -> Bool

  func run(_ original: OpenNetwork) throws(SessionError) -> UpsamplingPruning.Result {
    let originalError = try error(of: original, "original")
    var steps: [UpsamplingPruning.Step] = []
    var best = (network: original.network, step: 0)
    func result(_ reason: UpsamplingPruning.StopReason) -> UpsamplingPruning.Result {
      .init(
        network: best.network, step: best.step, originalError: originalError, steps: steps, stopReason: reason
      )
    }
    var goesOn = report(.original(error: originalError))
    var now = original
    for number in 1...procedure.maximumSteps {
      guard goesOn else { return result(.stopped) }
      do throws(SessionError) {
        let target = Double(number) * procedure.pruningStepSize
        let (step, network) = try self.step(
          number, target: target, from: now, original: original, limit: originalError)
        guard let network else { return result(.nothingLeft) }
        now = network
        steps.append(step)
        if step.meetsCriterion { best = (now.network, number) }
        goesOn = report(.step(step, now.network))
        if !step.meetsCriterion { return result(.criterion) }
        if step.removedRatio >= procedure.maximumPruningRatio { return result(.maximumRatio) }
      } catch {
        guard case .cancelled = error else { throw error }
        return result(.stopped)
      }
    }
    return result(.steps)
  }

  private func step(
    _ number: Int, target: Double, from network: OpenNetwork, original: OpenNetwork, limit: Double
  ) throws(SessionError) -> (UpsamplingPruning.Step, OpenNetwork?) {
    var now = network
    if procedure.growingRegularizationEpochs > 0 {
      var settings = settings(epochs: procedure.growingRegularizationEpochs, step: number)
      settings.sparsity = procedure.regularization
      now = try trained(now, settings, measures: false, "step \(number): regularising").network
    }
    let whole = Double(original.summary.parameters)
    let wanted = min(target, 100 * procedure.maximumPruningRatio)
    let kept = 100 * (1 - wanted / 100) * whole / Double(max(1, now.summary.parameters))
    let pruned = try SessionError.pruning { () throws(PruningError) -> Network? in
      let scores = ScoreTable(.groupL2, of: now.groups, in: now.bound)
      let selection = try Chooser(now, scores: scores)
        .choice(RemovalRequest(.parameters(keepPercent: min(100, max(0, kept))))).selection
      if selection.removedUnits.isEmpty { return nil }
      return try now.network.removing(selection, groups: now.groups, bound: now.bound)
    }
    guard let pruned else {
      return (step(number, target, now, errors: (.nan, .nan), whole: whole, limit: limit), nil)
    }
    var opened = try OpenNetwork(pruned, inputShapes: original.inputShapes)
    let first = try error(of: opened, "step \(number): measuring")
    var smallest = first
    if procedure.retrainEpochs > 0 {
      let settings = settings(epochs: procedure.retrainEpochs, step: number)
      let found = try trained(opened, settings, measures: true, "step \(number): training")
      // Kept by the smallest error over the removal and all epochs.
      opened = found.network
      smallest = min(first, found.error ?? first)
    }
    return (step(number, target, opened, errors: (first, smallest), whole: whole, limit: limit), opened)
  }

  private func step(
    _ number: Int, _ target: Double, _ network: OpenNetwork, errors: (first: Double, smallest: Double),
    whole: Double, limit: Double
  ) -> UpsamplingPruning.Step {
    .init(
      number: number, target: target,
      removedRatio: 1 - Double(network.summary.parameters) / whole,
      parameters: network.summary.parameters, errorAfterPruning: errors.first, error: errors.smallest,
      peakSignalToNoise: -10 * log10(max(errors.smallest, .leastNormalMagnitude)),
      meetsCriterion: errors.smallest <= limit * procedure.performanceCriterion)
  }

  private func settings(epochs: Int, step: Int) -> TrainingSettings {
    var settings = procedure.training
    settings.epochs = epochs
    settings.schedule.warmUp = 0
    settings.seed &+= UInt64(step)
    return settings
  }

  private func trained(
    _ network: OpenNetwork, _ settings: TrainingSettings, measures: Bool, _ phase: String
  ) throws(SessionError) -> (network: OpenNetwork, error: Double?) {
    let run = try TrainingRun(
      network, settings: settings, training: data, validation: measures ? validation : nil, options: options)
    while try run.step() {
      guard report(.progress(phase: phase, run.progress)) else { throw .cancelled }
    }
    if run.state.stopReason == .notFinite {
      throw .training(.notFinite(steps: TrainingRun.unusableStepLimit))
    }
    return (
      try OpenNetwork(try run.trained(), inputShapes: network.inputShapes), run.state.best?.loss
    )
  }

  private func error(of network: OpenNetwork, _ phase: String) throws(SessionError) -> Double {
    let run = try EvaluationRun(network, dataset: validation, options: options)
    while try run.step() {
      guard report(.progress(phase: phase, run.progress)) else { throw .cancelled }
    }
    return run.result.loss
  }
}
