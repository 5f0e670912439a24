/// Everything that made a pruned model, as a value that a file can hold: replayed, it gives the same bytes.
public struct PruningPlan: Sendable, Hashable, Codable {
  /// One prune: what was chosen and what came of it.
  public struct Step: Sendable, Hashable, Codable {
    /// What the kernels were scored by.
    public var criterion: Criterion
    /// Examples that the scores were means over; 0 for scores from weights.
    public var examples: Int
    /// What was asked for.
    public var settings: PruningSettings
    /// By layer that lost kernels: those that stayed, numbered as in the model *before this step*.
    public var kept: [String: [Int]]
    /// What was done afterwards to win back what was lost; `nil` for nothing.
    public var recovery: RecoverySettings?
    /// The trainings after that, each as the options of `finetune` that repeat it; a plan that is replayed does not.
    public var training: [[String: String]] = []

    /// The option of a training that was done elsewhere, whose weights came from the file of this name.
    package static let adoptedWeights = "weights"

    /// A step that removes nothing: the weights change, by recovery or training.
    package init() { self.init(criterion: .l2, examples: 0, settings: PruningSettings(), kept: [:]) }

    /// A step with the kernels that stayed.
    package init(criterion: Criterion, examples: Int, settings: PruningSettings, kept: [String: [Int]]) {
      self.criterion = criterion
      self.examples = examples
      self.settings = settings
      self.kept = kept
    }
  }

  /// The version of this format.
  package var version = 1
  /// The original model's file name, for people.
  public var model: String
  /// The original model's fingerprint (see `Network.fingerprint`), for the check.
  public var fingerprint: String
  /// In order.
  public var steps: [Step]

  /// A plan of the given steps.
  package init(model: String, fingerprint: String, steps: [Step]) {
    self.model = model
    self.fingerprint = fingerprint
    self.steps = steps
  }
}
