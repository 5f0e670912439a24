import Compute
import Graph

/// What tails begin with: values in the middle of a network, computed once a batch for as many tails in a row as
/// there is room for.
///
/// Tails near the input begin with large values and have little before them; those near the output begin with small
/// ones and have nearly everything before them. So just where it saves most, one pass serves many tails.
final class NetworkFronts {
  /// Tails in a row that are served together.
  private struct Portion {
    var tails: Range<Int>
    var values: Set<ValueID>
    /// Whether the values of all batches are held; otherwise those of the newest.
    var isHeld: Bool
  }

  private let network: OpenNetwork
  /// The shape of each input, for any number of examples.
  private let shapes: [ValueID: BatchedShape]
  private let options: ComputeOptions
  private let portions: [Portion]
  private var plans: (portion: Int?, cache: PlanCache)?
  private var held: (portion: Int, values: [Int: [ValueID: [Float]]]) = (-1, [:])

  /// - Parameters:
  ///   - portions: by tail, the values that it begins with.
  ///   - examples: how many all batches have.
  init(
    _ network: OpenNetwork, _ shapes: [ValueID: BatchedShape], _ options: ComputeOptions,
    portions borders: [Set<ValueID>], examples: Int, heldBytes: Int
  ) {
    self.network = network
    self.shapes = shapes
    self.options = options
    let batch = max(1, network.bound.batchSize)
    func bytes(_ values: Set<ValueID>) -> Double {
      values.reduce(0) { sum, value in
        shapes[value] == nil
          ? sum + 4 * Double(network.bound.shape(of: value)?.elementCount ?? 0) / Double(batch)
            * Double(examples)
          : sum
      }
    }
    var portions: [Portion] = []
    for (tail, values) in borders.enumerated() {
      if let last = portions.last, last.isHeld {
        let joined = last.values.union(values)
        if bytes(joined) <= Double(heldBytes) {
          portions[portions.count - 1] = Portion(
            tails: last.tails.lowerBound..<tail + 1, values: joined, isHeld: true)
          continue
        }
      }
      portions.append(
        Portion(tails: tail..<tail + 1, values: values, isHeld: bytes(values) <= Double(heldBytes)))
    }
    self.portions = portions
  }

  /// The plan of the whole network after a pass over a batch.
  func whole(_ batch: BatchFeed.Values, outputs: [ValueID]) throws -> ExecutionPlan {
    let cache: PlanCache
    if let plans, plans.portion == nil {
      cache = plans.cache
    } else {
      cache = makePlans(outputs)
      plans = (nil, cache)
    }
    return try forward(cache, batch)
  }

  /// The values that a tail, and others that are served with it, begin with.
  ///
  /// - Parameters:
  ///   - batch: what the network is fed, asked for where the values are not held.
  ///   - number: the batch's.
  func values(
    of batch: @autoclosure () -> BatchFeed.Values, number: Int, for tail: Int
  ) throws -> [ValueID: [Float]] {
    guard let index = portions.firstIndex(where: { $0.tails.contains(tail) }) else { return [:] }
    if held.portion != index { held = (index, [:]) }
    if let known = held.values[number] { return known }
    let feeds = batch()
    let portion = portions[index]
    var values = feeds.values.filter { portion.values.contains($0.key) }
    let computed = portion.values.filter { shapes[$0] == nil }.sorted()
    if !computed.isEmpty {
      let cache: PlanCache
      if let plans, plans.portion == index {
        cache = plans.cache
      } else {
        cache = makePlans(computed)
        plans = (index, cache)
      }
      let plan = try forward(cache, feeds)
      for value in computed {
        values[value] = try plan.value(value)
      }
    }
    if !portion.isHeld { held.values = [:] }
    held.values[number] = values
    return values
  }

  private func makePlans(_ outputs: [ValueID]) -> PlanCache {
    PlanCache(
      network.batched, purpose: .infer, outputs: outputs, inputShapes: shapes, options: options)
  }

  private func forward(_ cache: PlanCache, _ batch: BatchFeed.Values) throws -> ExecutionPlan {
    let plan = try cache.plan(batchSize: batch.count)
    try plan.forward(batch.values)
    return plan
  }
}
