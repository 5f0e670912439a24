package import Compute
package import Datasets
import Graph

/// Measures what a removal lost, as a forecast says it, on examples that nothing was chosen or fitted with. Used on one
/// thread; can be stopped between any two steps.
package final class LossCheck: DataRun {
  /// What was lost, a mean over the examples; `nil` before the first batch, and where outputs cannot be compared.
  package private(set) var loss: Double?
  /// How far the run is.
  package private(set) var progress: RunProgress
  /// Examples that could not be read.
  package var skipped: [Batch.Skipped] { examples.skipped }
  /// Examples that it is the mean of so far.
  package private(set) var count = 0

  private let examples: CalibrationSet
  private let change: OutputChange
  private let plans: (before: PlanCache, now: PlanCache)
  private var sum = 0.0

  /// A run that has not begun.
  ///
  /// - Parameters:
  ///   - network: what became of `original`.
  ///   - dataset: labels are not looked at.
  ///   - examples: how many are compared at most.
  package init(
    _ network: OpenNetwork, original: OpenNetwork, dataset: Dataset, examples: Int = 512,
    options: ComputeOptions = ComputeOptions()
  ) throws {
    self.examples = try CalibrationSet(original, dataset: dataset, examples: examples, options: options)
    change = try OutputChange(original, dataset: dataset)
    plans = (
      self.examples.plans(of: original.network, outputs: change.values),
      self.examples.plans(of: network.network, outputs: change.values)
    )
    progress = RunProgress(done: 0, total: self.examples.batches.count, seconds: 0, unit: "batches")
  }

  /// Compares one more batch; `false` when all were.
  package func step() throws -> Bool {
    guard progress.done < progress.total else { return false }
    let batch = progress.done
    let size = examples.batches[batch].count
    let reference = change.reference(
      try change.outputs(of: examples.forward(plans.before, batch: batch)), examples: size)
    sum +=
      change.loss(try change.outputs(of: examples.forward(plans.now, batch: batch)), reference) * Double(size)
    count += size
    loss = sum.isFinite ? sum / Double(count) : nil
    progress.done += 1
    return progress.done < progress.total
  }
}
