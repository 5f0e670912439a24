import Formats
import Foundation
import Graph
import SwiftProtobuf
import TestSupport
import Testing

@Suite struct ReadingTests {
  @Test func `a network has the file's names, types and nodes`() throws {
    let network = try Fixture.model("small.onnx").network
    #expect(network.name == "small")
    #expect(network.opsets == ["": 17, "example.custom": 2])
    #expect(network.inputs.map(network.name) == ["image"])
    #expect(network.outputs.map(network.name) == ["scores", "marked"])
    let image = try #require(network.value(named: "image"))
    #expect(
      network.values[image.index].declaredType
        == DeclaredType(
          elementType: .float32, dimensions: [.symbolic("batch"), .fixed(2), .fixed(8), .fixed(8)]))
    #expect(
      network.nodes.map(\.name)
        == ["Conv_0", "bn", "Relu_2", "Marker_3", "GlobalAveragePool_4", "Flatten_5", "fc"])
    #expect(network.nodes.map(\.id.number) == Array(0..<7))
    let conv = network.nodes[0]
    #expect(conv.attributes == ["pads": .ints([1, 1, 1, 1]), "kernel_shape": .ints([3, 3])])
    #expect(network.inputNames(conv) == ["image", "conv.weight", "conv.bias"])
    #expect(network.nodes[3].qualifiedOp == "example.custom.Marker")
    #expect(network.nodes[3].attributes["notes"] == .strings(["kept", "as", "is"]))
    #expect(network.nodes[1].attributes["epsilon"] == .float(1e-3))
  }

  @Test(arguments: ["small.onnx", "small-typed.onnx", "small-external.onnx", "first-versions.onnx"])
  func `weights are read wherever they are kept`(name: String) throws {
    let network = try Fixture.model(name).network
    #expect(try network.constant("conv.weight") == Tensor(counting(4, 2, 3, 3), shape: [4, 2, 3, 3]))
    #expect(try network.constant("fc.bias") == Tensor(counting(3), shape: [3]))
    #expect(network.constants.count == 8)
    #expect(network.inputs.map(network.name) == ["image"])
  }

  @Test(arguments: [("small-float16.onnx", ElementType.float16), ("small-bfloat16.onnx", .bfloat16)])
  func `16-bit weights keep their type`(name: String, type: ElementType) throws {
    let weight = try Fixture.model(name).network.constant("conv.weight")
    #expect(weight.elementType == type)
    #expect(weight.floats == counting(4, 2, 3, 3))
  }

  @Test(arguments: ElementType.allCases.filter { $0 != .string }, ["raw", "typed"])
  func `every element type is read from both kinds of field`(type: ElementType, form: String) throws {
    let network = try Fixture.model("element-types.onnx").network
    let tensor = try network.constant("\(type.rawValue).\(form)")
    #expect(tensor.elementType == type)
    #expect(tensor.shape == [2, 2])
    #expect(tensor.doubles == (type == .bool ? [0, 1, 0, 1] : [0, 1, 2, 3]))
  }

  @Test func `strings stay in the file`() throws {
    let network = try Fixture.model("element-types.onnx").network
    let words = try #require(network.value(named: "words"))
    #expect(network.constants[words] == nil)
    #expect(
      network.values[words.index].declaredType == DeclaredType(elementType: .string, dimensions: [.fixed(2)]))
    let constants = try Fixture.model("constants.onnx").network
    #expect(constants.nodes.first { $0.op == "Constant" }?.outputs == [constants.value(named: "string")])
  }

  @Test func `constant nodes in all forms become constants`() throws {
    let network = try Fixture.model("constants.onnx").network
    #expect(try network.constant("tensor") == Tensor(counting(2, 3), shape: [2, 3]))
    #expect(try network.constant("float") == Tensor([0.5], shape: []))
    #expect(try network.constant("floats") == Tensor([0.5, 1.5], shape: [2]))
    #expect(try network.constant("int") == Tensor([7 as Int], shape: []))
    #expect(try network.constant("ints") == Tensor([7, 8, 9]))
    #expect(try network.constant("sparse") == Tensor([0, 1.5, 0, 0, 0, 2.5], shape: [2, 3]))
    #expect(try network.constant("initial") == Tensor([0, 1.5, 0, 0, 0, 2.5], shape: [2, 3]))
    #expect(network.nodes.map(\.op) == ["Constant", "Sum", "Gather", "Identity"])
  }

  @Test func `functions become their nodes`() throws {
    let network = try Fixture.model("functions.onnx").network
    #expect(network.nodes.map(\.op) == ["Conv", "Elu", "Conv", "Elu", "Identity", "Relu"])
    #expect(network.nodes.map { $0.attributes["group"] }[0] == .int(1))
    #expect(network.nodes.map { $0.attributes["group"] }[2] == .int(2))
    #expect(network.nodes.compactMap { $0.attributes["alpha"] } == [.float(0.25), .float(0.75)])
    for node in network.nodes where node.op == "Conv" { #expect(network.inputNames(node)[1] == "weight") }
    #expect(Set(network.nodes.map(\.name)).count == 6)
    #expect(network.outputs.map(network.name) == ["out", "same"])
    #expect(network.inputNames(network.nodes[4]) == ["image"])
  }

  @Test func `bodies see the values around them`() throws {
    let network = try Fixture.model("branches.onnx").network
    let choice = try network.node("choice")
    guard case .graph(let then)? = choice.attributes["then_branch"],
      case .graph(let otherwise)? = choice.attributes["else_branch"]
    else { throw FormatError.invalidNetwork(problem: "no bodies") }
    let captured = { (body: Subgraph) in Set(body.captures.values.map(network.name)) }
    #expect(captured(then) == ["hidden", "shift", "flag"])
    #expect(captured(otherwise) == ["hidden"])
    #expect(try otherwise.network.constant("factor") == Tensor(counting(2), shape: [2]))
    guard case .graph(let inner)? = then.network.nodes[0].attributes["then_branch"] else {
      throw FormatError.invalidNetwork(problem: "no inner body")
    }
    #expect(Set(inner.captures.values.map(then.network.name)) == ["hidden", "shift"])
  }

  @Test func `nodes are put in order`() throws {
    var message = try Onnx_ModelProto(serializedBytes: Fixture.bytes("branches.onnx"))
    // The body of the first node then reads what the second makes.
    message.graph.node.swapAt(0, 1)
    let model = try ONNXModel(data: message.serializedBytes())
    #expect(model.network.nodes.map(\.op) == ["Relu", "If"])
    #expect(model.network.nodes.map(\.id.number) == [1, 0])
    // The file's own order is left alone.
    #expect(try Onnx_ModelProto(serializedBytes: model.data(for: model.network)) == message)
  }

  @Test func `names are made unique`() throws {
    var message = try Onnx_ModelProto(serializedBytes: Fixture.bytes("small.onnx"))
    message.graph.node[1].name = "Conv_0"
    message.graph.node[2].name = "fc"
    let names = try ONNXModel(data: message.serializedBytes()).network.nodes.map(\.name)
    #expect(names.prefix(3) == ["Conv_0_2", "Conv_0", "fc"])
    #expect(names.last == "fc_2")
  }

  /// A length-delimited field.
  private func field(_ number: UInt8, _ content: Data) -> Data {
    var bytes = Data([number << 3 | 2])
    var length = content.count
    while length >= 0x80 {
      bytes.append(UInt8(length & 0x7F) | 0x80)
      length >>= 7
    }
    bytes.append(UInt8(length))
    return bytes + content
  }

  @Test func `floats may stand in one run, in several or each for itself`() throws {
    let values: [Float] = [1, -2, 0.5, 8, .infinity, 3]
    func bytes(_ range: Range<Int>) -> Data { values[range].withUnsafeBytes { Data($0) } }
    let single = (0..<6).reduce(Data()) { $0 + [4 << 3 | 5] + bytes($1..<$1 + 1) }
    for encoded in [
      field(4, bytes(0..<6)), field(4, bytes(0..<2)) + field(4, bytes(2..<6)), single,
      field(4, bytes(0..<5)) + single.suffix(5),
    ] {
      var tensor = Onnx_TensorProto()
      (tensor.name, tensor.dataType, tensor.dims) = ("weight", 1, [6])
      var model = Onnx_ModelProto()
      model.irVersion = 8
      let data: Data = try model.serializedBytes() + field(7, field(5, tensor.serializedBytes() + encoded))
      let read = try ONNXModel(data: data)
      #expect(try read.network.constant("weight").floats == values)
      #expect(try read.data(for: read.network) == data)
      // Written, they are one run.
      let message: Data = try read.message.serializedBytes()
      #expect(try ONNXModel(data: message).network.constant("weight").floats == values)
    }
  }

  @Test func `large tensors of a file begin where vectors do`() throws {
    let path = NSTemporaryDirectory() + "weights-\(UUID().uuidString).onnx"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let values = (0..<5000).map { Float($0) }
    for isTyped in [false, true] {
      var model = Onnx_ModelProto()
      model.irVersion = 8
      var tensor = Onnx_TensorProto()
      (tensor.name, tensor.dataType, tensor.dims) = ("weight", 1, [5000])
      let bytes = values.withUnsafeBytes { Data($0) }
      if isTyped { tensor.floatData = bytes } else { tensor.rawData = bytes }
      model.graph.initializer = [tensor]
      let data: Data = try model.serializedBytes()
      try data.write(to: URL(fileURLWithPath: path))
      let read = try ONNXModel(contentsOf: path)
      let weight = try read.network.constant("weight")
      #expect(weight.floats == values)
      #expect(weight.bytes.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) % 64 } == 0)
      #expect(try read.data(for: read.network) == data)
      #expect(try read.message.serializedBytes() == data)
    }
  }

  @Test func `a tensor is a view of the file`() throws {
    let bytes = try Fixture.bytes("small.onnx")
    let network = try ONNXModel(data: bytes).network
    let weight = try network.constant("conv.weight")
    bytes.withUnsafeBytes { file in
      weight.bytes.withUnsafeBytes { view in
        let start = view.baseAddress! - file.baseAddress!
        #expect(0..<file.count ~= start)
      }
    }
  }

  @Test func `the format is told by the name or the first bytes`() throws {
    let folder = try TemporaryFolder()
    try Fixture.bytes("small.onnx").write(to: URL(fileURLWithPath: folder.path("model.bin")))
    let model = try ModelFormat.open(folder.path("model.bin"))
    #expect(model.formatName == "ONNX")
    #expect(model.fileBytes == 1357)
    #expect(try ModelFormat.open(Fixture.path("small-external.onnx")).fileBytes == 1422 + 428)
    try Data("some text".utf8).write(to: URL(fileURLWithPath: folder.path("notes.txt")))
    #expect(throws: FormatError.unknownFormat(file: folder.path("notes.txt"))) {
      try ModelFormat.open(folder.path("notes.txt"))
    }
  }
}
