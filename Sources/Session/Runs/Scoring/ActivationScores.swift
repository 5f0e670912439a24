import Compute
import Datasets
import Graph
import Pruning

/// Scores from counts of the activations: forward passes up to the last point, no loss.
final class ActivationScores: ScoreWork {
  private(set) var table: ScoreTable
  private let run: BatchRun
  private let points: [ScorePoint]
  private let score: @Sendable (ActivationCount) -> Double

  var progress: RunProgress { run.progress }
  var visited: Int { run.progress.done }
  var skipped: [Batch.Skipped] { run.skipped }

  init(
    _ subject: ScoreSubject, score: @escaping @Sendable (ActivationCount) -> Double
  ) throws {
    try subject.dataset.requireInputFit(subject.network)
    points = ScorePoint.points(of: try subject.prunableLayers(), in: subject.network.bound)
    table = subject.table(points)
    self.score = score
    run = try subject.run(.observe(points: Array(Set(points.map(\.value))).sorted()), at: points, outputs: [])
  }

  func step() throws -> Bool {
    try run.step { plan, batch, _ in
      ScoredBatch(
        layers: try points.map { point in
          let (sums, zeros) = try plan.activationCounts(at: point.value)
          let shape = plan.shape(of: point.value) ?? []
          let kernels = shape[point.axis]
          let elements = shape.elementCount / shape[0] / kernels
          return ScoredBatch.layer(kernels: kernels, examples: batch.count) { example in
            (example * kernels..<(example + 1) * kernels).map { [score] index in
              score(ActivationCount(sum: Double(sums[index]), zeros: Int(zeros[index]), elements: elements))
            }
          }
        })
    } take: {
      table.merge($0, of: points.map(\.layer))
    }
  }
}
