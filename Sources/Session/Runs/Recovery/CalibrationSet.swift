import Compute
import Datasets
import Graph

/// The examples that recovery computes with: read once, kept in batches.
final class CalibrationSet {
  /// What the networks are fed; removals leave inputs as they are.
  let batches: [BatchFeed.Values]
  /// Examples that could not be read.
  let skipped: [Batch.Skipped]
  private let source: ExampleBatches

  /// Bytes of examples that are kept at most.
  private static let memory = 256 << 20

  var examples: Int { batches.reduce(0) { $0 + $1.count } }
  var options: ComputeOptions { source.options }

  /// Whether a part of a batch can be computed with.
  var canBeCut: Bool { source.fixedBatch == nil }

  /// The first of the batches, with so many examples in all; more where a batch cannot be cut.
  func batches(upTo examples: Int) -> [BatchFeed.Values] {
    var (found, left): ([BatchFeed.Values], Int) = ([], examples)
    for batch in batches where left > 0 {
      found.append(canBeCut && left < batch.count ? batch.examples(0..<left, shapes: inputShapes) : batch)
      left -= batch.count
    }
    return found
  }

  /// The share of all examples that so many are.
  func share(ofExamples count: Int) -> Double { Double(count) / Double(max(1, examples)) }

  /// A batch's share of the examples.
  func share(of batch: Int) -> Double { share(ofExamples: batches[batch].count) }

  /// Reads the first examples of a seeded order.
  init(
    _ network: OpenNetwork, dataset: Dataset, examples: Int, options: ComputeOptions
  ) throws {
    source = try ExampleBatches(
      network, dataset: dataset, examples: examples, memory: Self.memory, options: options)
    var (batches, skipped): ([BatchFeed.Values], [Batch.Skipped]) = ([], [])
    for number in source.order.indices {
      let read = try source.read(number)
      skipped += read.skipped
      if let values = read.values { batches.append(values) }
    }
    (self.batches, self.skipped) = (batches, skipped)
  }

  private init(_ batches: [BatchFeed.Values], of source: ExampleBatches) {
    (self.batches, skipped, self.source) = (batches, [], source)
  }

  /// The same without some of the batches.
  func without(_ numbers: some Collection<Int>) -> CalibrationSet {
    let left = batches.indices.filter { !numbers.contains($0) }
    return CalibrationSet(left.map { batches[$0] }, of: source)
  }

  /// Plans of a network for these examples.
  func plans(
    of network: Network, purpose: Purpose = .infer, outputs: [ValueID], options: ComputeOptions? = nil
  ) -> PlanCache {
    source.plans(of: network, purpose: purpose, outputs: outputs, options: options)
  }

  /// The shape of each input, for any number of examples.
  var inputShapes: [ValueID: BatchedShape] { source.inputShapes }

  /// A network at the shapes of so many examples.
  func bound(_ network: Network, examples: Int) throws -> BoundNetwork {
    try BoundNetwork(
      network.freeingBatch() ?? network, inputShapes: source.shapes(examples: examples), batch: examples)
  }

  /// Runs one batch.
  func forward(_ plans: PlanCache, batch: Int) throws -> ExecutionPlan {
    try plans.forward(batches[batch])
  }
}
