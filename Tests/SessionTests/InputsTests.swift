import Compute
import Datasets
import Errors
import Formats
import Foundation
import Graph
import Pruning
import Session
import TestSupport
import Testing
import Training

/// Networks whose inputs are not all pictures: constants, states, boxes, indices.
@Suite struct InputsTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func configuration(
    _ arrays: [(name: String, array: NumPyArray)]
  ) throws -> DatasetConfiguration {
    var archive = NumPyArchive()
    for (name, array) in arrays { archive[name] = array }
    try archive.write(to: folder.path("data.npz"))
    var configuration = DatasetConfiguration()
    configuration.data = [folder.path("data.npz")]
    return configuration
  }

  private func noise(_ shape: [Int], seed: UInt64 = 1) -> [Float] {
    var generator = SeededGenerator(seed: seed)
    return (0..<shape.elementCount).map { _ in Float(generator.normal()) }
  }

  private func prune(_ workbench: Workbench, percent: Double = 50) throws {
    let opened = workbench.current
    let found = try PruningSettings().proposal(
      .percent(percent), scope: .layer, scores: workbench.scores, groups: opened.groups, bound: opened.bound)
    try workbench.prune(found.selection, settings: found.settings)
  }

  /// The loss of a network on data whose targets are what it computes.
  private func loss(_ workbench: Workbench, _ configuration: DatasetConfiguration, batch: Int) throws
    -> Double
  {
    let run = try EvaluationRun(
      workbench.current, dataset: workbench.open(configuration), batchSize: batch)
    while try run.step() {}
    return run.result.loss
  }

  @Test func anArrayOfTheDeclaredShapeServesEveryBatch() throws {
    let workbench = try Workbench(opening: CaseFile.model("constant-input.onnx").path)
    var settings = DatasetConfiguration()
    settings.data = [CaseFile.model("constant-input.npz").path]
    let dataset = try workbench.open(settings)
    #expect(dataset.count == 16 && dataset.exampleShape == [3, 8, 8])
    #expect(dataset.shared["mean"]?.shape == [1, 3, 1, 1] && dataset.furtherShapes.isEmpty)
    for criterion in [Criterion.taylor, .oracle, .apoz] {
      let run = try ScoringRun(workbench.current, dataset: dataset, criterion: criterion, batchSize: 5)
      while try run.step() {}
      #expect(run.table.layers["w1"]?.count == 16)
    }
    try prune(workbench)
    let verification = try #require(try workbench.verification(settings: settings))
    #expect(verification.holds && verification.examples == 4)
  }

  /// The first input is a constant, the second has the examples.
  @Test func whatHasTheExamplesNeedNotComeFirst() throws {
    var b = TestSupport.NetworkBuilder()
    let (mean, x) = (b.input("mean", [1, 2, 1, 1]), b.input("x", [nil, 2, 5, 5]))
    let c = b.node("Relu", b.node("Conv", b.node("Sub", x, mean), b.constant("w", [6, 2, 3, 3])))
    b.output(b.node("Conv", c, b.constant("v", [3, 6, 3, 3])))
    try check(b.network, [("mean", [1, 2, 1, 1]), ("x", [7, 2, 5, 5])])
  }

  /// A recurrent network's state is [layers, batch, units].
  @Test func theBatchNeedNotBeTheFirstAxis() throws {
    var b = TestSupport.NetworkBuilder()
    let x = b.input("x", [nil, 3])
    let state = b.input("state", [2, nil, 3])
    let summed = b.node(
      "ReduceSum", state, b.constant("axes", Tensor([0])), attributes: ["keepdims": .int(0)])
    let hidden = b.node("Relu", b.node("MatMul", b.node("Add", x, summed), b.constant("w", [3, 8])))
    b.output(b.node("MatMul", hidden, b.constant("v", [8, 4])))
    var network = b.network
    network.declare(
      DeclaredType(elementType: .float32, dimensions: [.fixed(2), .symbolic("batch"), .fixed(3)]), for: state)
    try check(network, [("x", [7, 3]), ("state", [2, 7, 3])])
  }

  /// The network evaluates to nothing lost on what it computes from whole arrays, is scored, pruned and checked.
  private func check(
    _ network: Network, _ inputs: [(name: String, shape: [Int])]
  ) throws {
    try ONNXModel(network).write(network, to: folder.path("model.onnx"))
    let workbench = try Workbench(opening: folder.path("model.onnx"))
    var feeds: [String: (shape: [Int], elements: [Float])] = [:]
    var arrays: [(String, NumPyArray)] = []
    for (name, shape) in inputs {
      feeds[name] = (shape, noise(shape, seed: UInt64(shape.count)))
      arrays.append((name, try NumPyArray(shape: shape, floats: noise(shape, seed: UInt64(shape.count)))))
    }
    let outputs = try infer(network, inputs: feeds)
    let output = try #require(outputs[network.name(of: network.outputs[0])])
    arrays.append(("y", try NumPyArray(shape: output.shape, floats: output.elements)))
    let settings = try configuration(arrays)
    for batch in [1, 3, 7] {
      #expect(try loss(workbench, settings, batch: batch) < 1e-9, "batches of \(batch)")
    }
    let scoring = try ScoringRun(workbench.current, dataset: workbench.open(settings), criterion: .oracle)
    while try scoring.step() {}
    #expect(scoring.table.examples == 7)
    try prune(workbench)
    #expect(try #require(try workbench.verification(settings: settings)).holds)
    let pruned = try loss(workbench, settings, batch: 7)
    #expect(pruned > 1e-6)
    try workbench.attach(settings)
    let recovery = try workbench.recoveryRun(
      RecoverySettings(methods: [.bias, .refit], examples: 7), measures: false)
    while try recovery.step() {}
    workbench.adopt(recovery, for: workbench.history.current)
    var training = TrainingSettings(epochs: 1, batchSize: 3)
    training.rate = 1e-3
    let run = try TrainingRun(workbench.current, settings: training, training: workbench.open(settings))
    while try run.step() {}
    #expect(run.state.losses.allSatisfy { $0.isFinite } && run.hasLearned)
  }

  @Test func indicesAreZeroWhereThereAreNoData() throws {
    let workbench = try Workbench(
      opening: CaseFile.model("roialign.onnx").path, inputShapes: ["rois": [2, 4], "bi": [2]])
    try prune(workbench)
    let random = try #require(try workbench.verification())
    #expect(random.holds, "\(random.disagreement?.sentence ?? "")")
    let boxes: [Float] = [0, 0, 6, 6, 2, 3, 9, 11, 1, 1, 5, 8]
    let settings = try configuration([
      ("x", NumPyArray(shape: [1, 3, 12, 12], floats: noise([1, 3, 12, 12]))),
      ("rois", NumPyArray(shape: [3, 4], floats: boxes)),
      ("bi", NumPyArray(shape: [3], integers: [0, 0, 0])),
    ])
    let given = try #require(try workbench.verification(settings: settings))
    #expect(given.holds && given.examples == 3)
    var stopping = settings
    stopping.lossAt = [LossTerm("fl")]
    #expect(try #require(try workbench.verification(settings: stopping)).holds)
  }

  @Test func whatIsMissingOrOfAnotherShapeIsNamed() throws {
    let workbench = try Workbench(opening: CaseFile.model("constant-input.onnx").path)
    func complaint(_ arrays: [(String, [Int])]) throws -> String {
      let settings = try configuration(
        arrays.map { ($0.0, try NumPyArray(shape: $0.1, floats: noise($0.1))) })
      do {
        _ = try workbench.open(settings)
        return ""
      } catch { return CaughtError(error).advice }
    }
    let missing = try complaint([("x", [4, 3, 8, 8])])
    #expect(missing.contains("no array mean") && missing.contains("(x, mean)"), "\(missing)")
    let other = try complaint([("x", [4, 3, 8, 8]), ("mean", [2, 3, 1, 1])])
    #expect(other.contains("mean") && other.contains("[1, 3, 1, 1]"), "\(other)")
  }
}
