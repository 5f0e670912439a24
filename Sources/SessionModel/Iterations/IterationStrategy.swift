package import Training

/// What makes one loop of pruning another than the next: how much goes with each step, what is trained before it, when it
/// is good enough, and what is recorded. As it comes it is that of `secateur iterate`.
package struct IterationStrategy: Sendable, Hashable, Codable {
  /// How much goes with a step.
  package enum StepSize: Sendable, Hashable, Codable {
    /// Every step keeps the same share of what the one before left.
    case share
    /// So much of the beginning goes with each step, in per cent.
    case percent(Double)
    /// So many kernels go with each step, at most.
    case kernels(Int)
  }

  /// How bad a network may become.
  package enum Limit: Sendable, Hashable, Codable {
    /// The least share of right answers, 0…1; for data without classes the largest loss.
    case threshold(Double)
    /// The largest loss, as a multiple of the beginning's.
    case lossFactor(Double)
  }

  /// What the tree has of the steps.
  package enum Recording: String, Sendable, Hashable, Codable {
    /// An iteration of each. It is scored as it is.
    case everyStep = "every-step"
    /// One iteration of all of them, which lacks more with each step. What is gone is silenced, so that scores and costs are
    /// those of the beginning's kernels.
    case whole
  }

  /// How much goes with each step.
  package var stepSize = StepSize.share
  /// How the network is trained before each removal; not at all where `nil`.
  package var preparation: TrainingSettings?
  /// Whether each step's training begins its random choices elsewhere.
  package var variesSeed = false
  /// How bad a network may become on the validation data: a step that is worse is the last, and the one before it becomes
  /// current. `nil` for any.
  package var limit: Limit?
  /// What the tree has of the steps.
  package var recording = Recording.everyStep
  /// Examples of a batch where kernels are scored; as many as usual where `nil`.
  package var scoredBatch: Int?
  /// What made an iteration, in its title: `taylor-prune`; the criterion where `nil`.
  package var name: String?

  /// The strategy of `secateur iterate`.
  package init() {}
}

/// What a removal of a loop left, before anything was done about it.
package struct StepRecord: Sendable, Hashable, Codable {
  /// Kernels that can be removed still.
  package let removableKernels: Int
  /// Learnable elements.
  package let parameters: Int
  /// What it is worth on the validation data; `nil` where nothing depends on that.
  package var validation: Evaluation?

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
