import Graph
public import Pruning

/// One state of the model on the way from the original: the original itself, or what a prune made of it.
public struct Iteration: Sendable, Identifiable {
  /// 0 is the original.
  public let id: Int
  /// The iteration that this one was made from.
  public let parent: Int?
  /// What was done, in a few words.
  public let title: String
  /// The network, opened.
  public fileprivate(set) var network: OpenNetwork
  /// The steps from the original to here.
  public fileprivate(set) var steps: [PruningPlan.Step]
  /// What was won back after the last step.
  public fileprivate(set) var recovery: Recovery?
  /// What it was measured at, once it was.
  public var evaluation: Evaluation?
}

/// Every iteration of a session, as a tree, and the one that is current.
public struct History: Sendable {
  /// In the order they were made; `id` is the place.
  public private(set) var iterations: [Iteration]
  /// The current one's id.
  public private(set) var current: Int = 0
  private var lastVisitedChild: [Int: Int] = [:]

  /// A history that begins with the original.
  public init(original: OpenNetwork) {
    iterations = [
      Iteration(id: 0, parent: nil, title: "original", network: original, steps: [], evaluation: nil)
    ]
  }

  /// The current iteration.
  public var now: Iteration { iterations[current] }

  /// Adds a child of the current iteration and makes it current.
  public mutating func append(title: String, network: OpenNetwork, step: PruningPlan.Step) {
    let id = iterations.count
    iterations.append(
      Iteration(
        id: id, parent: current, title: title, network: network, steps: now.steps + [step], evaluation: nil))
    go(to: id)
  }

  /// Makes an iteration current; `false` when there is none of that id.
  @discardableResult
  public mutating func go(to id: Int) -> Bool {
    guard iterations.indices.contains(id) else { return false }
    var child = id
    while let parent = iterations[child].parent {
      lastVisitedChild[parent] = child
      child = parent
    }
    current = id
    return true
  }

  /// Goes back to the parent; `false` at the original.
  @discardableResult
  public mutating func undo() -> Bool {
    guard let parent = now.parent else { return false }
    current = parent
    return true
  }

  /// Goes forward to the child that was current last; `false` where there is none.
  @discardableResult
  public mutating func redo() -> Bool {
    guard let child = lastVisitedChild[current] else { return false }
    current = child
    return true
  }

  /// Puts a recovered network in the place of an iteration's.
  mutating func recover(
    _ id: Int, to network: OpenNetwork, by settings: RecoverySettings, _ recovery: Recovery
  ) {
    iterations[id].network = network
    iterations[id].steps[iterations[id].steps.count - 1].recovery = settings
    iterations[id].recovery = recovery
    iterations[id].evaluation = recovery.steps.last?.evaluation ?? iterations[id].evaluation
  }

  /// Keeps what an iteration was measured at.
  public mutating func record(_ evaluation: Evaluation, for id: Int) {
    iterations[id].evaluation = evaluation
  }
}
