import Graph
import TestSupport

extension NetworkBuilder {
  /// Integers with a scale each along their first axis, and the node that makes numbers of them.
  mutating func dequantized(_ name: String, _ shape: [Int], type: ElementType) -> ValueID {
    var numbers = RandomNumbers(seed: UInt64(name.utf8.count))
    let integers = numbers.numbers(shape.elementCount, -100, 100).map { Double($0.rounded()) }
    let operands = [
      constant(name, Tensor(type, integers, shape: shape)),
      constant("\(name)_scale", [shape[0]], from: 0.005, to: 0.02),
      constant("\(name)_zero", Tensor(type, [Double](repeating: 0, count: shape[0]), shape: [shape[0]])),
    ]
    return nodes("DequantizeLinear", operands, ["axis": .int(0)], outputs: 1)[0]
  }

  /// A value as eight bits hold it.
  mutating func quantized(_ value: ValueID) -> ValueID {
    let scale = constant("scale", Tensor([Float(0.05)], shape: []))
    let zero = constant("zero", Tensor(.uint8, [100], shape: []))
    return node("DequantizeLinear", node("QuantizeLinear", value, scale, zero), scale, zero)
  }
}

extension NetworkFixtures {
  /// Convolutions of eight-bit weights and 32-bit biases, quantized values between them.
  static func quantized() -> Network {
    var b = NetworkBuilder(opset: 17)
    var y = b.quantized(b.input("x", [1, 3, 6, 6]))
    var channels = 3
    for (name, kernels) in [("first", 8), ("second", 6)] {
      let weight = b.dequantized("\(name).weight", [kernels, channels, 3, 3], type: .int8)
      let bias = b.dequantized("\(name).bias", [kernels], type: .int32)
      y = b.quantized(b.node("Relu", b.node("Conv", y, weight, bias)))
      channels = kernels
    }
    b.head(y, channels)
    return b.network
  }

  /// A branch that the shapes decide stands between two convolutions.
  static func branches() -> Network {
    var b = NetworkBuilder()
    let x = b.input("x", [1, 3, 6, 6])
    let first = b.block(x, 3, 8, "c1")
    func branch(_ op: String) -> Attribute {
      var body = Network(name: op, opsets: ["": 17])
      let inner = body.addValue("inner")
      let made = body.addValue("made")
      body.nodes = [Node(id: NodeID(0), name: "only", op: op, inputs: [inner], outputs: [made])]
      body.outputs = [made]
      return .graph(Subgraph(network: body, captures: [inner: first]))
    }
    let extents = b.node("Shape", first, attributes: ["start": .int(3)])
    let isSix = b.node("Equal", extents, b.constant("six", Tensor([6])))
    let chosen = b.nodes(
      "If", [isSix], ["then_branch": branch("Sigmoid"), "else_branch": branch("Neg")], outputs: 1)[0]
    b.head(b.block(chosen, 8, 5, "c2"), 5)
    // As it is once it is opened.
    return (try? BoundNetwork(b.network).network) ?? b.network
  }
}
