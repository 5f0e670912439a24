import Compute
import Datasets
import Graph

/// The first examples of a seeded order, in batches, and the plans that compute with them.
struct ExampleBatches {
  /// The examples of each batch, by index.
  let order: [ArraySlice<Int>]
  /// Full precision: statistics, fits and comparisons are taken in it, whatever scores are.
  let options: ComputeOptions
  private let feed: BatchFeed
  private let dataset: Dataset
  /// How many examples every batch has to have, where the network says so.
  let fixedBatch: Int?

  /// The shape of each input, for any number of examples.
  var inputShapes: [ValueID: BatchedShape] { feed.shapes }

  /// - Parameters:
  ///   - examples: how many there are at most.
  ///   - memory: bytes that they may take, where they are to be kept.
  init(
    _ network: OpenNetwork, dataset: Dataset, examples: Int, memory: Int = .max, options: ComputeOptions
  ) throws {
    try dataset.requireInputFit(network)
    feed = try BatchFeed(network, dataset: dataset)
    self.dataset = dataset
    fixedBatch = network.fixedBatch
    let bytes = 4 * feed.shapes.values.reduce(0) { $0 + $1.example.elementCount }
    let affordable = max(16, memory / max(1, bytes))
    let (order, size) = try network.batches(
      of: Array(dataset.order().prefix(min(examples, affordable))), size: 32)
    self.order = stride(from: 0, to: order.count, by: size).map { order[$0..<min($0 + size, order.count)] }
    var options = options
    options.precision = .float32
    self.options = options
  }

  /// Reads a batch; `nil` where nothing of it can be computed with.
  func read(_ batch: Int) throws -> (values: BatchFeed.Values?, skipped: [Batch.Skipped]) {
    let batch = try dataset.batch(order[batch])
    guard batch.count > 0, fixedBatch.map({ $0 == batch.count }) ?? true else { return (nil, batch.skipped) }
    return (feed.values(batch), batch.skipped)
  }

  /// Plans of a network for these examples.
  func plans(
    of network: Network, purpose: Purpose = .infer, outputs: [ValueID], options: ComputeOptions? = nil
  ) -> PlanCache {
    var options = options ?? self.options
    options.dropsOut = false
    return PlanCache(
      network.freeingBatch() ?? network, purpose: purpose, outputs: outputs, inputShapes: feed.shapes,
      options: options)
  }

  /// The shapes of so many examples.
  func shapes(examples: Int) -> [ValueID: [Int]] { feed.shapes(examples: examples) }
}

extension PlanCache {
  /// Runs a batch.
  func forward(_ feeds: BatchFeed.Values) throws -> ExecutionPlan {
    let plan = try plan(batchSize: feeds.count)
    try plan.forward(feeds.values)
    return plan
  }
}
