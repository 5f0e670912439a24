import Compute
import Datasets
import Foundation
import Graph
import Pruning
import Ranks
import Session
import TestSupport
import Testing
import Training

/// Runs that ranks share against the same runs on one rank. The ranks are threads; `Tests/CrossChecks/ranks.py` does the
/// same with processes.
@Suite struct SharedRunsTests {
  private let folder: TemporaryFolder
  private let network: OpenNetwork
  private let dataset: Dataset

  init() throws {
    folder = try TemporaryFolder()
    network = try OpenNetwork(BarSample.network(kernels: (6, 6), stride: 2, classes: 3, seed: 1))
    dataset = try Self.data(in: folder, "data", count: 44, seed: 4)
  }

  private static func data(
    in folder: TemporaryFolder, _ name: String, count: Int, seed: UInt64
  ) throws -> Dataset {
    let configuration = try BarSample.data(at: folder.path("\(name).npz"), count: count, seed: seed)
    return try Dataset(configuration, fitting: [nil, 1, 8, 8])
  }

  private static func options(_ ranks: any Communicator) -> ComputeOptions {
    var options = ComputeOptions()
    options.threads = 1
    options.ranks = ranks
    return options
  }

  private func scores(
    _ criterion: Criterion, on count: Int, continuing earlier: (table: ScoreTable, visited: Int)? = nil,
    steps: Int = .max
  ) throws -> [(table: ScoreTable, visited: Int)] {
    try ThreadRanks.run(count) { [network, dataset] ranks in
      let run = try ScoringRun(
        network, dataset: dataset, criterion: criterion, batchSize: 8, continuing: earlier,
        options: Self.options(ranks))
      var done = 0
      while done < steps, try run.step() { done += 1 }
      return (run.table, run.visited)
    }
  }

  /// Whatever the number of ranks, every rank has the table of one, to the last bit.
  @Test(
    arguments: [Criterion.taylor, .taylorGate, .taylorWeight, .outputEnergy, .apoz, .oracle, .obs], [2, 3])
  func scoresAreThoseOfOneRank(criterion: Criterion, count: Int) throws {
    let alone = try #require(scores(criterion, on: 1).first)
    #expect(alone.table.layers.values.allSatisfy { $0.mean.contains { $0 != 0 } })
    for shared in try scores(criterion, on: count) {
      #expect(shared.table == alone.table && shared.visited == alone.visited)
    }
  }

  /// Between any two steps the ranks have what one rank has after as many; a run that was broken off goes on with another
  /// number of ranks.
  @Test func scoresCanBeBrokenOffAndGoneOnWith() throws {
    let whole = try #require(scores(.taylor, on: 1).first)
    for steps in 1...5 {
      let alone = try #require(scores(.taylor, on: 1, steps: steps).first)
      let shared = try scores(.taylor, on: 2, steps: steps)
      #expect(shared.allSatisfy { $0.table == alone.table && $0.visited == 8 * steps })
      for count in [1, 3] {
        #expect(try scores(.taylor, on: count, continuing: shared[0]).allSatisfy { $0.table == whole.table })
      }
    }
  }

  /// Only rank 0 has the files of a session, and so what was scored earlier: the others go on from there too.
  @Test func whatTheFirstRankHadScoredIsGoneOnWithByAll() throws {
    let configuration = try BarSample.data(at: folder.path("kept.npz"), count: 44, seed: 4)
    let tables = try ThreadRanks.run(2) { [network] ranks in
      let workbench = Workbench(network)
      try workbench.attach(configuration)
      if ranks.isFirst {
        let earlier = try workbench.scoringRun(.taylor, options: Self.options(SingleRank()))
        while try workbench.step(earlier) {}
      }
      let run = try workbench.scoringRun(.taylor, options: Self.options(ranks))
      while try workbench.step(run) {}
      return run.table
    }
    #expect(tables[0] == tables[1] && tables[0].examples == 44)
  }

  @Test(arguments: [2, 5, 9]) func evaluationsAreThoseOfOneRank(count: Int) throws {
    func evaluate(_ count: Int) throws -> [Evaluation] {
      try ThreadRanks.run(count) { [network, dataset] ranks in
        let run = try EvaluationRun(network, dataset: dataset, batchSize: 8, options: Self.options(ranks))
        while try run.step() {}
        return run.result
      }
    }
    let alone = try #require(evaluate(1).first)
    for shared in try evaluate(count) {
      #expect(shared.loss == alone.loss && shared.accuracy == alone.accuracy && shared.examples == 44)
    }
  }

  @Test(arguments: [2, 3]) func curvesAreThoseOfOneRank(count: Int) throws {
    func curves(_ count: Int) throws -> [SensitivityTable] {
      try ThreadRanks.run(count) { [network, dataset] ranks in
        let run = try SensitivityRun(
          network, dataset: dataset, scores: ScoreTable(.l2, of: network.groups, in: network.bound),
          settings: SensitivitySettings(), batchSize: 8, options: Self.options(ranks))
        while try run.step() {}
        #expect(run.progress.done == run.progress.total)
        return run.table
      }
    }
    let alone = try #require(curves(1).first)
    #expect(alone.curves.count > 1 && alone.completeCount == alone.curves.count)
    #expect(try curves(count).allSatisfy { $0 == alone })
  }

  // MARK: Training

  private struct Trained: Sendable {
    let losses: [Double]
    let weights: [ValueID: Tensor]
    let validation: [Double?]
    let checkpoint: TrainingCheckpoint?
  }

  private func train(
    on count: Int, sharesStatistics: Bool = false, continuing checkpoint: TrainingCheckpoint? = nil,
    steps: Int = .max, _ change: (inout TrainingSettings) -> Void = { _ in }
  ) throws -> [Trained] {
    var settings = TrainingSettings(epochs: 2, batchSize: 12)
    settings.rate = 0.05
    settings.clip = 1
    settings.augmentation = Augmentation(flips: true, shift: 1)
    settings.freezesNormalization = true
    change(&settings)
    let validation = try Self.data(in: folder, "validation", count: 20, seed: 9)
    return try ThreadRanks.run(count) { [network, dataset, settings] ranks in
      var options = Self.options(ranks)
      options.sharesStatistics = sharesStatistics
      let run = try TrainingRun(
        network, settings: settings, training: dataset, validation: validation,
        continuing: ranks.isFirst ? checkpoint : nil, options: options)
      var (done, last) = (0, checkpoint)
      while done < steps, try run.step() {
        done += 1
        last = try run.checkpoint() ?? last
      }
      return Trained(
        losses: run.state.losses, weights: try run.current().constants,
        validation: run.state.history.map(\.validationLoss), checkpoint: last)
    }
  }

  private func largestDifference(_ first: Trained, _ second: Trained) -> Double {
    first.weights.map { value, tensor in
      zip(tensor.floats, second.weights[value]?.floats ?? []).reduce(0) { max($0, Double(abs($1.0 - $1.1))) }
    }.max() ?? .infinity
  }

  /// Gradients are summed in other portions than on one rank, so that float32 rounds otherwise: equal to 1e-6 a step. What
  /// the ranks have is the same to the last bit.
  @Test(arguments: [2, 3]) func trainingIsThatOfOneRank(count: Int) throws {
    let alone = try #require(train(on: 1).first)
    let shared = try train(on: count)
    #expect(alone.losses.count == 6 && alone.losses[0] != alone.losses[5])
    for one in shared {
      #expect(one.weights == shared[0].weights && one.losses == shared[0].losses)
      #expect(zip(one.losses, alone.losses).allSatisfy { abs($0 - $1) < 1e-5 })
    }
    #expect(largestDifference(shared[0], alone) < 1e-5)
  }

  /// With the statistics of all examples, normalizations that learn are those of one rank too.
  @Test(arguments: [2, 3]) func sharedStatisticsAreThoseOfOneRank(count: Int) throws {
    let alone = try #require(train(on: 1) { $0.freezesNormalization = false }.first)
    let shared = try train(on: count, sharesStatistics: true) { $0.freezesNormalization = false }
    let apart = try train(on: count) { $0.freezesNormalization = false }
    #expect(shared.allSatisfy { $0.weights == shared[0].weights })
    #expect(largestDifference(shared[0], alone) < 1e-4)
    #expect(largestDifference(apart[0], alone) > 1e-3)
    // Single examples have statistics together.
    _ = try train(on: 3, sharesStatistics: true) {
      $0.batchSize = 3
      $0.freezesNormalization = false
    }
  }

  /// Batch normalizations take each rank's own statistics, and running ones are means over the ranks: all have the same.
  @Test func ranksHaveTheSameRunningStatistics() throws {
    let before = network.network.constants
    let shared = try train(on: 2) { $0.freezesNormalization = false }
    #expect(shared[0].weights == shared[1].weights)
    let moved = shared[0].weights.filter { before[$0.key] != $0.value }
    #expect(
      moved.count == shared[0].weights.values.count { $0.elementType == .float32 && $0.elementCount > 1 })
  }

  /// What rank 0 kept at the end of an epoch is gone on with by all, whatever their number.
  @Test func trainingIsGoneOnWithByOtherNumbersOfRanks() throws {
    let whole = try train(on: 2)[0]
    // One validation batch of 20 in batches of 12, three steps, and the validation again.
    let begun = try train(on: 2, steps: 8)[0]
    let checkpoint = try #require(begun.checkpoint)
    #expect(checkpoint.state.history.count == 1)
    for count in [1, 2, 3] {
      let rest = try train(on: count, continuing: checkpoint)
      #expect(rest.allSatisfy { $0.weights == rest[0].weights })
      #expect(largestDifference(rest[0], whole) < 1e-5)
      #expect(rest[0].losses.count == whole.losses.count)
      if count == 2 { #expect(rest[0].weights == whole.weights) }
    }
  }

  /// A batch that has fewer examples than ranks, or single ones under batch normalizations, is refused at once.
  @Test func batchesThatCannotBeSharedAreRefused() throws {
    #expect(throws: TrainingError.self) { _ = try train(on: 3) { $0.batchSize = 2 } }
    #expect(throws: TrainingError.self) {
      _ = try train(on: 3) {
        $0.batchSize = 3
        $0.freezesNormalization = false
      }
    }
  }
}
