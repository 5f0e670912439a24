public import Compute
public import Datasets
import Graph
import Pruning
public import Session

/// Scores and prunes again and again until a network is as small as wanted: MATLAB's one-call loop.
///
/// It is the loop of `IterationLoop` with a strategy of its own: a few kernels a step, one removal of them all.
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
  ) throws -> Result {
    let goal = try goal(
      from: 0, minimumKept: network.minimumKept, macPenalty: network.macPenalty, isLimited: validation != nil)
    let workbench = Workbench(network.original, options: options)
    try workbench.begin(with: network.removal, of: goal)
    let loop = try IterationLoop(
      workbench, goal: goal, data: LoopData(scoring: data, validation: validation))
    return try Self.run(loop, progress: progress)
  }

  /// What is to come of it in a session.
  ///
  /// - Parameters:
  ///   - start: the iteration that it begins with.
  ///   - isLimited: whether there are data that the threshold is held against.
  package func goal(
    from start: Int, minimumKept: Int = TaylorPrunableNetwork.usualMinimumKept, macPenalty: Double = 0,
    isLimited: Bool = true
  ) throws -> IterationGoal {
    guard 0...1 ~= learnablesReductionGoal else {
      throw ProcedureError.setting(
        "learnablesReductionGoal \(learnablesReductionGoal)", allowed: "a share from 0 to 1")
    }
    guard scoreIterations > 0, miniBatchSize > 0 else {
      throw ProcedureError.setting("scoreIterations and miniBatchSize", allowed: "numbers from 1")
    }
    guard maxToPrune > 0 else {
      throw ProcedureError.setting("maxToPrune \(maxToPrune)", allowed: "a number from 1")
    }
    guard minimumKept >= 1 else {
      throw ProcedureError.setting("minimumKept \(minimumKept)", allowed: "a number from 1")
    }
    var goal = IterationGoal(
      start: start, keep: 100 * (1 - learnablesReductionGoal), of: .parameters, steps: Self.anySteps)
    goal.criterion = .taylor
    goal.scoredExamples = scoreIterations * miniBatchSize
    goal.settings = TaylorPrunableNetwork.settings(minimumKept: minimumKept, macPenalty: macPenalty)
    goal.strategy.stepSize = .kernels(maxToPrune)
    goal.strategy.recording = .whole
    goal.strategy.scoredBatch = miniBatchSize
    goal.strategy.name = Self.name
    if isLimited { goal.strategy.limit = validationThreshold.map { .threshold($0) } }
    return goal
  }

  /// What iterations that come of it are said to come of.
  package static let name = "taylor-prune"
  /// More steps than any network has kernels.
  private static let anySteps = 999_999_999

  /// Walks to the end of a loop with such a goal, or until `progress` stops it.
  package static func run(
    _ loop: IterationLoop, progress: (Step) -> Bool
  ) throws -> Result {
    var told = loop.records.count
    while try loop.step() {
      guard loop.records.count > told, let record = loop.records.last else { continue }
      told = loop.records.count
      guard progress(Step(record)) else { break }
    }
    let removal = try loop.growingRemoval()
    let reason: StopReason =
      switch loop.outcome {
      case .completed: .goalReached
      case .limited: .validationThreshold
      case .nothingLeft, .dropped, .diverged: .nothingLeft
      case .stopped, nil: .stopped
      }
    return Result(
      network: TaylorPrunableNetwork(
        removal, minimumKept: loop.goal.settings.minimumKept, macPenalty: loop.goal.settings.macPenalty),
      learnables: loop.workbench.current.summary.parameters, stopReason: reason,
      steps: loop.allRecords.map { Step($0) })
  }
}

extension TaylorPruningLoop.Step {
  fileprivate init(_ record: StepRecord) {
    self.init(
      numPrunables: record.removableKernels, learnables: record.parameters, validation: record.validation)
  }
}
