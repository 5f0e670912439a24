import Compute
import Datasets
import Formats
import Graph
import Pruning
import Session
import TestSupport
import Testing
import Training

/// Detection exports end in a choice whose number of rows only the data know.
@Suite struct DetectionTests {
  /// A backbone, heads for boxes and scores, and the choice of boxes that is the network's only output.
  static func network() -> Network {
    var build = NetworkBuilder(name: "detector", seed: 5)
    let image = build.input("input", shape: [2, 4, 4])
    let features = build.relu("relu", build.convolution("backbone", image, kernels: 8, extent: 3))
    func head(_ name: String, _ kernels: Int, _ shape: [Int]) -> ValueID {
      let made = build.convolution(name, features, kernels: kernels, extent: 1)
      let target = build.constant("\(name).shape", Tensor(shape))
      return build.node("Reshape", "\(name).reshape", [made, target], channels: shape[1])
    }
    let boxes = head("boxes", 4, [0, 4, -1])
    let turned = build.node(
      "Transpose", "turned", [boxes], channels: 16, attributes: ["perm": .ints([0, 2, 1])])
    let scores = head("scores", 3, [0, 3, -1])
    let limit = build.constant("limit", Tensor([4]))
    let chosen = build.node("NonMaxSuppression", "nms", [turned, scores, limit], channels: 3)
    build.output(chosen, shape: [3])
    return build.network
  }

  @Test func pruningIsCheckedBeforeTheChoiceAndTheExportOpensAgain() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("detector.onnx")
    try ONNXModel(Self.network()).write(Self.network(), to: path)
    let workbench = try Workbench(opening: path)
    let groups = workbench.current.groups
    #expect(groups.layers.filter(\.isPrunable).map(\.layer.name) == ["backbone"])
    let settings = try PruningSettings().settingAmount(.percent(50), for: "backbone", in: groups)
    let selection = try Selection(settings, scores: workbench.scores, groups: groups)
    try workbench.prune(selection, settings: settings)
    let found = try #require(try workbench.verification())
    #expect(found.largestDifference < 1e-4)
    try workbench.export(to: folder.path("small.onnx"), overwriting: false)
    let small = try Workbench(opening: folder.path("small.onnx")).current
    #expect(small.groups.layers.map(\.layer.kernels) == [4, 4, 3])
    let image = try #require(small.network.inputs.first)
    let rows = try infer(
      small.network, inputs: [image: ([1, 2, 4, 4], (0..<32).map { Float($0 % 7) })])
    #expect(rows[small.network.outputs[0]]?.shape.last == 3)
  }

  @Test func aDifferenceBeforeTheChoiceIsSeen() throws {
    let opened = try OpenNetwork(Self.network())
    let settings = try PruningSettings().settingAmount(.percent(50), for: "backbone", in: opened.groups)
    let scores = ScoreTable(.l2, of: opened.groups, in: opened.bound)
    let selection = try Selection(settings, scores: scores, groups: opened.groups)
    var pruned = try opened.network.removing(selection, groups: opened.groups, bound: opened.bound)
    let weight = try #require(pruned.value(named: "scores.weight"))
    let old = try #require(pruned.constants[weight])
    pruned.constants[weight] = Tensor(old.floats.map { $0 + 0.5 }, shape: old.shape)
    let found = try Verification(original: opened, selection: selection, pruned: OpenNetwork(pruned))
    #expect(!found.holds)
  }

  /// The detector as a file, with six images, no labels, and the values before its choice to score by.
  static func detector(in folder: TemporaryFolder) throws -> (path: String, data: DatasetConfiguration) {
    let path = folder.path("detector.onnx")
    try ONNXModel(network()).write(network(), to: path)
    var archive = NumPyArchive()
    archive["x"] = try NumPyArray(shape: [6, 2, 4, 4], floats: (0..<192).map { Float($0 % 11) / 11 })
    try archive.write(to: folder.path("data.npz"))
    var configuration = DatasetConfiguration()
    configuration.data = [folder.path("data.npz")]
    configuration.loss = .outputEnergy
    configuration.lossAt = [
      LossTerm(value: "turned.output"), LossTerm(value: "scores.reshape.output"),
    ]
    return (path, configuration)
  }

  @Test func scoresAreTakenOfWhatStandsBeforeTheChoice() throws {
    let folder = try TemporaryFolder()
    var (path, configuration) = try Self.detector(in: folder)
    let workbench = try Workbench(opening: path)
    let terms = configuration.lossAt
    configuration.lossAt = nil
    #expect(throws: GraphError.self) {
      _ = try ScoringRun(workbench.current, dataset: workbench.open(configuration), batchSize: 4).step()
    }
    configuration.lossAt = terms
    let run = try ScoringRun(workbench.current, dataset: workbench.open(configuration), batchSize: 4)
    while try run.step() {}
    #expect(run.table.layers["backbone"]?.mean.contains { $0 > 0 } == true)
  }
}
