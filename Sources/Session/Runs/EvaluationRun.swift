public import Compute
public import Datasets
import Graph
import Training

/// Measures a network over a data set, batch by batch. Used on one thread.
public final class EvaluationRun: DataRun {
  private let run: BatchRun
  private let objective: Objective
  private var lossSum = 0.0
  private var correct = 0
  private var correctInFive = 0
  private var examples = 0
  private var decisions = 0

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
    try run.step { plan, batch in
      let loss = try objective.evaluate(plan, batch: batch, seed: UInt64(run.progress.done))
      lossSum += loss.losses.reduce(0, +)
      correct += loss.correct ?? 0
      correctInFive += loss.correctInFive ?? 0
      examples += batch.count
      decisions += loss.decisions
    }
  }

  /// What has been measured so far.
  public var result: Evaluation {
    let count = Double(max(1, examples))
    let counts = objective.loss == .crossEntropy
    let judged = Double(max(1, decisions))
    return Evaluation(
      examples: examples, loss: lossSum / count, accuracy: counts ? Double(correct) / judged : nil,
      accuracyInFive: counts ? Double(correctInFive) / judged : nil, seconds: progress.seconds)
  }
}
