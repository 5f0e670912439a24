public import Training

/// What makes one loop of pruning another than the next: how much goes with each step, what is trained before it, when it
/// is good enough, and what is recorded. As it comes it is that of `secateur iterate`.
public struct IterationStrategy: Sendable, Hashable, Codable {
  /// How much goes with a step.
  public enum StepSize: Sendable, Hashable, Codable {
    /// Every step keeps the same share of what the one before left.
    case share
    /// So much of the beginning goes with each step, in per cent.
    case percent(Double)
    /// So many kernels go with each step, at most.
    case kernels(Int)
  }

  /// How bad a network may become.
  public enum Limit: Sendable, Hashable, Codable {
    /// The least share of right answers, 0…1; for data without classes the largest loss.
    case threshold(Double)
    /// The largest loss, as a multiple of the beginning's.
    case lossFactor(Double)
  }

  /// What the tree has of the steps.
  public enum Recording: String, Sendable, Hashable, Codable {
    /// An iteration of each. It is scored as it is.
    case everyStep = "every-step"
    /// One iteration of all of them, which lacks more with each step. What is gone is silenced, so that scores and costs are
    /// those of the beginning's kernels.
    case whole
  }

  /// How much goes with each step.
  public var stepSize = StepSize.share
  /// How the network is trained before each removal; not at all where `nil`.
  public var preparation: TrainingSettings?
  /// Whether each step's training begins its random choices elsewhere.
  public var variesSeed = false
  /// How bad a network may become on the validation data: a step that is worse is the last, and the one before it becomes
  /// current. `nil` for any.
  public var limit: Limit?
  /// What the tree has of the steps.
  public var recording = Recording.everyStep
  /// Examples of a batch where kernels are scored; as many as usual where `nil`.
  public var scoredBatch: Int?
  /// What made an iteration, in its title: `taylor-prune`; the criterion where `nil`.
  public var name: String?

  /// The strategy of `secateur iterate`.
  public init() {}
}

/// What a removal of a loop left, before anything was done about it.
public struct StepRecord: Sendable, Hashable, Codable {
  /// Kernels that can be removed still.
  public let removableKernels: Int
  /// Learnable elements.
  public let parameters: Int
  /// What it is worth on the validation data; `nil` where nothing depends on that.
  public package(set) var validation: Evaluation?

  /// A record from its facts.
  package init(removableKernels: Int, parameters: Int, validation: Evaluation? = nil) {
    self.removableKernels = removableKernels
    self.parameters = parameters
    self.validation = validation
  }
}

extension KeyedDecodingContainer {
  /// The strategy of a goal; goals that were kept by earlier versions have none, and are those of `secateur iterate`.
  func decode(_ type: IterationStrategy.Type, forKey key: Key) throws -> IterationStrategy {
    try decodeIfPresent(type, forKey: key) ?? IterationStrategy()
  }
}
