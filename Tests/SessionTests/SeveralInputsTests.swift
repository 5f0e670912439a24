import Compute
import Datasets
import Errors
import Formats
import Graph
import Pruning
import Session
import TestSupport
import Testing
import Training

/// Data for networks that have several inputs.
@Suite struct SeveralInputsTests {
  private func network() -> Network {
    var build = NetworkBuilder(name: "pair", seed: 9)
    let image = build.input("image", shape: [2, 4, 4])
    let extra = build.input("extra", shape: [3])
    let features = build.pooledFeatures(
      "pool", build.relu("relu", build.convolution("conv", image, kernels: 6, extent: 3)))
    build.output(build.linear("fc", build.concat("both", [features, extra]), features: 2), shape: [2])
    return build.network
  }

  /// Seven examples whose targets are what the network computes.
  private func data(in folder: TemporaryFolder, extra: [Int] = [7, 3]) throws -> DatasetConfiguration {
    let network = network()
    let images = (0..<224).map { Float($0 % 17) / 17 }
    let numbers = (0..<(extra[0] * extra[1])).map { Float($0 % 5) }
    var archive = NumPyArchive()
    archive["image"] = try NumPyArray(shape: [7, 2, 4, 4], floats: images)
    archive["extra"] = try NumPyArray(shape: extra, floats: numbers)
    if extra == [7, 3] {
      let outputs = try infer(
        network, inputs: ["image": ([7, 2, 4, 4], images), "extra": ([7, 3], numbers)])
      let output = try #require(outputs[network.name(of: network.outputs[0])])
      archive["y"] = try NumPyArray(shape: output.shape, floats: output.elements)
    }
    try archive.write(to: folder.path("data.npz"))
    var configuration = DatasetConfiguration()
    configuration.data = [folder.path("data.npz")]
    return configuration
  }

  private func open(in folder: TemporaryFolder) throws -> Workbench {
    try ONNXModel(network()).write(network(), to: folder.path("pair.onnx"))
    return try Workbench(opening: folder.path("pair.onnx"))
  }

  @Test func everyExampleMeetsItsOwnArrays() throws {
    let folder = try TemporaryFolder()
    let workbench = try open(in: folder)
    let dataset = try workbench.open(data(in: folder))
    #expect(dataset.furtherShapes == ["extra": [3]])
    let run = try EvaluationRun(workbench.current, dataset: dataset, batchSize: 3)
    while try run.step() {}
    #expect(run.result.examples == 7)
    #expect(run.result.loss < 1e-9)
    let scoring = try ScoringRun(workbench.current, dataset: dataset, batchSize: 4)
    while try scoring.step() {}
    #expect(scoring.table.layers["conv"]?.count == 7)
  }

  @Test func whatIsMissingOrDoesNotFitIsNamed() throws {
    let folder = try TemporaryFolder()
    let workbench = try open(in: folder)
    func complaint(_ configuration: DatasetConfiguration) -> String {
      var configuration = configuration
      configuration.loss = .outputEnergy
      do {
        _ = try EvaluationRun(workbench.current, dataset: workbench.open(configuration))
        return ""
      } catch { return CaughtError(error).advice }
    }
    #expect(try complaint(data(in: folder, extra: [6, 3])).contains("extra has 6"))
    #expect(try complaint(data(in: folder, extra: [7, 4])).contains("extra"))
    try NumPyArray(shape: [7, 2, 4, 4], floats: [Float](repeating: 0, count: 224)).write(
      to: folder.path("x.npy"))
    var single = DatasetConfiguration()
    single.data = [folder.path("x.npy")]
    #expect(complaint(single).contains("image, extra"))
    var archive = NumPyArchive()
    archive["image"] = try NumPyArray(shape: [1, 2, 4, 4], floats: [Float](repeating: 0, count: 32))
    try archive.write(to: folder.path("half.npz"))
    single.data = [folder.path("half.npz")]
    #expect(complaint(single).contains("no array extra"))
  }
}
