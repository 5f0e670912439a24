import Compute
import Errors
import Formats
import Foundation
import Graph
import Pruning
import Session
import TestSupport
import Testing
import Training

/// MXNet models against what MXNet 1.9.1 computed of them and wrote; made by `Tests/CrossChecks/mxnet_check.py`.
@Suite struct MXNetTests {
  struct Expected: Decodable {
    let mxnet: String
    let networks: [String: Sample]
  }

  struct Sample: Decodable {
    let shape: [Int]
    let input: [Float]
    let output: String
    let outputShape: [Int]
    let values: [Double]

    enum CodingKeys: String, CodingKey {
      case shape, input, output, values
      case outputShape = "output_shape"
    }
  }

  static let names = ["resnet", "shuffle", "slices", "unet", "channels_last", "sequence"]

  private static func path(_ name: String) throws -> String {
    let folder = try #require(Bundle.module.resourceURL).appending(path: "Fixtures/mxnet")
    return folder.appending(path: name).path
  }

  private static func bytes(_ path: String) throws -> Data {
    try #require(FileManager.default.contents(atPath: path))
  }

  private static func sample(_ name: String) throws -> Sample {
    let expected = try JSONDecoder().decode(Expected.self, from: bytes(path("expected.json")))
    #expect(expected.mxnet == "1.9.1")
    return try #require(expected.networks[name])
  }

  private static func open(_ name: String) throws -> Workbench {
    let shape = try sample(name).shape
    return try Workbench(opening: path(name), inputShapes: ["data": [1] + shape[1...]])
  }

  private static func outputs(_ opened: OpenNetwork, _ sample: Sample) throws -> [Double] {
    let network = opened.batched
    let output = try #require(network.value(named: sample.output))
    let results = try infer(
      network, inputs: [network.inputs[0]: (shape: sample.shape, elements: sample.input)])
    #expect(results[output]?.shape == sample.outputShape)
    return try #require(results[output]?.elements).map(Double.init)
  }

  // MARK: Reading

  @Test(arguments: names) func `MXNet's outputs`(name: String) throws {
    let sample = try Self.sample(name)
    let found = try Self.outputs(Self.open(name).current, sample)
    #expect(relativeDifference(found, sample.values) < 1e-4)
  }

  @Test(arguments: names) func `the same as ONNX`(name: String) throws {
    let folder = try TemporaryFolder()
    let sample = try Self.sample(name)
    try Self.open(name).export(to: folder.path("out.onnx"), overwriting: false)
    // The converted model says its shapes itself, and takes any number of examples.
    let converted = try Workbench(opening: folder.path("out.onnx"))
    #expect(converted.file.formatName == "ONNX")
    #expect(relativeDifference(try Self.outputs(converted.current, sample), sample.values) < 1e-4)
  }

  // MARK: Writing

  @Test(arguments: names) func `a copy has the same bytes`(name: String)
    throws
  {
    let folder = try TemporaryFolder()
    try Self.open(name).export(to: folder.path("copy"), overwriting: false)
    for ending in ["-symbol.json", "-0003.params"] {
      #expect(try Self.bytes(folder.path("copy\(ending)")) == Self.bytes(Self.path("\(name)\(ending)")))
    }
  }

  /// What is left of the residual network is, byte for byte, what MXNet writes of a narrower one with these arrays.
  @Test func `a pruned residual network is the one that MXNet writes`() throws {
    let folder = try TemporaryFolder()
    let kept = folder.path("kept.json")
    try Data("{\"stage1_unit1_conv1\": [0, 2, 3]}".utf8).write(to: URL(filePath: kept))
    let workbench = try Self.open("resnet")
    try workbench.prune(keeping: KeptKernels(path: kept))
    try workbench.export(to: folder.path("out-symbol.json"), overwriting: false)
    for ending in ["-symbol.json", "-0003.params"] {
      #expect(try Self.bytes(folder.path("out\(ending)")) == Self.bytes(Self.path("resnet-kept\(ending)")))
    }
    let refusal = #expect(throws: SessionError.self) {
      try workbench.export(to: folder.path("out"), overwriting: false)
    }
    #expect(refusal?.sentence.contains("out-symbol.json") == true)
  }

  /// Whatever goes, what is written computes what the masked original does.
  @Test(arguments: names, [30.0, 60, 90])
  func `what is pruned is read again`(name: String, percent: Double) throws {
    let folder = try TemporaryFolder()
    let sample = try Self.sample(name)
    let workbench = try Self.open(name)
    let proposal = try PruningSettings().proposal(
      .percent(percent), scope: .global, scores: workbench.scores, groups: workbench.current.groups,
      bound: workbench.current.bound)
    try workbench.prune(proposal.selection, settings: proposal.settings)
    #expect(try #require(try workbench.verification()).holds)
    try workbench.export(to: folder.path("out"), overwriting: false)
    let again = try Workbench(opening: folder.path("out"), inputShapes: ["": [1] + sample.shape[1...]])
    #expect(again.current.summary.parameters == workbench.current.summary.parameters)
    let expected = try Self.outputs(workbench.current, sample)
    #expect(relativeDifference(try Self.outputs(again.current, sample), expected) < 1e-5)
    // And once more: what was written can be pruned and written too.
    let second = folder.path("second")
    try again.export(to: second, overwriting: false)
    #expect(try Self.bytes(second + "-symbol.json") == Self.bytes(folder.path("out-symbol.json")))
  }

  // MARK: Training

  /// `fix_gamma` means ones whatever the array holds, and that they stay: as MXNet, training leaves them alone.
  @Test func `a fixed scale is not trained and stays fixed`() throws {
    let folder = try TemporaryFolder()
    let workbench = try Self.open("resnet")
    var network = workbench.current.network
    let scale = try #require(network.value(named: "bn_data_gamma"))
    #expect(network.fixedConstants == [scale])
    #expect(network.constants[scale]?.floats == [1, 1, 1])
    let constants = TrainableConstants(workbench.current.bound)
    #expect(!constants.parameters.contains(scale) && !constants.scales.contains(scale))
    #expect(constants.frozen.map(\.name) == ["bn_data_gamma"])
    #expect(constants.scales.count == 5)
    // All else is trained.
    for parameter in constants.parameters {
      let tensor = try #require(network.constants[parameter])
      network.constants[parameter] = Tensor(tensor.floats.map { $0 * 1.25 + 0.01 }, shape: tensor.shape)
    }
    try workbench.write(network, stem: folder.path("trained"))
    let written = folder.path("trained-symbol.json")
    #expect(try Self.bytes(written) == Self.bytes(Self.path("resnet-symbol.json")))
    let again = try Workbench(opening: written, inputShapes: ["data": [1, 3, 8, 8]])
    let sample = try Self.sample("resnet")
    let changed = try OpenNetwork(network, inputShapes: workbench.current.inputShapes)
    #expect(try Self.outputs(again.current, sample) == Self.outputs(changed, sample))
  }

  /// Where somebody changes it all the same, it must count in MXNet too.
  @Test func `a scale that is no longer one is not fixed`() throws {
    let folder = try TemporaryFolder()
    let workbench = try Self.open("resnet")
    var network = workbench.current.network
    let scale = try #require(network.value(named: "bn_data_gamma"))
    network.constants[scale] = Tensor([2, 0.5, 1] as [Float], shape: [3])
    try workbench.write(network, stem: folder.path("changed"))
    let written = folder.path("changed-symbol.json")
    let before = String(decoding: try Self.bytes(Self.path("resnet-symbol.json")), as: UTF8.self)
    let after = String(decoding: try Self.bytes(written), as: UTF8.self)
    #expect(before.components(separatedBy: "\"fix_gamma\": \"True\"").count == 6)
    // The operator and its four variables, which have its attributes.
    #expect(
      after == before.replacingOccurrences(of: "\"fix_gamma\": \"True\"", with: "\"fix_gamma\": \"False\""))
    let again = try Workbench(opening: written, inputShapes: ["data": [1, 3, 8, 8]])
    let sample = try Self.sample("resnet")
    let changed = try OpenNetwork(network, inputShapes: workbench.current.inputShapes)
    #expect(try Self.outputs(again.current, sample) == Self.outputs(changed, sample))
  }

  /// Recovery may give a bias to a layer that had none.
  @Test(arguments: [("resnet", "stage1_unit1_conv2"), ("channels_last", "conv0")])
  func `a new bias becomes a variable`(name: String, layer: String) throws {
    let folder = try TemporaryFolder()
    let workbench = try Self.open(name)
    var network = workbench.current.network
    let index = try #require(network.nodes.firstIndex { $0.name == layer })
    let weight = try #require(network.nodes[index].inputs[1])
    let width = try #require(network.constants[weight]?.shape[0])
    let bias = Tensor((0..<width).map { Float($0) / 8 }, shape: [width])
    network.nodes[index].inputs.append(network.addConstant("shift", bias))
    try workbench.write(network, stem: folder.path("shifted"))
    let again = try Workbench(
      opening: folder.path("shifted"), inputShapes: ["data": [1] + Self.sample(name).shape[1...]])
    #expect(
      try again.current.network.constants[#require(again.current.network.value(named: "\(layer)_bias"))]
        == bias)
    let sample = try Self.sample(name)
    let changed = try OpenNetwork(network, inputShapes: workbench.current.inputShapes)
    #expect(try Self.outputs(again.current, sample) == Self.outputs(changed, sample))
  }

  // MARK: Rewriting

  /// Channels that a shuffle leaves unevenly are taken one by one: a `take` with indices of its own.
  @Test func `an uneven shuffle becomes a take`() throws {
    let folder = try TemporaryFolder()
    let sample = try Self.sample("shuffle")
    let workbench = try Self.open("shuffle")
    let groups = workbench.current.groups
    let layer = groups.layers[try groups.requiredIndex(of: "b1_2")].layer
    let free = groups.layers[try groups.requiredIndex(of: "b1_2")].units.indices
    let removed = try #require(
      free.first { kernel in
        (try? Selection(keeping: [layer.name: free.filter { $0 != kernel }], groups: groups)) != nil
      })
    let selection = try Selection(keeping: [layer.name: free.filter { $0 != removed }], groups: groups)
    try workbench.prune(selection, settings: PruningSettings())
    try workbench.export(to: folder.path("out"), overwriting: false)
    let text = String(decoding: try Self.bytes(folder.path("out-symbol.json")), as: UTF8.self)
    #expect(text.contains("\"op\": \"take\""))
    try Self.expectSoundSymbol(text)
    let again = try Workbench(opening: folder.path("out"), inputShapes: ["": [1] + sample.shape[1...]])
    let expected = try Self.outputs(workbench.current, sample)
    #expect(relativeDifference(try Self.outputs(again.current, sample), expected) < 1e-5)
  }

  /// `reference-systems.md` §2: the members in their order; `arg_nodes` are all variables; `node_row_ptr` counts outputs.
  private static func expectSoundSymbol(_ text: String) throws {
    let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let members = ["nodes", "arg_nodes", "node_row_ptr", "heads", "attrs"]
    #expect(Set(object.keys) == Set(members))
    let indices = members.compactMap { text.range(of: "\n  \"\($0)\":")?.lowerBound }
    #expect(indices.count == members.count && indices == indices.sorted())
    let nodes = try #require(object["nodes"] as? [[String: Any]])
    let ops = nodes.compactMap { $0["op"] as? String }
    #expect(object["arg_nodes"] as? [Int] == ops.indices.filter { ops[$0] == "null" })
    let counts = ops.map { ["BatchNorm": 3, "SliceChannel": 2, "_split_v2": 2][$0] ?? 1 }
    #expect(object["node_row_ptr"] as? [Int] == counts.reduce(into: [0]) { $0.append($0.last! + $1) })
    #expect(text.contains("\"attrs\": {\"mxnet_version\": [\"int\", 10901]}"))
  }

  /// BatchNorm counts three outputs; variables have their operator's attributes.
  @Test func `the symbol of a residual network`() throws {
    let text = String(decoding: try Self.bytes(Self.path("resnet-kept-symbol.json")), as: UTF8.self)
    try Self.expectSoundSymbol(text)
    let nodes = try JSONDecoder().decode(Written.self, from: Data(text.utf8)).nodes
    for name in ["stage1_unit1_conv1", "stage1_unit1_conv1_weight"] {
      #expect(nodes.first { $0.name == name }?.attrs?["num_filter"] == "3")
    }
  }

  private struct Written: Decodable {
    struct Node: Decodable {
      let name: String
      let attrs: [String: String]?
    }

    let nodes: [Node]
  }

  // MARK: Layers by name, kept kernels

  @Test func `layers are called as MXNet calls them`() throws {
    let names = try Self.open("resnet").current.groups.layers.map(\.layer.name)
    #expect(
      names == [
        "conv0", "stage1_unit1_conv1", "stage1_unit1_conv2", "stage2_unit1_conv1", "stage2_unit1_conv2",
        "stage2_unit1_sc", "fc",
      ])
  }

  /// Residual joins tie their members; the last layer is frozen.
  @Test func `what is tied`() throws {
    let groups = try Self.open("resnet").current.groups
    func partners(_ name: String) throws -> [String] {
      groups.tying(try groups.requiredIndex(of: name)).map { groups.layers[$0].layer.name }
    }
    #expect(try partners("conv0") == ["conv0", "stage1_unit1_conv2"])
    #expect(try partners("stage2_unit1_sc") == ["stage2_unit1_conv2", "stage2_unit1_sc"])
    #expect(try partners("stage1_unit1_conv1") == ["stage1_unit1_conv1"])
    #expect(groups.layers.filter { !$0.isPrunable }.map(\.layer.name) == ["fc"])
  }

  @Test(arguments: [
    ("{\"conv9\": [0]}", "The model has no layer called conv9."),
    ("{\"conv0\": [0, 8]}", "The layer conv0 has no kernel 8; its kernels are numbered 0 to 7."),
    ("{\"conv0\": [-1]}", "The layer conv0 has no kernel -1; its kernels are numbered 0 to 7."),
    ("{\"conv0\": [1, 2, 1]}", "FILE lists the kernel 1 of the layer conv0 twice."),
    ("{\"conv0\": []}", "FILE leaves nothing of the layer conv0."),
    ("{\"conv0\": [1], \"conv0\": [2]}", "FILE names the layer conv0 twice."),
    (
      "{\"conv0\": [0, 1], \"stage1_unit1_conv2\": [0, 2]}",
      "Kernel 1 of conv0 and kernel 1 of stage1_unit1_conv2 can only be removed together."
    ),
    ("{\"conv0\": [0.5]}", "FILE lists something for the layer conv0 that is not a whole number."),
    ("{\"conv0\": 3}", "FILE gives no list of kernels for the layer conv0."),
    ("[1]", "FILE is not a JSON object of layers."),
    ("{\"conv0\": [1}", "FILE is not valid JSON, line 1: a list goes on without a comma, or does not end."),
  ]) func `results that are refused`(text: String, sentence: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("kept.json")
    try Data(text.utf8).write(to: URL(filePath: path))
    let workbench = try Self.open("resnet")
    let thrown = #expect(throws: (any Error).self) { try workbench.prune(keeping: KeptKernels(path: path)) }
    let error = thrown as? any ExplainedError
    #expect(error?.sentence == sentence.replacingOccurrences(of: "FILE", with: path))
    #expect(error?.remedy.isEmpty == false)
    #expect(workbench.history.iterations.count == 1)
  }

  @Test func `tied layers follow the one that is named`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("kept.json")
    try Data("{\"conv0\": [7, 0, 3]}".utf8).write(to: URL(filePath: path))
    let workbench = try Self.open("resnet")
    try workbench.prune(keeping: KeptKernels(path: path))
    let widths = workbench.current.groups.layers.map(\.layer.kernels)
    #expect(widths == [3, 4, 3, 6, 12, 12, 5])
  }
}
