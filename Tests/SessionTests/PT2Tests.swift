import Compute
import Errors
import Formats
import Foundation
import Graph
import Pruning
import Session
import TestSupport
import Testing

/// Programs of torch.export against what PyTorch 2.13 computed of them; made by `Tests/CrossChecks/make_pt2_fixtures.py`.
@Suite struct PT2Tests {
  struct Sample: Decodable {
    struct Array: Decodable {
      let shape: [Int]
      let elements: [Float]
    }

    let inputs: [Array]
    let outputs: [Array]
  }

  static let names = [
    "pictures", "sequence", "cleared", "regions", "pictures-decomposed", "pictures-half", "pictures-older",
  ]

  private static func path(_ name: String) -> String { CaseFile.model("\(name).pt2").path }

  private static func bytes(_ path: String) throws -> Data {
    try #require(FileManager.default.contents(atPath: path))
  }

  private static func sample(_ name: String) throws -> Sample {
    let expected = try JSONDecoder().decode(
      [String: Sample].self, from: bytes(CaseFile.model("pt2.json").path))
    return try #require(expected[name])
  }

  private static func outputs(_ network: Network, _ sample: Sample) throws -> [[Double]] {
    var inputs: [ValueID: (shape: [Int], elements: [Float])] = [:]
    for (value, array) in zip(network.inputs, sample.inputs) { inputs[value] = (array.shape, array.elements) }
    let results = try infer(network, inputs: inputs)
    return try network.outputs.map { try #require(results[$0]).elements.map(Double.init) }
  }

  // MARK: Reading

  @Test(arguments: names) func `PyTorch's outputs`(name: String) throws {
    let sample = try Self.sample(name)
    let found = try Self.outputs(PT2Model(contentsOf: Self.path(name)).network, sample)
    #expect(found.count == sample.outputs.count)
    // Sixteen bits have three digits.
    let tolerance = name.hasSuffix("half") ? 0.05 : 1e-4
    for (own, expected) in zip(found, sample.outputs) {
      #expect(relativeDifference(own, expected.elements.map(Double.init)) < tolerance)
    }
  }

  @Test func `layers have the names of their modules`() throws {
    let layers = try Workbench(opening: Self.path("pictures")).current.summary.layers
    #expect(layers.map(\.name) == ["stem", "grouped", "up", "last", "head"])
    let sequence = try Workbench(opening: Self.path("sequence")).current.summary.layers
    #expect(sequence.map(\.name).contains("wide") && sequence.map(\.name).contains("patches"))
  }

  @Test func `an open batch stays open`() throws {
    let network = try PT2Model(contentsOf: Self.path("pictures")).network
    #expect(
      network.values[network.inputs[0].index].declaredType?.dimensions?.map(\.extent) == [nil, 3, 6, 6])
    for batch in [1, 2, 5] { #expect(try BoundNetwork(network, batch: batch).failures.isEmpty) }
  }

  @Test(arguments: ["pictures", "sequence"]) func `the same as ONNX`(name: String) throws {
    let folder = try TemporaryFolder()
    let sample = try Self.sample(name)
    try Workbench(opening: Self.path(name)).export(to: folder.path("out.onnx"), overwriting: false)
    let converted = try ONNXModel(contentsOf: folder.path("out.onnx"))
    for (own, expected) in zip(try Self.outputs(converted.network, sample), sample.outputs) {
      #expect(relativeDifference(own, expected.elements.map(Double.init)) < 1e-4)
    }
  }

  // MARK: Writing

  @Test(arguments: names) func `a copy has the same bytes`(name: String) throws {
    let folder = try TemporaryFolder()
    try Workbench(opening: Self.path(name)).export(to: folder.path("copy.pt2"), overwriting: false)
    #expect(try Self.bytes(folder.path("copy.pt2")) == Self.bytes(Self.path(name)))
  }

  /// Whatever goes, what is written computes what the masked original does.
  @Test(arguments: names, [30.0, 60, 90])
  func `what is pruned is read again`(name: String, percent: Double) throws {
    let folder = try TemporaryFolder()
    let sample = try Self.sample(name)
    let workbench = try Workbench(opening: Self.path(name))
    let proposal = try PruningSettings().proposal(
      .percent(percent), scope: .layer, scores: workbench.scores, groups: workbench.current.groups,
      bound: workbench.current.bound)
    try workbench.prune(proposal.selection, settings: proposal.settings)
    #expect(try #require(try workbench.verification()).holds)
    try workbench.export(to: folder.path("out.pt2"), overwriting: false)
    let again = try PT2Model(contentsOf: folder.path("out.pt2"))
    let expected = try Self.outputs(workbench.current.network, sample)
    for (own, other) in zip(try Self.outputs(again.network, sample), expected) {
      #expect(relativeDifference(own, other) < 1e-5)
    }
    // What was written can be opened, pruned and written too.
    let second = try Workbench(opening: folder.path("out.pt2"))
    let (read, made) = (second.current.summary.parameters, workbench.current.summary.parameters)
    // A parameter of which a part is changed in place is counted once for each part until it is written.
    #expect(name == "cleared" ? read < made : read == made)
    try second.export(to: folder.path("second.pt2"), overwriting: false)
    #expect(try Self.bytes(folder.path("second.pt2")) == Self.bytes(folder.path("out.pt2")))
  }

  /// Recovery may give a bias to a layer that had none.
  @Test func `a new bias becomes a parameter`() throws {
    let folder = try TemporaryFolder()
    let workbench = try Workbench(opening: Self.path("pictures"))
    var network = workbench.current.network
    let index = try #require(network.nodes.firstIndex { $0.op == "Conv" && $0.inputs.count == 2 })
    let bias = Tensor((0..<8).map { Float($0) / 8 }, shape: [8])
    network.nodes[index].inputs.append(network.addConstant("shift", bias))
    try workbench.write(network, stem: folder.path("shifted"))
    let again = try PT2Model(contentsOf: folder.path("shifted.pt2")).network
    #expect(try again.constants[#require(again.value(named: "stem.bias"))] == bias)
    let sample = try Self.sample("pictures")
    #expect(try Self.outputs(again, sample) == Self.outputs(network, sample))
  }

  @Test func `other formats are not written so`() throws {
    let folder = try TemporaryFolder()
    let program = try Workbench(opening: Self.path("pictures"))
    for name in ["out-symbol.json", "out.params"] {
      let refusal = #expect(throws: FormatError.self) {
        try program.export(to: folder.path(name), overwriting: false)
      }
      #expect(refusal?.sentence.contains("MXNet") == true)
    }
    let onnx = folder.path("out.onnx")
    try program.export(to: onnx, overwriting: false)
    let refusal = #expect(throws: FormatError.self) {
      try Workbench(opening: onnx).export(to: folder.path("back.pt2"), overwriting: false)
    }
    #expect(refusal?.sentence.contains("PyTorch") == true)
  }
}
