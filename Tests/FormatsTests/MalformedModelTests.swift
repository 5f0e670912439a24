import Formats
import Foundation
import Graph
import SwiftProtobuf
import Testing

@Suite struct MalformedModelTests {
  /// What opening the small model says after `change`.
  private func error(
    of name: String = "small.onnx", after change: (inout Onnx_ModelProto) throws -> Void
  ) throws -> FormatError? {
    var message = try Onnx_ModelProto(serializedBytes: Fixture.bytes(name))
    try change(&message)
    let bytes: Data = try message.serializedBytes()
    return #expect(throws: FormatError.self) { try ONNXModel(data: bytes, file: "m") }
  }

  @Test func `files that are not models`() throws {
    let missing = #expect(throws: FormatError.self) { try ONNXModel(contentsOf: "/nowhere/model.onnx") }
    #expect(missing == .unreadable(file: "/nowhere/model.onnx", reason: "no such file or directory"))
    #expect(throws: FormatError.noGraph(file: "m")) { try ONNXModel(data: Data(), file: "m") }
    #expect(throws: FormatError.notONNX(file: "m")) { try ONNXModel(data: Data("PK zip".utf8), file: "m") }
    let pointer = Data("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n".utf8)
    #expect(throws: FormatError.largeFilePointer(file: "m")) { try ONNXModel(data: pointer, file: "m") }
    let half = try Fixture.bytes("small.onnx").prefix(700)
    #expect(throws: FormatError.truncated(file: "m")) { try ONNXModel(data: half, file: "m") }
    // A view whose indices do not begin at 0 is read like any other.
    let view = try (Data([1, 2, 3]) + Fixture.bytes("small.onnx")).dropFirst(3)
    #expect(try ONNXModel(data: view).network.nodes.count == 7)
  }

  @Test(arguments: [0, 29, 1_000_000, -1])
  func `operator sets outside the range`(version: Int) throws {
    let error = try error { $0.opsetImport[0].version = Int64(version) }
    #expect(error == .unsupportedOpset(file: "m", version: version, supported: 1...28))
  }

  @Test func `tensors that do not fit`() throws {
    func tensorProblem(_ change: (inout Onnx_TensorProto) -> Void) throws -> String? {
      let error = try error { change(&$0.graph.initializer[1]) }
      guard case .malformedTensor("m", "conv.bias", let problem)? = error else { return nil }
      return problem
    }
    #expect(try tensorProblem { $0.dims = [5] } == "16 bytes do not make a float32 tensor of 5")
    #expect(try tensorProblem { $0.dims = [-4] } == "its shape is -4")
    #expect(try tensorProblem { $0.dims = [1 << 62, 4] } == "its shape is 4611686018427387904×4")
    #expect(try tensorProblem { $0.dims = [1 << 61] } != nil)
    #expect(try tensorProblem { $0.rawData = Data() } == "0 bytes do not make a float32 tensor of 4")
    #expect(try tensorProblem { $0.dataType = 11 } == "16 bytes do not make a float64 tensor of 4")
    #expect(try tensorProblem { $0.segment.begin = 1 } == "it is cut into segments")
    for (code, name) in [(17, "float8E4M3Fn"), (22, "int4"), (14, "complex64"), (99, "number 99")] {
      let error = try error { $0.graph.initializer[1].dataType = Int32(code) }
      guard case .unsupportedElementType("m", "conv.bias", let type)? = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(type.lowercased() == name.lowercased())
    }
  }

  @Test func `a sparse tensor cannot ask for any size`() throws {
    let error = try error(of: "constants.onnx") { $0.graph.sparseInitializer[0].dims = [1 << 20, 1 << 16] }
    #expect(error == .tooLargeToRead(file: "m", what: "a dense form of the sparse tensor initial"))
    for indices: [Int64] in [[0, 9, 1, 2], [-1, 0, 1, 2]] {
      let outside = try self.error(of: "constants.onnx") {
        $0.graph.sparseInitializer[0].indices.int64Data = indices
      }
      #expect(outside == .malformedTensor(file: "m", tensor: "initial", problem: "an index lies outside 2×3"))
    }
    // The same in the flattened tensor.
    for indices: [Int64] in [[0, 6], [-1, 0]] {
      let outside = try self.error(of: "constants.onnx") {
        $0.graph.sparseInitializer[0].indices.dims = [2]
        $0.graph.sparseInitializer[0].indices.int64Data = indices
      }
      #expect(outside == .malformedTensor(file: "m", tensor: "initial", problem: "an index lies outside 2×3"))
    }
    let narrow = try self.error(of: "constants.onnx") {
      $0.graph.sparseInitializer[0].indices.dataType = 6
      $0.graph.sparseInitializer[0].indices.int32Data = [0, 1, 1, 2]
    }
    #expect(
      narrow
        == .malformedTensor(
          file: "m", tensor: "initial", problem: "its values are not a vector with int64 indices"))
  }

  @Test func `graphs that do not hang together`() throws {
    #expect(
      try error { $0.graph.node[2].input = ["nothing"] }
        == .undefinedValue(file: "m", reader: "The node Relu_2", value: "nothing"))
    #expect(
      try error { $0.graph.output[0].name = "nothing" }
        == .undefinedValue(file: "m", reader: "The list of outputs", value: "nothing"))
    #expect(
      try error { $0.graph.node[2].output = ["conv"] } == .duplicateValue(file: "m", value: "conv"))
    #expect(
      try error { $0.graph.node[2].output = ["image"] } == .duplicateValue(file: "m", value: "image"))
    #expect(
      try error { $0.graph.initializer[1].name = "conv.weight" }
        == .duplicateValue(file: "m", value: "conv.weight"))
    #expect(
      try error { $0.graph.node[0].input[0] = "activated" }
        == .cycle(file: "m", nodes: ["Conv_0", "Relu_2", "bn"]))
    #expect(
      try error { $0.graph.node[0].input[0] = "conv" } == .cycle(file: "m", nodes: ["Conv_0"]))
  }

  @Test func `functions that cannot be inlined`() throws {
    #expect(
      try error(of: "functions.onnx") {
        $0.functions[0].node[0].domain = "example"
        $0.functions[0].node[0].opType = "Twice"
      }
        == .recursiveFunction(file: "m", function: "example.Twice"))
    let opset = try error(of: "functions.onnx") { $0.functions[0].opsetImport[0].version = 12 }
    guard case .unsupportedFunction("m", "example.Scaled", _)? = opset else {
      Issue.record("\(String(describing: opset))")
      return
    }
    // Each function calls the one before it many times: 20 lines make 10²⁰ nodes.
    let bomb = try error(of: "functions.onnx") { model in
      var relu = Onnx_NodeProto()
      relu.opType = "Relu"
      relu.input = ["x"]
      relu.output = ["y"]
      model.functions = (0..<20).map { level in
        var function = Onnx_FunctionProto()
        function.name = "F\(level)"
        function.domain = "example"
        function.input = ["x"]
        function.output = ["y"]
        function.node = (0..<10).map { copy in
          var call = relu
          if level > 0 {
            call.opType = "F\(level - 1)"
            call.domain = "example"
          }
          if copy > 0 { call.output = ["y\(copy)"] }
          return call
        }
        return function
      }
      model.graph.node[0].opType = "F19"
      model.graph.node[0].input = ["image"]
      model.graph.node[0].output = ["made"]
      model.graph.output.removeLast()
    }
    #expect(bomb == .tooLargeToRead(file: "m", what: "more than 100000 nodes of functions"))
  }

  @Test func `every error has a sentence and a remedy`() {
    let errors: [FormatError] = [
      .unreadable(file: "m", reason: "r"), .unwritable(file: "m", reason: "r"), .unknownFormat(file: "m"),
      .largeFilePointer(file: "m"), .notONNX(file: "m"), .truncated(file: "m"), .noGraph(file: "m"),
      .unsupportedOpset(file: "m", version: 29, supported: 1...28),
      .unsupportedElementType(file: "m", tensor: "t", type: "int4"),
      .malformedTensor(file: "m", tensor: "t", problem: "p"),
      .missingExternalFile(file: "m", tensor: "t", location: "l", reason: "r"),
      .externalFileOutside(file: "m", tensor: "t", location: "l"),
      .undefinedValue(file: "m", reader: "The node n", value: "v"), .duplicateValue(file: "m", value: "v"),
      .cycle(file: "m", nodes: ["a", "b"]), .recursiveFunction(file: "m", function: "f"),
      .unsupportedFunction(file: "m", function: "f", problem: "p"), .tooLargeToRead(file: "m", what: "w"),
      .tooLargeToWrite(file: "m"), .invalidNetwork(problem: "p"),
    ]
    for error in errors {
      #expect(error.sentence.hasSuffix("."))
      #expect(error.remedy.hasSuffix("."))
      #expect(error.sentence.first?.isUppercase == true || error.sentence.hasPrefix("m "))
    }
    #expect(Set(errors.map(\.sentence)).count == errors.count)
  }
}
