package import Graph

/// Plans of one network for batches of different sizes, all on the same weights: the last batch of a data set is
/// seldom full.
///
/// Belongs to one thread, like its plans.
package final class PlanCache {
  private let network: Network
  private let purpose: Purpose
  private let outputs: [ValueID]?
  private let options: ComputeOptions
  private let inputShapes: [ValueID: BatchedShape]
  private let capacity: Int
  /// The plan on whose weights the plans compute, where they are another's.
  private let owner: ExecutionPlan?
  private var plans: [(batchSize: Int, plan: ExecutionPlan)] = []

  /// A cache without plans.
  ///
  /// - Parameters:
  ///   - inputShapes: by input, the shape for any number of examples. Inputs left out have a declared shape.
  ///   - capacity: plans that are kept; the one longest unused goes first.
  ///   - owner: a plan of the same network that trains: what it learns is what the plans compute with.
  package init(
    _ network: Network, purpose: Purpose, outputs: [ValueID]? = nil,
    inputShapes: [ValueID: BatchedShape] = [:],
    options: ComputeOptions = .init(), capacity: Int = 3, sharingWeightsOf owner: ExecutionPlan? = nil
  ) {
    self.owner = owner
    self.network = network
    self.purpose = purpose
    self.outputs = outputs
    self.inputShapes = inputShapes
    self.options = options
    self.capacity = max(1, capacity)
  }

  /// The plan for batches of a size, made at its first use.
  package func plan(batchSize: Int) throws -> ExecutionPlan {
    if let index = plans.firstIndex(where: { $0.batchSize == batchSize }) {
      let found = plans.remove(at: index)
      plans.append(found)
      return found.plan
    }
    // What binding folds away does not change any more.
    let trains = if case .train = purpose { true } else { owner != nil }
    let bound = try BoundNetwork(
      network, inputShapes: inputShapes.mapValues { $0.shape(examples: batchSize) }, batch: batchSize,
      foldsWeights: !trains)
    let plan = try ExecutionPlan(
      bound, purpose: purpose, outputs: outputs, options: options, sharingWeightsOf: plans.last?.plan ?? owner
    )
    plans.append((batchSize, plan))
    if plans.count > capacity { plans.removeFirst() }
    return plan
  }
}
