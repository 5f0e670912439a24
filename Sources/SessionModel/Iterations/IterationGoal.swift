import Foundation
public import Pruning
public import Training

/// What is to come of pruning again and again, a step an iteration.
public struct IterationGoal: Sendable, Hashable, Codable {
  /// The iteration that it begins with.
  public var start: Int
  /// What is counted.
  public var measure: CostMeasure
  /// What may stay of it in the end, in per cent of the iteration that it begins with.
  ///
  /// Of an absolute amount 100 until the steps begin, and then the share that it is.
  public var keepPercent: Double
  /// How many parameters, multiply-accumulates, bytes or seconds may stay, where that was asked for and not a share.
  public var absolute: Double?
  /// The steps that lead there, each keeping the same share of what the one before left.
  public var steps: Int
  /// What kernels are scored by before each step.
  public var criterion = Criterion.taylor
  /// Examples that they are scored on at most; as many as the criterion usually takes where `nil`.
  public var scoredExamples: Int?
  /// How kernels are compared.
  public var scope = Scope.global
  /// What else a selection heeds.
  public var settings = PruningSettings()
  /// What is won back without training after each step.
  public var recovery: RecoverySettings?
  /// How each step is trained; not at all where `nil`.
  public var training: TrainingSettings?
  /// What training learns from beside the labels.
  public var teacher: TrainingTeacher?
  /// The share of right answers that may be lost against the beginning, 0…1: a step that loses more is the last, and
  /// the one before it becomes current.
  public var allowedDrop: Double?
  /// Examples that each iteration is measured on at most; all where `nil`.
  public var measuredExamples: Int?

  /// How much goes with each step, what is trained before it, when it is good enough, and what is recorded.
  package var strategy = IterationStrategy()
  /// What the beginning is worth on the validation data, once that is measured.
  package var beginning: Evaluation?

  /// A goal to be reached in steps.
  public init(start: Int, keep percent: Double, of measure: CostMeasure, steps: Int) {
    self.start = start
    self.measure = measure
    keepPercent = percent
    self.steps = steps
  }

  /// A goal to be reached in steps, as an amount that was asked for.
  public init(start: Int, keep amount: RemainingAmount, of measure: CostMeasure, steps: Int) {
    switch amount {
    case .percent(let percent): self.init(start: start, keep: percent, of: measure, steps: steps)
    case .absolute(let amount):
      self.init(start: start, keep: 100, of: measure, steps: steps)
      absolute = amount
    }
  }

  /// What was asked for.
  public var remaining: RemainingAmount { absolute.map(RemainingAmount.absolute) ?? .percent(keepPercent) }

  /// The share of the beginning, in per cent, that may stay after a step, from 1.
  package func keepPercent(afterStep step: Int) -> Double {
    switch strategy.stepSize {
    case .share:
      guard step < steps else { return keepPercent }
      return 100 * pow(max(keepPercent, 1e-6) / 100, Double(step) / Double(max(1, steps)))
    case .percent(let percent): return max(keepPercent, 100 - Double(step) * percent)
    case .kernels: return keepPercent
    }
  }

  /// Whether two runs of one command would have this goal: where it begins does not count, nor what was found out of the
  /// beginning.
  package func asksTheSame(as other: IterationGoal) -> Bool {
    var mine = self
    mine.start = other.start
    mine.beginning = other.beginning
    if absolute != nil { mine.keepPercent = other.keepPercent }
    return mine == other
  }

  /// What is asked of the network that a step begins with.
  ///
  /// - Parameter percent: what may stay of it.
  package func request(keeping percent: Double) -> RemovalRequest {
    // What rounds widths was settled with the goal.
    RemovalRequest(
      .keeping(.percent(percent), of: measure), scope: scope, settings: settings, keepsWidths: true)
  }
}
