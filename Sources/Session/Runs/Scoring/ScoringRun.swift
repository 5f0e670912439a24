package import Compute
public import Datasets
import Graph
public import Pruning
import Training

/// Accumulates the scores of every kernel over a data set, step by step; the table can be read between any two
/// steps. Used on one thread.
public final class ScoringRun: DataRun {
  private let work: any ScoreWork
  /// The examples that the table is made of, whole batches; where another run can go on.
  public var visited: Int { work.visited }

  /// What has been found so far, un-normalised.
  public var table: ScoreTable { work.table }
  /// How far the run is.
  public var progress: RunProgress { work.progress }
  /// Examples that could not be read.
  public var skipped: [Batch.Skipped] { work.skipped }

  /// A run that has not begun.
  ///
  /// - Parameters:
  ///   - criterion: one that needs data; scores from weights are there at once.
  ///   - original: what the network was made from, whose outputs are to be kept by criteria that compare outputs; the
  ///     network itself without it.
  ///   - earlier: the table of a run that was broken off, and the examples that it had visited; this one goes on behind.
  ///   - limit: examples at most, the first ones of a seeded order; as many as the criterion usually takes
  ///     where `nil`.
  /// - Throws: when the data do not fit the network, or an operator has no gradient.
  package init(
    _ network: OpenNetwork, original: OpenNetwork? = nil, dataset: Dataset, criterion: Criterion = .taylor,
    batchSize: Int = 32,
    continuing earlier: (table: ScoreTable, visited: Int)? = nil, limit: Int? = nil,
    options: ComputeOptions = ComputeOptions()
  ) throws {
    let (order, batchSize) = try network.batches(
      of: Array(dataset.order().prefix(limit ?? criterion.usualExamples ?? dataset.count)), size: batchSize)
    let subject = ScoreSubject(
      network: network, original: original, dataset: dataset, criterion: criterion, order: order,
      batchSize: batchSize, earlier: earlier, options: options)
    switch criterion.definition.measure {
    case .weights, .unitWeights, .given: work = WeightScores(subject)
    case .activations(let score): work = try ActivationScores(subject, score: score)
    case .terms(let score): work = try TermScores(subject, score: score)
    case .unitTerms: work = try UnitTermScores(subject)
    case .weightGradients: work = try WeightGradientScores(subject)
    case .removal: work = try RemovalScores(subject)
    case .refits: work = try RefitScores(subject)
    }
  }

  /// A run whose work is done elsewhere.
  init(_ work: any ScoreWork) { self.work = work }

  /// Goes a step on, a batch or less; `false` when all examples are done.
  public func step() throws -> Bool { try work.step() }
}

/// A way to fill a table of scores.
protocol ScoreWork: DataRun {
  /// What has been found so far.
  var table: ScoreTable { get }
  /// Examples whose batches are done.
  var visited: Int { get }
}

/// What is scored, by what and on which data.
struct ScoreSubject {
  let network: OpenNetwork
  /// What the network was made from; `nil` where that is the network itself.
  let original: OpenNetwork?
  let dataset: Dataset
  let criterion: Criterion
  /// The examples to visit, by index.
  let order: [Int]
  let batchSize: Int
  /// What a run that was broken off had found.
  let earlier: (table: ScoreTable, visited: Int)?
  let options: ComputeOptions

  /// The loss that the criterion measures.
  func objective() throws -> Objective {
    let indices = dataset.configuration.lossAt
    let objective =
      criterion.needsLoss
      ? try Objective(network.bound, dataset: dataset)
      : try Objective(network.bound, loss: .outputEnergy, at: indices)
    try dataset.requireFit(network, objective: objective)
    return objective
  }

  /// The layers that something can be removed from; never empty.
  func prunableLayers() throws -> [Layer] {
    let layers = network.groups.layers.filter(\.isPrunable).map(\.layer)
    guard !layers.isEmpty else { throw SessionError.notPrunable }
    return layers
  }

  /// Those of the layers from which a way leads to the loss, with their points: what lies behind it has no
  /// gradient, and so no score.
  func points(before objective: Objective) throws -> [ScorePoint] {
    let before = Topology(network.network).values(
      behindWhichLies: objective.values, in: network.network)
    let points = ScorePoint.points(of: try prunableLayers(), in: network.bound)
      .filter { before.contains($0.value) }
    guard !points.isEmpty else {
      throw SessionError.nothingBefore(objective.values.map(network.network.name(of:)))
    }
    return points
  }

  /// A table of the layers at `points`: with nothing in it yet, or what an earlier run of the same layers had found.
  func table(_ points: [ScorePoint]) -> ScoreTable {
    let names = Set(points.map(\.layer))
    let empty = ScoreTable(
      criterion: criterion,
      layers: network.groups.layers.map(\.layer).filter { names.contains($0.name) }
        .reduce(into: [:]) { $0[$1.name] = KernelStatistics(kernels: $1.kernels) })
    guard let found = earlier?.table, found.criterion == criterion,
      found.layers.mapValues(\.mean.count) == empty.layers.mapValues(\.mean.count)
    else { return empty }
    return found
  }

  /// A walk over the examples.
  func run(
    _ purpose: Purpose, at points: [ScorePoint] = [], outputs: [ValueID], batchSize: Int? = nil,
    options: ComputeOptions? = nil
  ) throws -> BatchRun {
    var options = options ?? self.options
    options.channelAxes = points.channelAxes
    return try BatchRun(
      network, dataset: dataset, order: order, startingAt: earlier?.visited ?? 0,
      batchSize: batchSize ?? self.batchSize, purpose: purpose, outputs: outputs, options: options)
  }
}

/// Scores that need no data: there from the beginning.
private final class WeightScores: ScoreWork {
  let table: ScoreTable
  let progress = RunProgress(done: 0, total: 0, seconds: 0)
  let skipped: [Batch.Skipped] = []
  let visited = 0

  init(_ subject: ScoreSubject) {
    table = ScoreTable(subject.criterion, of: subject.network.groups, in: subject.network.bound)
  }

  func step() -> Bool { false }
}

extension Dataset {
  /// Throws the first finding that makes these data unusable with a network.
  func requireFit(_ network: OpenNetwork, objective: Objective) throws {
    for finding in findings(for: network, objective: objective) where finding.severity == .error {
      throw SessionError.unfit(sentence: finding.sentence, remedy: finding.remedy)
    }
  }

  /// Throws the first finding that makes these data unusable as a network's input.
  func requireInputFit(_ network: OpenNetwork) throws {
    guard let shape = inputShape(of: network) else { return }
    for finding in check(against: shape) + furtherFindings(for: network) where finding.severity == .error {
      throw SessionError.unfit(sentence: finding.sentence, remedy: finding.remedy)
    }
  }

  /// What a person should know about these data and a network together.
  package func findings(for network: OpenNetwork, objective: Objective) -> [Finding] {
    guard let shape = inputShape(of: network) else { return [] }
    return check(
      against: shape, classes: objective.classes, output: [nil] + objective.shape.map(Optional.init))
      + furtherFindings(for: network)
  }

  /// The shape of the input that the examples are for, examples first, `nil` where an extent is free.
  private func inputShape(of network: OpenNetwork) -> [Int?]? {
    guard let input = inputName.flatMap(network.network.value(named:)) ?? network.network.inputs.first else {
      return nil
    }
    let declared = network.network.values[input.index].declaredType?.dimensions?.map(\.extent)
    var shape = declared ?? network.bound.shape(of: input)?.map(Optional.init) ?? []
    if let axis = network.batched.batchAxes.axis(of: input), shape.indices.contains(axis) {
      shape.insert(shape.remove(at: axis), at: 0)
    }
    return shape
  }

  /// What does not fit of the further inputs of a network that has several.
  private func furtherFindings(for network: OpenNetwork) -> [Finding] {
    let axes = network.batched.batchAxes
    return network.network.inputs.compactMap { input in
      let name = network.network.name(of: input)
      guard var wanted = network.bound.shape(of: input), let given = furtherShapes[name] else { return nil }
      let axis = axes.axis(of: input) ?? 0
      if wanted.indices.contains(axis) { wanted.remove(at: axis) }
      guard given != wanted else { return nil }
      return Finding(
        severity: .error,
        sentence:
          "An example of \(name) has the shape \(given.shapeText), the model's input \(wanted.shapeText).",
        remedy: "Give an array \(name) with examples of that shape.")
    }
  }
}
