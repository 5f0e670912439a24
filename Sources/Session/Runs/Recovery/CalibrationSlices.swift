import Compute
import Graph

/// The calibration batches cut into parts, a few examples each, so that many values of a network can be looked at in one pass:
/// whole batches of all of them would not fit, and a pass for a few of them after another computes the same again and again.
struct CalibrationSlices: RandomAccessCollection {
  /// Some examples of a batch.
  struct Slice {
    let batch: Int
    /// Within the batch.
    let examples: Range<Int>
  }

  /// In the order of the batches.
  private let slices: [Slice]
  private let calibration: CalibrationSet

  var startIndex: Int { slices.startIndex }
  var endIndex: Int { slices.endIndex }
  subscript(position: Int) -> Slice { slices[position] }

  /// - Parameters:
  ///   - elements: what is looked at of one example.
  ///   - areCut: whether a batch may be cut; every batch is a slice otherwise.
  init(_ calibration: CalibrationSet, elements: Int, areCut: Bool = true) {
    self.calibration = calibration
    slices = calibration.batches.enumerated().flatMap { number, batch -> [Slice] in
      let size = Self.examplesAtOnce(of: batch, calibration, elements: elements, areCut: areCut)
      return stride(from: 0, to: batch.count, by: Swift.max(1, size)).map { start in
        Slice(batch: number, examples: start..<Swift.min(start + size, batch.count))
      }
    }
  }

  /// The most examples that such slices have.
  static func examplesAtOnce(_ calibration: CalibrationSet, elements: Int, areCut: Bool = true) -> Int {
    calibration.batches.lazy.map {
      examplesAtOnce(of: $0, calibration, elements: elements, areCut: areCut)
    }.max() ?? 0
  }

  private static func examplesAtOnce(
    of batch: BatchFeed.Values, _ calibration: CalibrationSet, elements: Int, areCut: Bool
  ) -> Int {
    guard areCut, calibration.canBeCut else { return batch.count }
    let affordable = Swift.max(1, calibration.options.elementsAtOnce / Swift.max(1, elements))
    var size = batch.count
    // Few sizes, so that few plans serve all of them.
    while size > affordable { size = (size + 1) / 2 }
    return size
  }

  /// Runs a slice.
  func forward(_ plans: PlanCache, _ slice: Slice) throws -> ExecutionPlan {
    let batch = calibration.batches[slice.batch]
    guard slice.examples.count < batch.count else { return try plans.forward(batch) }
    return try plans.forward(batch.examples(slice.examples, shapes: calibration.inputShapes))
  }
}

extension BatchFeed.Values {
  /// Some of the examples.
  func examples(_ range: Range<Int>, shapes: [ValueID: BatchedShape]) -> BatchFeed.Values {
    var parts: [ValueID: [Float]] = [:]
    for (input, all) in values {
      guard let shape = shapes[input], shape.axis != nil else {
        parts[input] = all
        continue
      }
      let size = shape.example.elementCount
      let ordered = shape.examplesFirst(all, examples: count)
      let part = Array(ordered[range.lowerBound * size..<range.upperBound * size])
      parts[input] = shape.inPlace(part, examples: range.count)
    }
    return BatchFeed.Values(count: range.count, values: parts)
  }
}
