import Formats
import Foundation
import Graph
import SwiftProtobuf
import TestSupport
import Testing

@Suite struct WritingTests {
  private func reread(_ model: ONNXModel, _ network: Network) throws -> (ONNXModel, Onnx_ModelProto) {
    let data = try model.data(for: network)
    return (try ONNXModel(data: data), try Onnx_ModelProto(serializedBytes: data))
  }

  @Test(arguments: Fixture.names.filter { $0 != "small-external.onnx" })
  func `an unchanged network gives the same bytes`(name: String) throws {
    let model = try Fixture.model(name)
    let bytes = try Fixture.bytes(name)
    #expect(try model.data(for: model.network) == bytes)
    // Not only because the file is kept: the message itself is untouched and encodes to the same bytes.
    #expect(try model.edited(for: model.network) == model.message)
    #expect(try model.message.serializedBytes() == bytes)
  }

  @Test(arguments: ["small.onnx", "small-typed.onnx", "small-float16.onnx", "small-bfloat16.onnx"])
  func `a change changes only its position`(name: String) throws {
    let model = try Fixture.model(name)
    let pruned = try model.network.keeping([0, 2, 3])
    let (copy, message) = try reread(model, pruned)
    #expect(copy.network.constants == pruned.constants)
    #expect(copy.network.nodes == pruned.nodes)
    var expected = model.message
    for index in expected.graph.initializer.indices {
      let before = expected.graph.initializer[index]
      let after = message.graph.initializer[index]
      #expect(after.name == before.name)
      #expect(after.dataType == before.dataType)
      #expect(after.hasRawData == before.hasRawData)
      expected.graph.initializer[index] = after
    }
    // Both of the declared shapes are behind the change.
    expected.graph.valueInfo = []
    #expect(message == expected)
  }

  @Test(arguments: [("small-float16.onnx", ElementType.float16), ("small-bfloat16.onnx", .bfloat16)])
  func `float32 results are written in the file's type`(name: String, type: ElementType) throws {
    let model = try Fixture.model(name)
    var network = model.network
    // Halfway between two neighbours of 1 in each type, and a little more.
    let step: Float = type == .float16 ? 0x1p-10 : 0x1p-7
    try network.replace("fc.bias", with: Tensor([1 + step / 2, 1 + step * 1.5, 1 + step * 0.51], shape: [3]))
    let (copy, message) = try reread(model, network)
    let bias = try copy.network.constant("fc.bias")
    #expect(bias.elementType == type)
    #expect(bias.floats == [1, 1 + 2 * step, 1 + step])
    #expect(message.graph.valueInfo == model.message.graph.valueInfo)
  }

  @Test func `declared shapes are renewed from inferred ones`() throws {
    let model = try Fixture.model("small.onnx")
    let pruned = try model.network.keeping([1])
    let data = try model.data(
      for: pruned,
      shapes: ["conv": [.fixed(5), .fixed(1), .fixed(8), .fixed(8)], "features": [.fixed(5), .fixed(1)]])
    let network = try ONNXModel(data: data).network
    func declared(_ name: String) -> [Graph.Dimension]? {
      network.value(named: name).flatMap { network.values[$0.index].declaredType?.dimensions }
    }
    // The batch was free and stays free.
    #expect(declared("conv") == [.symbolic("batch"), .fixed(1), .fixed(8), .fixed(8)])
    #expect(declared("features") == [.symbolic("batch"), .fixed(1)])
    #expect(declared("scores") == [.symbolic("batch"), .fixed(3)])
    #expect(declared("image") == [.symbolic("batch"), .fixed(2), .fixed(8), .fixed(8)])
  }

  @Test func `nodes are removed, rewired and added`() throws {
    let model = try Fixture.model("small.onnx")
    var network = model.network
    let conv = try #require(network.value(named: "conv"))
    let scale = network.addConstant("scale", Tensor([2], shape: [1]))
    let scaled = network.addValue("scaled")
    network.nodes.removeAll { $0.name == "bn" }
    network.nodes[1].inputs = [scaled]
    network.nodes.insert(
      Node(
        id: network.unusedNodeID, name: "scaling", op: "Mul", inputs: [conv, scale], outputs: [scaled],
        attributes: [:]), at: 1)
    network.nodes[0].attributes["pads"] = .ints([0, 0, 0, 0])
    network.nodes[0].attributes["strides"] = .ints([1, 1])
    let (copy, message) = try reread(model, network)
    #expect(
      copy.network.nodes.map(\.op) == [
        "Conv", "Mul", "Relu", "Marker", "GlobalAveragePool", "Flatten", "Gemm",
      ])
    #expect(message.graph.node.map(\.name) == ["", "scaling", "", "", "", "", "fc"])
    #expect(message.graph.node[0].attribute.map(\.name) == ["kernel_shape", "pads", "strides"])
    #expect(message.graph.node[0].docString == "the first layer")
    #expect(message.graph.node[1].input == ["conv", "scale"])
    #expect(message.graph.node[2].input == ["scaled"])
    // What only the removed node used is gone, and nothing else.
    #expect(
      message.graph.initializer.map(\.name)
        == ["conv.weight", "conv.bias", "fc.weight", "fc.bias", "scale"])
  }

  @Test func `the format's first versions list initializers as inputs`() throws {
    let model = try Fixture.model("first-versions.onnx")
    var network = try model.network.keeping([0, 1])
    let bias = network.addConstant("fc.bias", try network.constant("fc.bias"))
    let index = try #require(network.nodes.firstIndex { $0.name == "fc" })
    network.nodes[index].inputs[2] = bias
    let (copy, message) = try reread(model, network)
    #expect(copy.network.inputs.map(copy.network.name) == ["image"])
    #expect(message.graph.input.map(\.name) == ["image"] + message.graph.initializer.map(\.name))
    let shapes = message.graph.input.dropFirst().map { $0.type.tensorType.shape.dim.map(\.dimValue) }
    #expect(shapes == message.graph.initializer.map(\.dims))
    #expect(message.graph.initializer.last?.name == "fc.bias_2")
  }

  @Test func `constant nodes are edited where they are`() throws {
    let model = try Fixture.model("constants.onnx")
    var network = model.network
    try network.replace("tensor", with: Tensor([9], shape: [1]))
    try network.replace("ints", with: Tensor([1, 2]))
    try network.replace("sparse", with: Tensor([1, 2, 3], shape: [3]))
    try network.replace("initial", with: Tensor([4], shape: [1]))
    let (copy, message) = try reread(model, network)
    #expect(copy.network.constants == network.constants)
    #expect(message.graph.node.map(\.opType) == model.message.graph.node.map(\.opType))
    // The forms that were not touched are as they were.
    for index in [1, 2, 3, 5] { #expect(message.graph.node[index] == model.message.graph.node[index]) }
    #expect(message.graph.sparseInitializer.isEmpty)
    #expect(message.graph.initializer.map(\.name) == ["initial"])
  }

  @Test func `functions stay while only weights change`() throws {
    let model = try Fixture.model("functions.onnx")
    var network = model.network
    try network.replace("weight", with: Tensor([1, 2, 3, 4], shape: [2, 2, 1, 1]))
    let (copy, message) = try reread(model, network)
    #expect(message.functions == model.message.functions)
    #expect(message.graph.node == model.message.graph.node)
    #expect(try copy.network.constant("weight").floats == [1, 2, 3, 4])

    network.nodes[0].attributes["group"] = .int(2)
    let (inlined, inlinedMessage) = try reread(model, network)
    #expect(inlinedMessage.functions.isEmpty)
    #expect(inlined.network.nodes == network.nodes)
    #expect(inlined.network.constants == network.constants)
  }

  @Test func `bodies are edited in index`() throws {
    let model = try Fixture.model("branches.onnx")
    var network = model.network
    let index = try #require(network.nodes.firstIndex { $0.name == "choice" })
    guard case .graph(let body)? = network.nodes[index].attributes["else_branch"] else { return }
    var inner = body.network
    try inner.replace("factor", with: Tensor([5, 6], shape: [2]))
    network.nodes[index].attributes["else_branch"] = .graph(Subgraph(network: inner, captures: body.captures))
    let message = try Onnx_ModelProto(serializedBytes: model.data(for: network))
    var expected = model.message
    let attribute = try #require(expected.graph.node[1].attribute.firstIndex { $0.name == "else_branch" })
    expected.graph.node[1].attribute[attribute].g.initializer[0].rawData = Tensor([5, 6], shape: [2]).bytes
    #expect(message == expected)
  }

  @Test func `unknown fields are kept`() throws {
    // Field 999 of the model, and of the graph, as a later version may have them.
    let later = Data([0xBA, 0x3E, 0x03, 1, 2, 3])
    var bytes = try Onnx_ModelProto(serializedBytes: Fixture.bytes("small.onnx"))
    bytes.graph = try Onnx_GraphProto(serializedBytes: bytes.graph.serializedBytes() as Data + later)
    let file: Data = try bytes.serializedBytes() + later
    let model = try ONNXModel(data: file)
    let (_, message) = try reread(model, model.network.keeping([0]))
    #expect(message.unknownFields.data == later)
    #expect(message.graph.unknownFields.data == later)
  }

  @Test func `a network without a file is written whole`() throws {
    let source = try Fixture.model("branches.onnx").network
    let model = try ONNXModel(source)
    let copy = try ONNXModel(data: model.data(for: model.network)).network
    #expect(copy.name == source.name)
    #expect(copy.opsets == source.opsets)
    #expect(copy.nodes.map(\.op) == source.nodes.map(\.op))
    #expect(copy.inputs.map(copy.name) == source.inputs.map(source.name))
    #expect(copy.outputs.map(copy.name) == source.outputs.map(source.name))
    #expect(try copy.constant("shift") == source.constant("shift"))
  }

  @Test func `a network of another model is refused`() throws {
    let model = try Fixture.model("small.onnx")
    let other = try Fixture.model("branches.onnx").network
    #expect(throws: FormatError.self) { try model.data(for: other) }
    var dangling = model.network
    dangling.nodes.removeAll { $0.name == "bn" }
    #expect(
      throws: FormatError.invalidNetwork(problem: "the node Relu_2 reads normalized before it is made")
    ) { try model.data(for: dangling) }
  }

  @Test func `files are put in index whole or not at all`() throws {
    let model = try Fixture.model("small.onnx")
    let folder = try TemporaryFolder()
    try model.write(model.network, to: folder.path("copy.onnx"))
    #expect(
      try Data(contentsOf: URL(fileURLWithPath: folder.path("copy.onnx"))) == Fixture.bytes("small.onnx"))
    try model.write(model.network.keeping([2]), to: folder.path("copy.onnx"))
    #expect(try ONNXModel(contentsOf: folder.path("copy.onnx")).network.constant("conv.bias").shape == [1])
    #expect(folder.names == ["copy.onnx"])

    var broken = model.network
    broken.nodes.removeFirst()
    #expect(throws: FormatError.self) { try model.write(broken, to: folder.path("copy.onnx")) }
    #expect(throws: FormatError.self) { try model.write(model.network, to: folder.path("none/copy.onnx")) }
    #expect(throws: FormatError.unwritable(file: folder.path, reason: "it is a folder")) {
      try model.write(model.network, to: folder.path)
    }
    #expect(folder.names == ["copy.onnx"])
    #expect(try ONNXModel(contentsOf: folder.path("copy.onnx")).network.constant("conv.bias").shape == [1])
  }
}
