public import Compute
public import Datasets
import Graph
import Training

/// Measures a network over a data set, batch by batch. Used on one thread.
public final class EvaluationRun: DataRun {
  private let run: BatchRun
  private let objective: Objective
  private var sums = MeasuredBatch()

  /// How far the run is.
  public var progress: RunProgress { run.progress }
  /// Examples that could not be read.
  public var skipped: [Batch.Skipped] { run.skipped }

  /// A run that has not begun.
  ///
  /// - Parameter limit: examples at most, the first ones of a seeded order.
  public init(
    _ network: OpenNetwork, dataset: Dataset, batchSize: Int = 64, limit: Int? = nil,
    options: ComputeOptions = ComputeOptions()
  ) throws {
    let objective = try Objective(network.bound, dataset: dataset)
    try dataset.requireFit(network, objective: objective)
    self.objective = objective
    run = try BatchRun(
      network, dataset: dataset, order: Array(dataset.order().prefix(limit ?? dataset.count)),
      batchSize: batchSize, purpose: .infer, outputs: objective.values, options: options)
  }

  /// Measures one more batch; `false` when all examples are done.
  public func step() throws -> Bool {
    try run.step { plan, batch, start in
      MeasuredBatch(
        try objective.evaluate(plan, batch: batch, seed: UInt64(start)), examples: batch.count)
    } take: {
      sums += $0
    }
  }

  /// What has been measured so far.
  public var result: Evaluation {
    let count = Double(max(1, sums.examples))
    let counts = objective.loss == .crossEntropy
    let judged = Double(max(1, sums.decisions))
    return Evaluation(
      examples: sums.examples, loss: sums.lossSum / count,
      accuracy: counts ? Double(sums.correct) / judged : nil,
      accuracyInFive: counts ? Double(sums.correctInFive) / judged : nil, seconds: progress.seconds)
  }
}
