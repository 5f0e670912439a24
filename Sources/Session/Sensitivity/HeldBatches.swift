import Datasets
import Graph

/// The batches of a run that walks over the same examples again and again; kept where there is room for all of them, so
/// that pictures are decoded once.
final class HeldBatches {
  /// How many there are.
  let count: Int
  /// Examples that could not be read.
  private(set) var skipped: [Batch.Skipped] = []

  private let dataset: Dataset
  private let order: [Int]
  private let size: Int
  private let fixedBatch: Int?
  private let holdsAll: Bool
  private var held: [Int: Batch] = [:]
  private var newest: (number: Int, batch: Batch)?
  private var told: Set<Int> = []

  init(_ dataset: Dataset, order: [Int], size: Int, fixedBatch: Int?, heldBytes: Int) {
    self.dataset = dataset
    self.order = order
    self.size = size
    self.fixedBatch = fixedBatch
    count = (order.count + size - 1) / size
    var elements =
      dataset.exampleShape.elementCount + dataset.furtherShapes.values.reduce(0) { $0 + $1.elementCount }
    if case .arrays(let shape) = dataset.targets { elements += shape.elementCount }
    // A product that overflows is too much to hold.
    let bytes = order.count.multipliedReportingOverflow(by: 4 * elements)
    holdsAll = !bytes.overflow && bytes.partialValue <= heldBytes
  }

  /// Where random choices on a batch begin: at its first example, as in `EvaluationRun`.
  func seed(_ number: Int) -> UInt64 { UInt64(number * size) }

  /// A batch; empty where a model that fixes the number of examples cannot take what could be read.
  func batch(_ number: Int) throws -> Batch {
    if let known = held[number] { return known }
    if let newest, newest.number == number { return newest.batch }
    let indices = order[number * size..<min((number + 1) * size, order.count)]
    let dataset = dataset
    var batch = try dataset.batch(indices)
    if told.insert(number).inserted { skipped += batch.skipped }
    if let fixedBatch, batch.count != fixedBatch {
      batch = try dataset.batch([])
    }
    if holdsAll { held[number] = batch } else { newest = (number, batch) }
    return batch
  }
}
