public import Compute
public import Datasets
import Foundation
import Graph
import Training

/// What a network is worth on some data.
public struct Evaluation: Sendable, Hashable, Codable {
  /// Examples measured.
  public var examples: Int
  /// The mean loss.
  public var loss: Double
  /// The share of examples (for class maps of places) whose class has the largest output; `nil` without classes.
  public var accuracy: Double?
  /// The share of examples whose class is among the five largest outputs; `nil` without classes.
  public var accuracyInFive: Double?
  /// Seconds that it took.
  public var seconds: Double

  /// A measurement.
  public init(
    examples: Int, loss: Double, accuracy: Double? = nil, accuracyInFive: Double? = nil, seconds: Double = 0
  ) {
    self.examples = examples
    self.loss = loss
    self.accuracy = accuracy
    self.accuracyInFive = accuracyInFive
    self.seconds = seconds
  }

  /// The peak signal-to-noise ratio in decibels of a mean squared error, for values from 0 to 1.
  public var peakSignalToNoise: Double { -10 * log10(max(loss, .leastNormalMagnitude)) }
}

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
  ) throws(SessionError) {
    let objective = try Objective(network.bound, dataset: dataset)
    try dataset.requireFit(network, objective: objective)
    self.objective = objective
    run = try BatchRun(
      network, dataset: dataset, order: Array(dataset.order().prefix(limit ?? dataset.count)),
      batchSize: batchSize, purpose: .infer, outputs: objective.values, options: options)
  }

  /// Measures one more batch; `false` when all examples are done.
  public func step() throws(SessionError) -> Bool {
    try run.step { plan, batch throws(SessionError) in
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
