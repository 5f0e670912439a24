/// What runs, and how far it is.
public struct Activity: Sendable, Hashable {
  /// What runs.
  public enum Kind: String, Sendable {
    /// The work of one command each.
    case scoring, evaluating, recovering, sensitivity, training, timing
  }

  /// What runs.
  public let kind: Kind
  /// How far it is.
  public let progress: RunProgress

  /// Work of a kind that is so far.
  package init(kind: Kind, progress: RunProgress) {
    self.kind = kind
    self.progress = progress
  }
}
