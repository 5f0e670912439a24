import Graph
import Testing

/// Numbers that make no sense are refused where a network is bound, with the node that has them.
@Suite struct BorderTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let op: String
    var inputs: [[Int]] = [[1, 4, 8, 8]]
    var constants: [[Int]] = []
    var attributes: [String: Attribute] = [:]
    var outputs = 1
    var opset = 13

    var testDescription: String { "\(op) \(inputs) \(constants) \(attributes)" }

    var network: Network {
      var network = Network(name: op, opsets: ["": opset])
      var operands: [ValueID] = []
      for (number, shape) in inputs.enumerated() {
        let type = DeclaredType(elementType: .float32, dimensions: shape.map(Dimension.fixed))
        operands.append(network.addValue("in\(number)", type: type))
      }
      network.inputs = operands
      for numbers in constants { operands.append(network.addConstant("constant", Tensor(numbers))) }
      let results = (0..<outputs).map { network.addValue("out\($0)") }
      network.nodes = [
        Node(id: NodeID(0), name: "it", op: op, inputs: operands, outputs: results, attributes: attributes)
      ]
      network.outputs = results
      return network
    }
  }

  @Test(arguments: [
    Case(op: "Concat", attributes: ["axis": .int(4)]), Case(op: "Concat", attributes: ["axis": .int(.min)]),
    Case(op: "Concat", inputs: [[]], attributes: ["axis": .int(0)]),
    Case(op: "Split", constants: [[-4, 8]], attributes: ["axis": .int(1)], outputs: 2),
    Case(op: "Split", constants: [[.max, .max, 6]], attributes: ["axis": .int(1)], outputs: 3),
    Case(op: "Split", attributes: ["axis": .int(1), "num_outputs": .int(.max)], outputs: 2, opset: 18),
    Case(op: "Conv", inputs: [[1, 4, 8, 8], []]), Case(op: "Conv"), Case(op: "Conv", inputs: []),
    Case(op: "Conv", inputs: [[1, 4, 8, 8], [8, 4, 3, 3]], attributes: ["group": .int(0)]),
    Case(op: "Conv", inputs: [[1, 4, 8, 8], [8, 4, 3, 3]], attributes: ["group": .int(.max)]),
    Case(op: "Conv", inputs: [[1, 4, 8, 8], [8, 4, 3, 3]], attributes: ["strides": .ints([0, 1])]),
    Case(
      op: "Conv", inputs: [[1, 4, 8, 8], [8, 4, 3, 3]], attributes: ["dilations": .ints([.max, .max])]),
    Case(
      op: "Conv", inputs: [[1, 4, 8, 8], [8, 4, 3, 3]], attributes: ["pads": .ints([.max, 0, .max, 0])]),
    Case(op: "Conv", inputs: [[1, 4, 8, 8], [8, 4, 3, 3]], outputs: 0),
    Case(
      op: "ConvTranspose", inputs: [[1, 4, 8, 8], [4, 8, 3, 3]], attributes: ["strides": .ints([.max, 1])]),
    Case(op: "ConvTranspose", inputs: [[1, 4, 8, 8], [4, 8, 3, 3], [7]]),
    Case(op: "MaxPool", attributes: ["kernel_shape": .ints([0, 2])]), Case(op: "MaxPool", inputs: [[3]]),
    Case(op: "Gather", constants: [[.min]], attributes: ["axis": .int(1)]),
    Case(op: "Slice", constants: [[0, 5], [2, 10], [1, 1]]),
    Case(op: "Slice", inputs: [[]], constants: [[0], [1], [0]]),
    Case(op: "Reshape", constants: [[.max, .max, 4]]), Case(op: "Reshape", constants: [[-2, -1]]),
    Case(op: "Expand", constants: [[1 << 30, 1 << 30, 1, 4, 8, 8]]),
    Case(op: "Tile", constants: [[1 << 20, 1 << 20, 1, 1]]),
    Case(op: "Pad", constants: [[.min, 0, 0, 0, 0, 0, 0, 0]]),
    Case(
      op: "Pad", constants: [[0, 0, 1 << 20, 1 << 20, 0, 0, 0, 0]], attributes: ["mode": .string("reflect")]),
    Case(op: "Unsqueeze", constants: [[Int](repeating: 0, count: 100_000)]),
    Case(op: "DepthToSpace", attributes: ["blocksize": .int(1 << 40)]),
    Case(op: "OneHot", inputs: [[2]], constants: [[1 << 40], [0, 1]]),
    Case(op: "TopK", constants: [[.max]], outputs: 2), Case(op: "LRN", attributes: ["size": .int(.min)]),
    Case(
      op: "RoiAlign", inputs: [[1, 4, 8, 8], [2, 4], [2]], attributes: ["sampling_ratio": .int(1 << 40)]),
    Case(op: "QuantizeLinear", inputs: [[], [3]], attributes: ["axis": .int(0)]),
    Case(op: "Relu", inputs: [[1 << 31]]), Case(op: "Relu", inputs: [[1 << 21, 1 << 21]]),
    Case(op: "Relu", inputs: [[0, 1 << 30, 1 << 30]]),
    Case(op: "Relu", inputs: [[Int](repeating: 1, count: 100_000)]),
    Case(op: "MatMul", inputs: [[1 << 20, 1 << 20], [1 << 20, 1 << 20]]), Case(op: "Relu", outputs: 2),
  ]) func isRefusedWithTheNode(refused: Case) {
    #expect {
      _ = try BoundNetwork(refused.network)
    } throws: { error in
      guard let error = error as? GraphError else { return false }
      #expect(error.sentence.count < 700)
      switch error {
      case .invalidNode(refused.op, "it", _): return true
      case .wrongInputShape("in0", _, _): return refused.op == "Relu"
      default: return false
      }
    }
  }

  /// A border on one side may reach over what the other side cuts off: nothing is read or written outside.
  @Test(
    arguments: ["constant", "edge", "reflect", "wrap"], [[5, -10], [-10, 5], [-3, 0], [0, -8], [2, 2]])
  func aPadThatCutsAndAddsStaysInside(mode: String, pads: [Int]) throws {
    var network = Network(name: "pad", opsets: ["": 18])
    let data = network.addConstant("data", Tensor([Float](repeating: 7, count: 8), shape: [8]))
    let (amounts, result) = (network.addConstant("pads", Tensor(pads)), network.addValue("result"))
    network.nodes = [
      Node(
        id: NodeID(0), name: "pad", op: "Pad", inputs: [data, amounts], outputs: [result],
        attributes: ["mode": .string(mode)])
    ]
    network.outputs = [result]
    guard let bound = try? BoundNetwork(network) else {
      #expect(8 + pads[0] + pads[1] < 0)
      return
    }
    let found = try #require(bound.constant(of: result))
    #expect(found.shape == [8 + pads[0] + pads[1]])
  }

  /// A slice of an axis without elements takes none, whichever way it goes.
  @Test func aSliceOfNothingIsNothing() throws {
    var network = Network(name: "slice", opsets: ["": 13])
    let data = network.addConstant("data", Tensor([Float](), shape: [0, 3]))
    let numbers = [[Int.max], [.min], [0], [-1]].map { network.addConstant("number", Tensor($0)) }
    let result = network.addValue("result")
    network.nodes = [
      Node(id: NodeID(0), name: "slice", op: "Slice", inputs: [data] + numbers, outputs: [result])
    ]
    network.outputs = [result]
    #expect(try BoundNetwork(network).shape(of: result) == [0, 3])
  }
}
