public import Compute
public import Datasets
import Graph
public import Pruning
import Training

/// Accumulates the scores of every kernel over a data set, batch by batch; the table can be read between any
/// two. Used on one thread.
public final class ScoringRun: DataRun {
  /// What has been found so far, un-normalised.
  public private(set) var table: ScoreTable
  private let run: BatchRun
  private let objective: Objective
  private let points: [ScorePoint]

  /// How far the run is.
  public var progress: RunProgress { run.progress }
  /// Examples that could not be read.
  public var skipped: [Batch.Skipped] { run.skipped }

  /// A run that has not begun.
  ///
  /// - Parameters:
  ///   - criterion: one that needs data.
  ///   - limit: examples at most.
  /// - Throws: when the data do not fit the network, or an operator has no gradient.
  public init(
    _ network: OpenNetwork, dataset: Dataset, criterion: Criterion = .taylor, batchSize: Int = 32,
    limit: Int? = nil, options: ComputeOptions = ComputeOptions()
  ) throws(SessionError) {
    let objective = try Objective(network.bound, dataset: dataset)
    try dataset.requireFit(network, objective: objective)
    let prunable = network.groups.layers.filter(\.isPrunable).map(\.layer)
    guard !prunable.isEmpty else { throw .notPrunable }
    // What lies behind the loss has no gradient, and so no score.
    let before = Topology(network.network).values(
      behindWhichLies: objective.values, in: network.network)
    let points = ScorePoint.points(of: prunable, in: network.bound).filter { before.contains($0.value) }
    guard !points.isEmpty else { throw .nothingBefore(objective.values.map(network.network.name(of:))) }
    let scored = Set(points.map(\.layer))
    let layers = prunable.filter { scored.contains($0.name) }
    table = ScoreTable(
      criterion: criterion,
      layers: layers.reduce(into: [:]) { $0[$1.name] = KernelStatistics(kernels: $1.kernels) })
    self.objective = objective
    self.points = points
    run = try BatchRun(
      network, dataset: dataset, order: Array(dataset.order().prefix(limit ?? dataset.count)),
      batchSize: batchSize, purpose: .score(points: Array(Set(points.map(\.value))).sorted()),
      outputs: objective.values, options: options)
  }

  /// Scores one more batch; `false` when all examples are done.
  public func step() throws(SessionError) -> Bool {
    try run.step { plan, batch throws(SessionError) in
      let loss = try objective.evaluate(plan, batch: batch, seed: UInt64(run.progress.done))
      try SessionError.compute { () throws(ComputeError) in try plan.backward(loss.gradients) }
      for point in points {
        let terms = try SessionError.compute { () throws(ComputeError) in
          try plan.taylorTerms(at: point.value)
        }
        accumulate(terms, at: point, space: plan.shape(of: point.value) ?? [], examples: batch.count)
      }
    }
  }

  /// Adds |t| / (H·W) of each example (Molchanov et al. 2017, eq. 8).
  private func accumulate(_ terms: [Float], at point: ScorePoint, space shape: [Int], examples: Int) {
    let kernels = shape[point.axis]
    let elements = Double(shape.elementCount / shape[0] / kernels)
    for example in 0..<examples {
      let row = terms[example * kernels..<(example + 1) * kernels]
      table.layers[point.layer]!.add(row.lazy.map { Double(abs($0)) / elements })
    }
  }
}

extension Dataset {
  /// Throws the first finding that makes these data unusable with a network.
  func requireFit(_ network: OpenNetwork, objective: Objective) throws(SessionError) {
    for finding in findings(for: network, objective: objective) where finding.severity == .error {
      throw .unfit(sentence: finding.sentence, remedy: finding.remedy)
    }
  }

  /// What a person should know about these data and a network together.
  public func findings(for network: OpenNetwork, objective: Objective) -> [Finding] {
    guard let input = network.network.inputs.first else { return [] }
    let declared = network.network.values[input.index].declaredType?.dimensions?.map(\.extent)
    let shape = declared ?? network.bound.shape(of: input)?.map(Optional.init) ?? []
    return check(
      against: shape, classes: objective.classes, output: [nil] + objective.shape.map(Optional.init))
      + furtherFindings(for: network)
  }

  /// What does not fit of the further inputs of a network that has several.
  private func furtherFindings(for network: OpenNetwork) -> [Finding] {
    network.network.inputs.dropFirst().compactMap { input in
      let name = network.network.name(of: input)
      guard let wanted = network.bound.shape(of: input)?.dropFirst(), let given = furtherShapes[name],
        given != Array(wanted)
      else { return nil }
      return Finding(
        severity: .error,
        sentence:
          "An example of \(name) has the shape \(given.shapeText), the model's input \(Array(wanted).shapeText).",
        remedy: "Give an array \(name) with examples of that shape.")
    }
  }
}
