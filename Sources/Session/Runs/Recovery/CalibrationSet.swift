import Compute
import Datasets
import Foundation
import Graph

/// The examples that recovery computes with: read once, kept in batches.
final class CalibrationSet {
  /// What the networks are fed; removals leave inputs as they are.
  let batches: [BatchFeed.Values]
  /// Examples that could not be read.
  let skipped: [Batch.Skipped]
  private let feed: BatchFeed
  private let fixedBatch: Int?
  let options: ComputeOptions

  /// Bytes of examples that are kept at most.
  private static let memory = 256 << 20

  var examples: Int { batches.reduce(0) { $0 + $1.count } }

  /// A batch's share of the examples.
  func share(of batch: Int) -> Double { Double(batches[batch].count) / Double(max(1, examples)) }

  /// Reads the first examples of a seeded order.
  init(
    _ network: OpenNetwork, dataset: Dataset, examples: Int, options: ComputeOptions
  ) throws {
    try dataset.requireInputFit(network)
    let feed = try BatchFeed(network, dataset: dataset)
    self.feed = feed
    let bytes = 4 * feed.shapes.values.reduce(0) { $0 + $1.example.elementCount }
    let affordable = max(16, Self.memory / max(1, bytes))
    let (order, size) = try network.batches(
      of: Array(dataset.order().prefix(min(examples, affordable))), size: 32)
    fixedBatch = network.fixedBatch
    var (batches, skipped): ([BatchFeed.Values], [Batch.Skipped]) = ([], [])
    for start in stride(from: 0, to: order.count, by: size) {
      let indices = order[start..<min(start + size, order.count)]
      let batch = try dataset.batch(indices)
      skipped += batch.skipped
      guard batch.count > 0, fixedBatch.map({ $0 == batch.count }) ?? true else { continue }
      batches.append(feed.values(batch))
    }
    (self.batches, self.skipped) = (batches, skipped)
    // Statistics and fits are taken in full precision, whatever scores are.
    var options = options
    options.precision = .float32
    self.options = options
  }

  /// Plans of a network for these examples.
  func plans(
    of network: Network, purpose: Purpose = .infer, outputs: [ValueID], options: ComputeOptions? = nil
  ) -> PlanCache {
    var options = options ?? self.options
    options.dropsOut = false
    return PlanCache(
      network.freeingBatch() ?? network, purpose: purpose, outputs: outputs,
      inputShapes: feed.shapes, options: options)
  }

  /// The shape of each input, for any number of examples.
  var inputShapes: [ValueID: BatchedShape] { feed.shapes }

  /// A network at the shapes of so many examples.
  func bound(_ network: Network, examples: Int) throws -> BoundNetwork {
    let shapes = feed.shapes(examples: examples)
    return try BoundNetwork(network.freeingBatch() ?? network, inputShapes: shapes, batch: examples)
  }

  /// Runs one batch.
  func forward(_ plans: PlanCache, batch: Int) throws -> ExecutionPlan {
    let feeds = batches[batch]
    let plan = try plans.plan(batchSize: feeds.count)
    try plan.forward(feeds.values)
    return plan
  }
}
