/// What runs, and how far it is.
package struct Activity: Sendable, Hashable {
  /// What runs.
  package enum Kind: String, Sendable {
    /// The work of one command each.
    case scoring, evaluating, recovering, sensitivity, training, timing
  }

  /// What runs.
  package let kind: Kind
  /// How far it is.
  package let progress: RunProgress

  /// Work of a kind that is so far.
  package init(kind: Kind, progress: RunProgress) {
    self.kind = kind
    self.progress = progress
  }
}
