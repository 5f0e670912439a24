import Compute
import Datasets
import Graph
import Pruning

/// Scores from each kernel's own first-order term t = Σ z·g.
final class TermScores: ScoreWork {
  private(set) var table: ScoreTable
  private let pass: TermPass
  private let score: @Sendable (_ term: Double, _ elements: Int) -> Double

  var progress: RunProgress { pass.run.progress }
  var visited: Int { pass.run.progress.done }
  var skipped: [Batch.Skipped] { pass.run.skipped }

  init(
    _ subject: ScoreSubject, score: @escaping @Sendable (_ term: Double, _ elements: Int) -> Double
  ) throws {
    pass = try TermPass(subject)
    table = subject.table(pass.points)
    self.score = score
  }

  func step() throws -> Bool {
    try pass.step { terms in
      terms.map { terms in
        ScoredBatch.layer(kernels: terms.kernels, examples: terms.examples) { example in
          terms.row(example).map { [score] in score(Double($0), terms.elements) }
        }
      }
    } take: {
      table.merge($0, of: pass.points.map(\.layer))
    }
  }
}

/// Scores from the terms of all kernels that go together: their sum squared is what the loss changes by, to first
/// order and squared, when all of them are scaled down at once.
final class UnitTermScores: ScoreWork {
  private(set) var table: ScoreTable
  private let pass: TermPass
  private let groups: ChannelGroups
  /// By point: the layer's place in the groups.
  private let indices: [Int]

  var progress: RunProgress { pass.run.progress }
  var visited: Int { pass.run.progress.done }
  var skipped: [Batch.Skipped] { pass.run.skipped }

  init(_ subject: ScoreSubject) throws {
    pass = try TermPass(subject)
    table = subject.table(pass.points)
    let groups = subject.network.groups
    self.groups = groups
    indices = pass.points.map { groups.index(of: $0.layer)! }
  }

  func step() throws -> Bool {
    try pass.step { terms in
      var layers = terms.map { KernelStatistics(kernels: $0.kernels) }
      for example in 0..<(terms.map(\.examples).min() ?? 0) {
        var sums = [Double](repeating: 0, count: groups.units.count)
        for (index, terms) in zip(indices, terms) {
          for (unit, term) in zip(groups.layers[index].units, terms.row(example)) {
            sums[unit] += Double(term)
          }
        }
        for (place, index) in indices.enumerated() {
          layers[place].add(groups.layers[index].units.map { sums[$0] * sums[$0] })
        }
      }
      return layers
    } take: {
      table.merge($0, of: pass.points.map(\.layer))
    }
  }
}

/// The terms of a batch at one point.
struct PointTerms {
  /// Per example and kernel, [N, K].
  let values: [Float]
  let kernels: Int
  /// Elements that a term is summed over.
  let elements: Int

  var examples: Int { values.count / kernels }

  func row(_ example: Int) -> ArraySlice<Float> { values[example * kernels..<(example + 1) * kernels] }
}

/// Forward and backward passes that give the terms of every point.
private final class TermPass {
  let points: [ScorePoint]
  let run: BatchRun
  private let objective: Objective

  init(_ subject: ScoreSubject) throws {
    objective = try subject.objective()
    points = try subject.points(before: objective)
    run = try subject.run(
      .score(points: Array(Set(points.map(\.value))).sorted()), at: points, outputs: objective.values)
  }

  /// The next batch; `body` gets the terms of each point in the order of `points`, and makes scores of them.
  func step(
    _ body: ([PointTerms]) -> [KernelStatistics], take: (ScoredBatch) -> Void
  ) throws -> Bool {
    try run.step { plan, batch, start in
      let loss = try objective.evaluate(plan, batch: batch, seed: UInt64(start))
      try plan.backward(loss.gradients)
      let terms = try points.map { point in
        let shape = plan.shape(of: point.value) ?? []
        let kernels = shape[point.axis]
        return PointTerms(
          values: try plan.taylorTerms(at: point.value), kernels: kernels,
          elements: shape.elementCount / shape[0] / kernels)
      }
      return ScoredBatch(layers: body(terms))
    } take: {
      take($0)
    }
  }
}
