import Compute
import Datasets
import Foundation
import Graph
import Pruning
import Session
import TestSupport
import Testing
import Training

@Suite struct ScoringTests {
  private func fixture() throws -> (workbench: Workbench, dataset: Dataset, expected: TaylorFixture) {
    let workbench = try Workbench(opening: try TaylorFixture.path("model.onnx"))
    var configuration = DatasetConfiguration()
    configuration.data = [try TaylorFixture.path("data.npz")]
    return (workbench, try workbench.open(configuration), try TaylorFixture.load())
  }

  private func scores(_ workbench: Workbench, _ dataset: Dataset, batchSize: Int) throws -> ScoreTable {
    let run = try ScoringRun(workbench.current, dataset: dataset, batchSize: batchSize)
    while try run.step() {}
    return run.table
  }

  @Test func taylorScoresAreThoseOfPyTorch() throws {
    let (workbench, dataset, expected) = try fixture()
    let table = try scores(workbench, dataset, batchSize: 8)
    // conv1, conv2 and dw hang together through the residual join and the depthwise convolution.
    #expect(Set(table.layers.keys) == Set(expected.scores.keys))
    for (layer, reference) in expected.scores {
      let found = try #require(table.layers[layer])
      #expect(found.count == 21)
      #expect(relativeDifference(found.mean, reference.mean) < 1e-4, "\(layer)")
      #expect(relativeDifference(found.standardError, reference.standardError) < 1e-3, "\(layer)")
    }
  }

  /// A batch of 21 examples, of 1, and of sizes that leave a rest.
  @Test(arguments: [1, 5, 21, 64]) func scoresDoNotDependOnTheBatchSize(size: Int) throws {
    let (workbench, dataset, expected) = try fixture()
    let table = try scores(workbench, dataset, batchSize: size)
    for (layer, reference) in expected.scores {
      #expect(relativeDifference(table.layers[layer]?.mean ?? [], reference.mean) < 1e-4, "\(layer)")
    }
  }

  @Test func lossesOfSeveralValuesAddUpWithTheirWeights() throws {
    let (workbench, dataset, _) = try fixture()
    let output = try #require(workbench.current.network.outputs.first)
    let name = workbench.current.network.name(of: output)
    var configuration = dataset.configuration
    configuration.lossAt = [LossTerm(value: name), LossTerm(value: name, weight: 0.5)]
    let once = try scores(workbench, dataset, batchSize: 8)
    let both = try scores(workbench, try workbench.open(configuration), batchSize: 8)
    for (layer, statistics) in once.layers {
      let found = try #require(both.layers[layer])
      #expect(relativeDifference(found.mean, statistics.mean.map { $0 * 1.5 }) < 1e-4, "\(layer)")
    }
  }

  /// An operator that nobody knows stands behind the value at which the loss is taken.
  @Test func whatLiesBehindTheLossNeedNotBeKnown() throws {
    let (workbench, dataset, _) = try fixture()
    var network = workbench.current.network
    let whole = ScorePoint.points(
      of: workbench.current.groups.layers.filter(\.isPrunable).map(\.layer), in: workbench.current.bound)
    let stop = try #require(whole.first)
    let last = try #require(network.nodes.indices.last)
    network.nodes[last].op = "Enigma"
    network.declare(nil, for: network.outputs[0])
    let opened = try OpenNetwork(network)
    var configuration = dataset.configuration
    configuration.loss = .outputEnergy
    #expect(throws: GraphError.self) {
      _ = try ScoringRun(opened, dataset: workbench.open(configuration), batchSize: 8).step()
    }
    configuration.lossAt = [LossTerm(value: network.name(of: stop.value))]
    let run = try ScoringRun(opened, dataset: try workbench.open(configuration), batchSize: 8)
    while try run.step() {}
    #expect(run.table.layers[stop.layer]?.count == 21)
    #expect(run.table.layers.count < whole.count)
  }

  @Test func evaluationIsThatOfPyTorch() throws {
    let (workbench, dataset, expected) = try fixture()
    let run = try EvaluationRun(workbench.current, dataset: dataset, batchSize: 6)
    while try run.step() {}
    #expect(run.result.examples == 21)
    #expect(abs(run.result.loss - expected.losses.reduce(0, +) / 21) < 1e-5)
    #expect(run.result.accuracy == Double(expected.correct) / 21)
  }

  /// Sums over the batch of the parameters' gradients, batch normalization with its running statistics.
  @Test func parameterGradientsAreThoseOfPyTorch() throws {
    let (workbench, dataset, expected) = try fixture()
    let network = workbench.current.network
    let parameters = expected.gradients.keys.sorted().compactMap { network.value(named: $0) }
    #expect(parameters.count == expected.gradients.count)
    let input = try #require(network.inputs.first)
    var options = ComputeOptions()
    options.normalizesWithBatch = false
    options.updatesRunningStatistics = false
    let batch = try dataset.batch(0..<21)
    let plan = try ExecutionPlan(
      try BoundNetwork(network, inputShapes: [input: batch.shape], foldsWeights: false),
      purpose: .train(parameters: parameters), options: options)
    try plan.forward([input: batch.inputs])
    let loss = try Loss.crossEntropy.evaluate(
      output: try plan.value(network.outputs[0]), shape: [21, 4], targets: batch.targets(for: .crossEntropy))
    try plan.backward([network.outputs[0]: loss.gradient])
    for parameter in parameters {
      let name = network.name(of: parameter)
      let found = try plan.gradient(of: parameter).map(Double.init)
      #expect(relativeDifference(found, expected.gradients[name] ?? []) < 1e-3, "\(name)")
    }
  }

  @Test func dataThatDoNotFitAreRefusedWithTheDimension() throws {
    let workbench = try Workbench(opening: try TaylorFixture.path("model.onnx"))
    let folder = try TemporaryFolder()
    var archive = NumPyArchive()
    archive["x"] = try NumPyArray(shape: [3, 2, 8, 9], floats: [Float](repeating: 0, count: 3 * 2 * 72))
    archive["y"] = try NumPyArray(shape: [3], integers: [0, 1, 2])
    try archive.write(to: folder.path("wide.npz"))
    var configuration = DatasetConfiguration()
    configuration.data = [folder.path("wide.npz")]
    let dataset = try workbench.open(configuration)
    do {
      _ = try ScoringRun(workbench.current, dataset: dataset)
      Issue.record("data of width 9 were taken for a width of 8")
    } catch let error as SessionError {
      #expect(
        error.sentence.contains("9") && error.sentence.contains("8") && error.sentence.contains("width"))
    }
  }

  /// A run that goes on with another is as fast as it is itself.
  @Test func whatWasDoneBeforeIsNoSpeed() {
    var progress = RunProgress(done: 60, total: 100, seconds: 4)
    progress.doneBefore = 40
    #expect(progress.examplesPerSecond == 5)
    #expect(progress.secondsLeft == 8)
  }

  /// Without labels there is still something to score by.
  @Test func outputEnergyScoresWithoutLabels() throws {
    let (workbench, _, _) = try fixture()
    var configuration = DatasetConfiguration()
    configuration.data = [try TaylorFixture.path("data.npz")]
    configuration.loss = .outputEnergy
    let table = try scores(workbench, try workbench.open(configuration), batchSize: 8)
    #expect(table.layers.values.allSatisfy { $0.mean.contains { $0 > 0 } && $0.mean.allSatisfy(\.isFinite) })
  }
}
