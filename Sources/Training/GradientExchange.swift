package import Compute
package import Graph
package import Ranks

/// Adds the gradients of ranks that share a batch, in buckets: a bucket travels as soon as the backward pass has all of
/// it, while the pass goes on with the layers before.
///
/// Li et al., "PyTorch Distributed: Experiences on Accelerating Data Parallel Training" (2020), section 3.2.
/// Used on one thread.
package struct GradientExchange {
  /// Bytes of a bucket, unless one parameter has more: few enough to overlap, enough to pay for a message.
  package static let bucketBytes = 4 << 20

  private let ranks: any Communicator
  /// By bucket, in the order in which they are full: parameters with the number of their elements.
  private let buckets: [[(parameter: ValueID, count: Int)]]
  private let bucketOf: [ValueID: Int]

  /// An exchange among ranks.
  ///
  /// - Parameter gradients: in the order in which a backward pass has them.
  package init(
    _ gradients: [(parameter: ValueID, count: Int)], ranks: any Communicator, bucketBytes: Int = bucketBytes
  ) {
    self.ranks = ranks
    var buckets: [[(parameter: ValueID, count: Int)]] = []
    var bytes = Int.max
    for gradient in gradients {
      let size = gradient.count * MemoryLayout<Float>.stride
      if buckets.isEmpty || bytes + size > bucketBytes {
        buckets.append([])
        bytes = 0
      }
      buckets[buckets.count - 1].append(gradient)
      bytes += size
    }
    self.buckets = buckets
    bucketOf = buckets.enumerated().reduce(into: [:]) { places, bucket in
      for (parameter, _) in bucket.element { places[parameter] = bucket.offset }
    }
  }

  /// The backward pass, after which every gradient of the plan, and every running statistic that the forward pass moved,
  /// is that of the whole batch.
  ///
  /// - Parameters:
  ///   - gradients: the loss's derivative by each output, divided by the examples of all ranks.
  ///   - share: the share of the batch's examples that are this rank's.
  package func backward(_ plan: ExecutionPlan, _ gradients: [ValueID: [Float]], share: Float) throws {
    let statistics = try startStatistics(plan, share: share)
    var parts: [[ValueID: [Float]]] = buckets.map { _ in [:] }
    var pending: [any PendingSum] = []
    try plan.backward(gradients) { parameter, gradient in
      guard let bucket = bucketOf[parameter] else { return }
      parts[bucket][parameter] = Array(gradient)
      // Every rank begins them in one order.
      while pending.count < buckets.count, parts[pending.count].count == buckets[pending.count].count {
        let bucket = pending.count
        pending.append(try ranks.startSum(buckets[bucket].flatMap { parts[bucket][$0.parameter] ?? [] }))
        parts[bucket] = [:]
      }
    }
    for (bucket, pending) in zip(buckets, pending) {
      let sums = try pending.finish()
      var start = 0
      for (parameter, count) in bucket {
        _ = try plan.withGradient(of: parameter) { _, gradient in
          _ = gradient.update(fromContentsOf: sums[start..<start + count])
        }
        start += count
      }
    }
    try finish(statistics, plan)
  }

  /// Running statistics of all ranks together are the means of theirs, by examples.
  private func startStatistics(_ plan: ExecutionPlan, share: Float) throws -> (any PendingSum)? {
    let moved = plan.movedStatistics
    guard !moved.isEmpty else { return nil }
    return try ranks.startSum(moved.flatMap { value in try plan.parameter(value).map { $0 * share } })
  }

  private func finish(_ statistics: (any PendingSum)?, _ plan: ExecutionPlan) throws {
    guard let means = try statistics?.finish() else { return }
    var start = 0
    for value in plan.movedStatistics {
      let count = try plan.parameter(value).count
      try plan.setParameter(value, Array(means[start..<start + count]))
      start += count
    }
  }
}
