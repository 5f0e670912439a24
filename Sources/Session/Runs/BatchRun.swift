import Compute
import Datasets
import Foundation
import Graph

/// Walks through the examples of a data set batch by batch, with a plan for each size of batch that comes up
/// (the last one is smaller). Used on one thread.
final class BatchRun {
  let network: OpenNetwork
  let dataset: Dataset
  let batchSize: Int
  private(set) var progress: RunProgress
  /// Examples that could not be read.
  private(set) var skipped: [Batch.Skipped] = []

  private let order: [Int]
  private let feed: BatchFeed
  private let plans: PlanCache
  private var next = 0
  /// Reads batches ahead, once there was a first step; it ends with the run.
  private var prefetch: Prefetch<Batch>?

  /// - Parameters:
  ///   - order: the examples to visit, by index.
  ///   - outputs: the values that are wanted of each forward pass.
  ///   - start: examples at the beginning that another run has visited.
  ///   - plans: plans to use, such as those that compute with weights in training; new ones where `nil`.
  init(
    _ network: OpenNetwork, dataset: Dataset, order: [Int], startingAt start: Int = 0, batchSize: Int,
    purpose: Purpose, outputs: [ValueID], options: ComputeOptions, plans: PlanCache? = nil
  ) throws {
    feed = try BatchFeed(network, dataset: dataset)
    self.network = network
    self.dataset = dataset
    (self.order, self.batchSize) = try network.batches(of: order, size: batchSize)
    self.plans =
      plans
      ?? PlanCache(
        network.batched, purpose: purpose, outputs: outputs, inputShapes: feed.shapes, options: options)
    next = min(start, self.order.count)
    progress = RunProgress(done: next, total: self.order.count, seconds: 0)
    progress.doneBefore = next
  }

  /// Runs the next batch through `body`; `false` when there is none.
  func step(_ body: (ExecutionPlan, Batch) throws -> Void) throws -> Bool {
    guard next < order.count else { return false }
    let started = ContinuousClock.now
    let indices = order[next..<min(next + batchSize, order.count)]
    let batch = try nextBatch()
    // A batch that lacks unreadable examples cannot be computed by a model that fixes their number.
    if batch.count > 0, network.fixedBatch.map({ $0 == batch.count }) ?? true {
      let plan = try plans.plan(batchSize: batch.count)
      try plan.forward(feed.inputs(batch))
      try body(plan, batch)
    }
    skipped += batch.skipped
    next += indices.count
    progress.done = next
    progress.seconds += (ContinuousClock.now - started) / .seconds(1)
    return next < order.count
  }

  /// The examples of the next step, which another thread has read while the last one was computed.
  private func nextBatch() throws -> Batch {
    if prefetch == nil {
      let (dataset, order, size, first) = (dataset, order, batchSize, next)
      prefetch = Prefetch {
        var index = first
        return {
          guard index < order.count else { return nil }
          defer { index += size }
          return try dataset.batch(order[index..<min(index + size, order.count)])
        }
      }
    }
    do {
      if let batch = try prefetch?.next() { return batch }
    } catch {
      // Who goes on all the same begins at the batch that failed.
      prefetch = nil
      throw error
    }
    preconditionFailure("there is a batch for every step")
  }
}
