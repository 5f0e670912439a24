public import Compute
public import Datasets
import Graph
import Pruning
public import Session

/// Scores and prunes again and again until a network is as small as wanted: MATLAB's one-call loop.
public struct TaylorPruningLoop: Sendable {
  /// Why it ended.
  public enum StopReason: String, Sendable, Hashable, Codable {
    /// As many learnables are gone as was asked for.
    case goalReached = "goal-reached"
    /// The network is not good enough any more; the last one that was is the result.
    case validationThreshold = "validation-threshold"
    /// Every layer is at its floor.
    case nothingLeft = "nothing-left"
    /// Somebody stopped it.
    case stopped
  }

  /// What a prune left.
  public struct Step: Sendable, Hashable, Codable {
    /// Kernels that can be removed still.
    public let numPrunables: Int
    /// Learnable elements of the extracted network.
    public let learnables: Int
    /// What it was worth on the validation data; `nil` without.
    public let validation: Evaluation?
  }

  /// What came of it.
  public struct Result: Sendable {
    /// The network; `extractNetwork` makes it small.
    public let network: TaylorPrunableNetwork
    /// Learnable elements that it has when it is extracted.
    public let learnables: Int
    /// Why it ended.
    public let stopReason: StopReason
    /// Each prune.
    public let steps: [Step]
  }

  /// The share of the learnables that is to go, 0…1.
  public var learnablesReductionGoal: Double
  /// Kernels that go at most between two scorings: the increment.
  public var maxToPrune = 8
  /// Mini-batches that are scored before each prune.
  public var scoreIterations = 10
  /// Examples of a mini-batch.
  public var miniBatchSize = 32
  /// The least share of right answers on the validation data, or for data without classes the largest loss; `nil` for any.
  public var validationThreshold: Double?

  /// A loop towards a goal.
  public init(learnablesReductionGoal: Double) { self.learnablesReductionGoal = learnablesReductionGoal }

  /// Runs to the end.
  ///
  /// - Parameters:
  ///   - network: where it begins.
  ///   - data: the labelled examples that kernels are scored on.
  ///   - validation: what each prune is measured on.
  ///   - progress: called after each prune; false stops.
  public func prune(
    _ network: TaylorPrunableNetwork, data: Dataset, validation: Dataset? = nil,
    options: ComputeOptions = ComputeOptions(), progress: (Step) -> Bool = { _ in true }
  ) throws(ProcedureError) -> Result {
    guard 0...1 ~= learnablesReductionGoal else {
      throw .setting("learnablesReductionGoal \(learnablesReductionGoal)", allowed: "a share from 0 to 1")
    }
    guard scoreIterations > 0, miniBatchSize > 0 else {
      throw .setting("scoreIterations and miniBatchSize", allowed: "numbers from 1")
    }
    let limit = Double(network.original.summary.parameters) * (1 - learnablesReductionGoal)
    var (now, steps) = (network, [Step]())
    var learnables = try step(of: now, nil, options).learnables
    func result(_ reason: StopReason) -> Result {
      Result(network: now, learnables: learnables, stopReason: reason, steps: steps)
    }
    while Double(learnables) > limit {
      guard now.numPrunables > 0 else { return result(.nothingLeft) }
      let next = try scored(now, data, options).updatePrunables(maxToPrune: maxToPrune)
      guard next.removedKernelCount > now.removedKernelCount else { return result(.nothingLeft) }
      let step = try step(of: next, validation, options)
      steps.append(step)
      guard isGoodEnough(step) else { return result(.validationThreshold) }
      (now, learnables) = (next, step.learnables)
      guard progress(step) else { return result(.stopped) }
    }
    return result(.goalReached)
  }

  private func isGoodEnough(_ step: Step) -> Bool {
    guard let validationThreshold, let found = step.validation else { return true }
    return found.accuracy.map { $0 >= validationThreshold } ?? (found.loss <= validationThreshold)
  }

  private func scored(
    _ network: TaylorPrunableNetwork, _ data: Dataset, _ options: ComputeOptions
  ) throws(ProcedureError) -> TaylorPrunableNetwork {
    let (size, limit) = (miniBatchSize, scoreIterations * miniBatchSize)
    let table = try ProcedureError.session { () throws(SessionError) in
      let run = try ScoringRun(
        network.masked, dataset: data, criterion: .taylor, batchSize: size, limit: limit, options: options)
      while try run.step() {}
      return run.table
    }
    return network.adopting(table)
  }

  private func step(
    of network: TaylorPrunableNetwork, _ validation: Dataset?, _ options: ComputeOptions
  ) throws(ProcedureError) -> Step {
    let extracted = try network.extractNetwork()
    return try ProcedureError.session { () throws(SessionError) in
      let opened = try OpenNetwork(extracted, inputShapes: network.original.inputShapes)
      var evaluation: Evaluation?
      if let validation {
        let run = try EvaluationRun(opened, dataset: validation, options: options)
        while try run.step() {}
        evaluation = run.result
      }
      return Step(
        numPrunables: network.numPrunables, learnables: opened.summary.parameters, validation: evaluation)
    }
  }
}
