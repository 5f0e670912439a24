import Formats
import Foundation
import Graph
import SwiftProtobuf
import Testing

@Suite struct BranchTests {
  private enum Condition { case initializer(Bool), constantNode(Bool), several, input }

  private func node(_ op: String, _ inputs: [String], _ output: String) -> Onnx_NodeProto {
    var node = Onnx_NodeProto()
    node.opType = op
    node.input = inputs
    node.output = [output]
    return node
  }

  private func tensor(_ name: String, _ values: [Float]) -> Onnx_TensorProto {
    var tensor = Onnx_TensorProto()
    tensor.name = name
    tensor.dataType = 1
    tensor.dims = [Int64(values.count)]
    tensor.floatData = Tensor(values, shape: [values.count]).bytes
    return tensor
  }

  private func value(_ name: String, _ type: Int32, _ dims: [Int64]) -> Onnx_ValueInfoProto {
    var info = Onnx_ValueInfoProto()
    info.name = name
    info.type.tensorType.elemType = type
    info.type.tensorType.shape.dim = dims.map { extent in
      var dimension = Onnx_TensorShapeProto.Dimension()
      dimension.dimValue = extent
      return dimension
    }
    return info
  }

  private func branch(_ op: String, _ output: String) -> Onnx_GraphProto {
    var graph = Onnx_GraphProto()
    graph.initializer = [tensor("factor", op == "Add" ? [1, 2] : [3, 4])]
    graph.node = [node(op, ["image", "factor"], "made"), node("Relu", ["made"], output)]
    graph.output = [value(output, 1, [2])]
    return graph
  }

  /// Relu(If(condition) { Relu(image + factor) } else { Relu(image · factor) }), twice.
  ///
  /// - Parameter further: results that each `If` has beside.
  private func model(_ condition: Condition, further: [String] = []) throws -> Data {
    var flag = Onnx_TensorProto()
    flag.name = "condition"
    flag.dataType = 9
    var model = Onnx_ModelProto()
    model.irVersion = 8
    model.opsetImport = [Onnx_OperatorSetIdProto.with { $0.version = 17 }]
    model.graph.input = [value("image", 1, [2])]
    switch condition {
    case .initializer(let holds):
      flag.int32Data = [holds ? 1 : 0]
      model.graph.initializer = [flag]
    case .several:
      flag.dims = [2]
      flag.int32Data = [1, 0]
      model.graph.initializer = [flag]
    case .constantNode(let holds):
      flag.rawData = Data([holds ? 1 : 0])
      var constant = node("Constant", [], "condition")
      constant.attribute = [
        Onnx_AttributeProto.with {
          $0.name = "value"
          $0.type = .tensor
          $0.t = flag
        }
      ]
      model.graph.node = [constant]
    case .input: model.graph.input.append(value("condition", 9, []))
    }
    for (index, source) in ["first", "second"].enumerated() {
      var choice = node("If", ["condition"], source)
      choice.name = "choice"
      choice.output += further.map { "\($0)\(index)" }
      choice.attribute = [("then_branch", branch("Add", "taken")), ("else_branch", branch("Mul", "left"))].map
      {
        name, graph in
        Onnx_AttributeProto.with {
          $0.name = name
          $0.type = .graph
          $0.g = graph
        }
      }
      model.graph.node += [choice, node("Neg", [source], "result\(index)")]
    }
    model.graph.output = [value("result0", 1, [2]), value("result1", 1, [2])]
    return try model.serializedBytes()
  }

  @Test func `a branch that the file itself chooses stands in the graph`() throws {
    for (condition, op, factor) in [
      (Condition.initializer(true), "Add", [Float(1), 2]), (.initializer(false), "Mul", [3, 4]),
      (.constantNode(true), "Add", [1, 2]),
    ] {
      let data = try model(condition)
      let model = try ONNXModel(data: data)
      #expect(model.network.nodes.map(\.op) == [op, "Relu", "Neg", op, "Relu", "Neg"])
      let second = try #require(model.network.nodes[3].inputs[1])
      #expect(model.network.constants[second]?.floats == factor)
      #expect(second != model.network.nodes[0].inputs[1])
      #expect(try model.data(for: model.network) == data)

      var changed = model.network
      changed.constants[second] = Tensor([7, 8], shape: [2])
      let copy = try ONNXModel(data: model.data(for: changed))
      #expect(copy.network.nodes == changed.nodes)
      #expect(copy.network.constants[second]?.floats == [7, 8])
    }
  }

  @Test func `a condition that is not one value chooses nothing`() throws {
    let model = try ONNXModel(data: model(.several))
    #expect(model.network.nodes.map(\.op) == ["If", "Neg", "If", "Neg"])
  }

  /// What the branch does not make could not be read from it.
  @Test func `a branch with too few results stays a node`() throws {
    let model = try ONNXModel(data: model(.initializer(true), further: ["more"]))
    #expect(model.network.nodes.map(\.op) == ["If", "Neg", "If", "Neg"])
  }

  @Test func `a branch that the data choose stays a node`() throws {
    let model = try ONNXModel(data: model(.input))
    #expect(model.network.nodes.map(\.op) == ["If", "Neg", "If", "Neg"])
  }
}
