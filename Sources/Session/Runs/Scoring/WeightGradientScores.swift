import Compute
import Datasets
import Graph
import Pruning

/// Scores from the gradients of the weights, each example by itself: the squares of a batch's summed gradients
/// would depend on the batch.
final class WeightGradientScores: ScoreWork {
  private(set) var table: ScoreTable
  private let run: BatchRun
  private let objective: Objective
  private let layers: [(layer: Layer, weights: [Float], runs: KernelRuns)]

  var progress: RunProgress { run.progress }
  var visited: Int { run.progress.done }
  var skipped: [Batch.Skipped] { run.skipped }

  init(_ subject: ScoreSubject) throws {
    objective = try subject.objective()
    let points = try subject.points(before: objective)
    let names = Set(points.map(\.layer))
    let bound = subject.network.bound
    layers = try subject.prunableLayers().compactMap { layer in
      guard names.contains(layer.name), let weight = bound.constant(of: layer.weight),
        weight.elementType.isFloatingPoint, let runs = KernelRuns(layer, shape: weight.shape)
      else { return nil }
      return (layer, weight.floats, runs)
    }
    let scored = Set(layers.map(\.layer.name))
    table = subject.table(points.filter { scored.contains($0.layer) })
    // The network as it infers, with gradients.
    var options = subject.options
    options.normalizesWithBatch = false
    options.updatesRunningStatistics = false
    options.dropsOut = false
    run = try subject.run(
      .train(parameters: Array(Set(layers.map(\.layer.weight))).sorted()), outputs: objective.values,
      batchSize: 1, options: options)
  }

  /// Scores some examples more; `false` when all are done.
  func step() throws -> Bool {
    try run.step { plan, batch, start in
      let loss = try objective.evaluate(plan, batch: batch, seed: UInt64(start))
      try plan.backward(loss.gradients)
      return ScoredBatch(
        layers: try layers.map { layer, weights, runs in
          let gradient = try plan.gradient(of: layer.weight)
          return ScoredBatch.layer(kernels: layer.kernels, examples: 1) { _ in
            Self.squares(weights, gradient, runs, kernels: layer.kernels)
          }
        })
    } take: {
      table.merge($0, of: layers.map(\.layer.name))
    }
  }

  /// Σ (w·g)² over the weights of each kernel.
  private static func squares(
    _ weights: [Float], _ gradient: [Float], _ runs: KernelRuns, kernels: Int
  ) -> [Double] {
    var sums = [Double](repeating: 0, count: kernels)
    for run in 0..<runs.count {
      var sum = 0.0
      for index in run * runs.length..<(run + 1) * runs.length {
        let product = Double(weights[index] * gradient[index])
        sum += product * product
      }
      sums[runs.kernel(ofRun: run)] += sum
    }
    return sums
  }
}
