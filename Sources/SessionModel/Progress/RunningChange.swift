/// A run that gives the current iteration another network, or makes another iteration current, when it is through.
public enum RunningChange: Sendable, Hashable {
  /// What a prune lost is won back in an iteration.
  case recovery(iteration: Int)
  /// An iteration is trained.
  case training(iteration: Int)
  /// The model is pruned again and again.
  case iterating
  /// A schedule is carried out.
  case schedule

  /// What runs, in a sentence.
  package var sentence: String {
    switch self {
    case .recovery(let iteration): "Iteration \(iteration) is being recovered."
    case .training(let iteration): "Iteration \(iteration) is being trained."
    case .iterating: "The model is being pruned step by step."
    case .schedule: "A schedule is being carried out."
    }
  }

  /// What it is, as a sentence begins.
  var name: String {
    switch self {
    case .recovery: "The recovery"
    case .training: "The training"
    case .iterating: "Pruning step by step"
    case .schedule: "The schedule"
    }
  }
}
