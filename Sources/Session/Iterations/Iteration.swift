import Graph
public import Pruning

/// One state of the model on the way from the original: the original itself, what a prune made of it, or what training
/// did. What is done to it afterwards (recovery, training) changes the state; whatever was made from it before that
/// would not fit any more, so an iteration with children is left as it is.
///
/// What its summary says can be asked of it directly: `iteration.evaluation`.
@dynamicMemberLookup
public struct Iteration: Sendable, Identifiable {
  /// What is known of it beside its network.
  package internal(set) var summary: IterationSummary
  /// The network, opened.
  public internal(set) var network: OpenNetwork {
    didSet {
      summary.parameters = network.summary.parameters
      summary.multiplyAccumulates = network.summary.multiplyAccumulates
      summary.bytes = network.groups.bytes
    }
  }
  /// The steps from the original to here.
  public internal(set) var steps: [PruningPlan.Step]
  /// The network as the prune left it, where its weights changed since.
  package internal(set) var asPruned: OpenNetwork?

  /// An iteration.
  init(id: Int, parent: Int?, origin: String, network: OpenNetwork, steps: [PruningPlan.Step]) {
    summary = IterationSummary(
      id: id, parent: parent, origin: origin, parameters: network.summary.parameters,
      multiplyAccumulates: network.summary.multiplyAccumulates, bytes: network.groups.bytes)
    self.network = network
    self.steps = steps
  }

  /// A copy under another number: without a name and not measured.
  init(copy other: Iteration, id: Int) {
    self.init(id: id, parent: other.parent, origin: other.origin, network: other.network, steps: other.steps)
    asPruned = other.asPruned
    summary.recovery = other.recovery
    summary.trainings = other.trainings
    summary.changes = other.changes
    summary.records = other.records
  }

  /// Its number.
  public var id: Int { summary.id }

  /// What its summary says.
  public subscript<Value>(dynamicMember path: KeyPath<IterationSummary, Value>) -> Value {
    summary[keyPath: path]
  }

  /// What its summary says, to be changed.
  subscript<Value>(dynamicMember path: WritableKeyPath<IterationSummary, Value>) -> Value {
    get { summary[keyPath: path] }
    set { summary[keyPath: path] = newValue }
  }

  /// Changes what the plan says of the last step.
  mutating func changeLastStep(_ change: (inout PruningPlan.Step) -> Void) {
    guard !steps.isEmpty else { return }
    change(&steps[steps.count - 1])
  }
}
