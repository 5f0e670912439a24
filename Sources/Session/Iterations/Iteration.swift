public import Pruning

/// One state of the model on the way from the original: the original itself, what a prune made of it, or what training
/// did. What is done to it afterwards (recovery, training) changes the state; whatever was made from it before that
/// would not fit any more, so an iteration with children is left as it is.
public struct Iteration: Sendable, Identifiable {
  /// 0 is the original; the number of one that was deleted is not used again.
  public let id: Int
  /// The iteration that this one was made from.
  public let parent: Int?
  /// What made it, in a few words.
  public let origin: String
  /// What a person calls it; `nil` without a name.
  public internal(set) var name: String?
  /// The network, opened.
  public internal(set) var network: OpenNetwork
  /// The steps from the original to here.
  public internal(set) var steps: [PruningPlan.Step]
  /// The network as the prune left it, where its weights changed since.
  public internal(set) var asPruned: OpenNetwork?
  /// What was won back after the last step.
  public internal(set) var recovery: Recovery?
  /// What it was trained by, in order.
  public internal(set) var trainings: [TrainingRecord] = []
  /// What it was measured at, once it was.
  public internal(set) var evaluation: Evaluation?
  /// How long one example takes, once measured.
  public internal(set) var latency: MeasuredLatency?
  /// What changed its network since it was made, in order.
  public internal(set) var changes: [NetworkChange] = []
  /// The revision that the file has which was written last; `nil` where none was.
  public internal(set) var writtenRevision: Int?

  /// An iteration.
  init(id: Int, parent: Int?, origin: String, network: OpenNetwork, steps: [PruningPlan.Step]) {
    self.id = id
    self.parent = parent
    self.origin = origin
    self.network = network
    self.steps = steps
  }

  /// A copy under another number: without a name and not measured.
  init(copy other: Iteration, id: Int) {
    self.init(id: id, parent: other.parent, origin: other.origin, network: other.network, steps: other.steps)
    asPruned = other.asPruned
    recovery = other.recovery
    trainings = other.trainings
    changes = other.changes
  }

  /// How often its network changed since it was made. What is only measured, scored or named does not count.
  public var revision: Int { changes.count }

  /// Whether the file that was written last has the network as it is now.
  public var isWritten: Bool { writtenRevision == revision }

  /// The first change that the file lacks which was written last; `nil` where it lacks none, and where none was written.
  public var firstUnwrittenChange: NetworkChange? {
    writtenRevision.flatMap { changes.indices.contains($0) ? changes[$0] : nil }
  }

  /// Changes what the plan says of the last step.
  mutating func changeLastStep(_ change: (inout PruningPlan.Step) -> Void) {
    guard !steps.isEmpty else { return }
    change(&steps[steps.count - 1])
  }

  /// What was done, in a few words: `−120 kernels by taylor, refit, 3 epochs`.
  public var title: String {
    let recovered = recovery.map { $0.steps.map(\.method.rawValue) } ?? []
    let epochs = trainings.reduce(0) { $0 + $1.epochsKept }
    let trained = trainings.isEmpty ? [] : ["\(epochs) epoch\(epochs == 1 ? "" : "s")"]
    return ([origin] + recovered + trained).joined(separator: ", ")
  }
}
