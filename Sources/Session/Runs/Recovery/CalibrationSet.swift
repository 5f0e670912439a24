import Compute
import Datasets
import Foundation
import Graph

/// The examples that recovery computes with: read once, kept in batches.
final class CalibrationSet {
  /// What the networks are fed, by the input's place.
  struct Feeds {
    let count: Int
    let values: [[Float]]
  }

  let batches: [Feeds]
  /// Examples that could not be read.
  let skipped: [Batch.Skipped]
  /// The shape of one example of each input.
  private let exampleShapes: [[Int]]
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
  ) throws(SessionError) {
    try dataset.requireInputFit(network)
    let inputs = network.network.inputs
    let further = inputs.dropFirst().map(network.network.name(of:))
    guard !inputs.isEmpty, further.allSatisfy({ dataset.furtherShapes[$0] != nil }) else {
      throw .unfit(
        sentence: "The model has \(inputs.count) inputs, and the data feed one.",
        remedy:
          "Give an NPZ archive with an array for each input: \(inputs.map(network.network.name(of:)).joined(separator: ", "))."
      )
    }
    exampleShapes = [dataset.exampleShape] + further.map { dataset.furtherShapes[$0] ?? [] }
    let bytes = 4 * exampleShapes.reduce(0) { $0 + $1.elementCount }
    let affordable = max(16, Self.memory / max(1, bytes))
    let (order, size) = try network.batches(
      of: Array(dataset.order().prefix(min(examples, affordable))), size: 32)
    fixedBatch = network.fixedBatch
    var (batches, skipped): ([Feeds], [Batch.Skipped]) = ([], [])
    for start in stride(from: 0, to: order.count, by: size) {
      let indices = order[start..<min(start + size, order.count)]
      let batch = try SessionError.dataset { () throws(DatasetError) in try dataset.batch(indices) }
      skipped += batch.skipped
      guard batch.count > 0, fixedBatch.map({ $0 == batch.count }) ?? true else { continue }
      batches.append(
        Feeds(
          count: batch.count, values: [batch.inputs] + further.map { batch.further[$0]?.values ?? [] }))
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
      exampleShapes: Dictionary(uniqueKeysWithValues: zip(network.inputs, exampleShapes)), options: options)
  }

  /// Runs one batch.
  func forward(_ plans: PlanCache, _ network: Network, batch: Int) throws(SessionError) -> ExecutionPlan {
    let feeds = batches[batch]
    return try SessionError.compute { () throws(ComputeError) in
      let plan = try plans.plan(batchSize: feeds.count)
      try plan.forward(
        zip(network.inputs, feeds.values).reduce(into: [:]) { $0[$1.0] = $1.1 })
      return plan
    }
  }
}
