import Compute
import Datasets
import Foundation
import Graph
import Ranks

/// Walks through the examples of a data set batch by batch, with a plan for each size of batch that comes up
/// (the last one is smaller). Ranks that share the examples take turns with the batches. Used on one thread.
final class BatchRun {
  let network: OpenNetwork
  let dataset: Dataset
  let batchSize: Int
  private(set) var progress: RunProgress
  /// Examples that could not be read.
  private(set) var skipped: [Batch.Skipped] = []

  private let ranks: any Communicator
  /// What the ranks found in batches that were not taken yet.
  private var round: ArraySlice<(rank: Int, bytes: [UInt8])> = []
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
    ranks = options.ranks
    next = min(start, self.order.count)
    progress = RunProgress(done: next, total: self.order.count, seconds: 0)
    progress.doneBefore = next
  }

  /// Computes the next batch; `false` when there is none.
  ///
  /// Where ranks share the examples, each computes one of as many batches at once, all tell each other what they found, and
  /// every rank takes it batch by batch: what a run has found after a step is the same, bit for bit, on any number of ranks.
  ///
  /// - Parameters:
  ///   - compute: is given the plan after its forward pass and the number of examples before the batch.
  ///   - take: adds what was found to what the batches before it gave.
  func step<Part: SharedPart>(
    _ compute: (_ plan: ExecutionPlan, _ batch: Batch, _ start: Int) throws -> Part,
    take: (Part) throws -> Void
  ) throws -> Bool {
    guard next < order.count else { return false }
    let started = ContinuousClock.now
    let found: BatchFinding<Part>
    if ranks.count == 1 {
      found = try self.compute(next, compute)
    } else {
      if round.isEmpty { round = try computeRound(compute)[...] }
      let (rank, bytes) = round.removeFirst()
      found = try BatchFinding(bytes, from: rank)
    }
    if let part = found.part { try take(part) }
    skipped += found.skipped
    next = min(next + batchSize, order.count)
    progress.done = next
    progress.seconds += (ContinuousClock.now - started) / .seconds(1)
    return next < order.count
  }

  /// Computes this rank's batch of the next ones, and brings together what the ranks found.
  ///
  /// - Returns: a message a batch, with the rank that it is from.
  private func computeRound<Part: SharedPart>(
    _ body: (ExecutionPlan, Batch, Int) throws -> Part
  ) throws -> [(rank: Int, bytes: [UInt8])] {
    let start = next + ranks.rank * batchSize
    let own = start < order.count ? try compute(start, body).message : []
    let starts = stride(from: next, to: order.count, by: batchSize)
    return zip(starts, try ranks.collect(own).enumerated()).map { _, message in
      (message.offset, message.element)
    }
  }

  /// What comes of the batch that begins at `start`; nothing where it cannot be computed.
  private func compute<Part>(
    _ start: Int, _ body: (ExecutionPlan, Batch, Int) throws -> Part
  ) throws -> BatchFinding<Part> {
    let batch = try nextBatch(start)
    // A batch that lacks unreadable examples cannot be computed by a model that fixes their number.
    guard batch.count > 0, network.fixedBatch.map({ $0 == batch.count }) ?? true else {
      return BatchFinding(part: nil, skipped: batch.skipped)
    }
    let plan = try plans.plan(batchSize: batch.count)
    try plan.forward(feed.inputs(batch))
    return BatchFinding(part: try body(plan, batch, start), skipped: batch.skipped)
  }

  /// The examples from `start` on, which another thread has read while the last ones were computed.
  private func nextBatch(_ start: Int) throws -> Batch {
    if prefetch == nil {
      let (dataset, order, size, stride) = (dataset, order, batchSize, batchSize * ranks.count)
      prefetch = Prefetch {
        var index = start
        return {
          guard index < order.count else { return nil }
          defer { index += stride }
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
