import Graph
import TestSupport
import Testing

@Suite struct LayerTests {
  /// A convolution whose weight and bias are integers behind the given node.
  private func quantizedLayer(_ op: String) throws -> NetworkSummary {
    var builder = NetworkBuilder()
    let x = builder.input("x", [1, 3, 5, 5])
    let scale = builder.constant("a scale", Tensor([Float(0.1), 0.2], shape: [2]))
    let weight = builder.constant(
      op == "Cast" ? "conv.weight" : "conv.weight_quantized",
      Tensor(.int8, [Double](repeating: 3, count: 54), shape: [2, 3, 3, 3]))
    let bias = builder.constant("conv.bias", Tensor(.int32, [4, 5], shape: [2]))
    var operands = [weight, bias]
    if op == "DequantizeLinear" {
      operands = operands.map { builder.node(op, $0, scale, attributes: ["axis": .int(0)]) }
    } else {
      let factor = builder.constant("factor", Tensor([Float(0.1)], shape: []))
      let cast = builder.node("Cast", weight, attributes: ["to": .int(1)])
      operands = [builder.node("Mul", cast, factor), builder.constant("float.bias", [2])]
    }
    builder.output(builder.node("Conv", x, operands[0], operands[1]))
    return NetworkSummary(try BoundNetwork(builder.network))
  }

  @Test(arguments: ["DequantizeLinear", "Cast"])
  func quantizedWeightsNameTheirLayerAndCount(op: String) throws {
    let summary = try quantizedLayer(op)
    let layer = try #require(summary.layers.first)
    #expect(layer.name == "conv")
    #expect(
      layer.parameters == (op == "Cast" ? 57 : 56), "the factor of a written-out scale is a number like any")
    #expect(summary.parameters == layer.parameters)
  }

  /// `reference-systems.md` §5: the network whose learnables are published.
  @Test func referenceNetworkHas123090Learnables() throws {
    let summary = NetworkSummary(try BoundNetwork(.reference(kernels: [20, 20, 20])))
    #expect(summary.parameters == 123_090)
    #expect(summary.layers.map(\.name) == ["conv1", "conv2", "conv3", "fc"])
    #expect(summary.layers.map(\.kernels) == [20, 20, 20, 10])
    #expect(summary.layers[0].multiplyAccumulates == 20 * 25 * 24 * 24)
    #expect(NetworkSummary(try BoundNetwork(.reference(kernels: [17, 18, 17]))).parameters == 104_019)
  }

  /// An exporter writes a mean over windows of different sizes as sums that are divided by how many elements each has.
  @Test(arguments: [("Div", [Float(4), 2], 36), ("Div", [4.5, 2], 38), ("Mul", [4, 2], 38)])
  func whatIsCountedIsNotLearned(op: String, numbers: [Float], parameters: Int) throws {
    var builder = NetworkBuilder()
    let x = builder.input("x", [1, 4, 3, 3])
    let sums = builder.node("Conv", x, builder.constant("conv.weight", [1, 4, 3, 3]))
    let flat = builder.node("Reshape", sums, builder.constant("shape", Tensor(.int64, [1, 1], shape: [2])))
    builder.output(builder.node(op, flat, builder.constant("counts", Tensor(numbers, shape: [2]))))
    #expect(NetworkSummary(try BoundNetwork(builder.network)).parameters == parameters)
  }

  @Test func costsAreThoseOfOneExample() throws {
    let one = NetworkSummary(try BoundNetwork(.reference(kernels: [20, 20, 20]), batch: 1))
    let many = NetworkSummary(try BoundNetwork(.reference(kernels: [20, 20, 20]), batch: 16))
    #expect(one.multiplyAccumulates == many.multiplyAccumulates)
  }

  @Test func tiedWeightsCountOnceAndNamesStayUnique() throws {
    var network = Network(name: "tied", opsets: ["": 17])
    let x = network.addValue(
      "x", type: DeclaredType(elementType: .float32, dimensions: [1, 4, 8, 8].map { .fixed($0) }))
    let weight = network.addConstant(
      "shared.weight", Tensor([Float](repeating: 1, count: 16), shape: [4, 4, 1, 1]))
    let (y, z) = (network.addValue("y"), network.addValue("z"))
    network.inputs = [x]
    network.outputs = [z]
    network.nodes = [
      Node(id: NodeID(0), name: "a", op: "Conv", inputs: [x, weight], outputs: [y]),
      Node(id: NodeID(1), name: "b", op: "Conv", inputs: [y, weight], outputs: [z]),
    ]
    let summary = NetworkSummary(try BoundNetwork(network))
    #expect(summary.parameters == 16)
    #expect(summary.layers.map(\.name) == ["shared", "shared#2"])
  }
}

extension Network {
  /// 28×28×1 → three convolutions with bias, batch normalization and ReLU → a fully connected layer.
  static func reference(kernels: [Int]) -> Network {
    var network = Network(name: "reference", opsets: ["": 17])
    var value = network.addValue(
      "input",
      type: DeclaredType(
        elementType: .float32, dimensions: [.symbolic("batch"), .fixed(1), .fixed(28), .fixed(28)]))
    network.inputs = [value]
    var channels = 1
    func add(_ op: String, _ inputs: [ValueID], _ attributes: [String: Attribute] = [:]) {
      let output = network.addValue("v\(network.nodes.count)")
      network.nodes.append(
        Node(
          id: network.unusedNodeID, name: "\(op)_\(network.nodes.count)", op: op, inputs: inputs,
          outputs: [output], attributes: attributes))
      value = output
    }
    func ones(_ name: String, _ shape: [Int]) -> ValueID {
      network.addConstant(name, Tensor([Float](repeating: 1, count: shape.elementCount), shape: shape))
    }
    for (number, (count, extent)) in zip(kernels, [5, 3, 3]).enumerated() {
      let name = "conv\(number + 1)"
      let pad = number == 0 ? 0 : 1
      add(
        "Conv",
        [value, ones("\(name).weight", [count, channels, extent, extent]), ones("\(name).bias", [count])],
        ["pads": .ints([pad, pad, pad, pad])])
      add(
        "BatchNormalization",
        [value] + ["weight", "bias", "mean", "var"].map { ones("bn\(number + 1).\($0)", [count]) })
      add("Relu", [value])
      channels = count
    }
    add("Flatten", [value])
    add(
      "Gemm", [value, ones("fc.weight", [10, channels * 24 * 24]), ones("fc.bias", [10])], ["transB": .int(1)]
    )
    network.outputs = [value]
    return network
  }
}
