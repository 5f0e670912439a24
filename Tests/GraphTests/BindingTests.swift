import Graph
import Testing

/// A network of one node with float inputs of given shapes and constants.
private func bind(
  _ op: String, inputs: [[Int]], constants: [Int: Tensor] = [:], attributes: [String: Attribute] = [:],
  outputs: Int = 1, opset: Int = 17
) throws -> (bound: BoundNetwork, outputs: [ValueID]) {
  var network = Network(name: "one", opsets: ["": opset])
  var operands: [ValueID] = []
  for (number, shape) in inputs.enumerated() {
    if let tensor = constants[number] {
      operands.append(network.addConstant("c\(number)", tensor))
    } else {
      let type = DeclaredType(elementType: .float32, dimensions: shape.map { .fixed($0) })
      operands.append(network.addValue("x\(number)", type: type))
      network.inputs.append(operands[number])
    }
  }
  let results = (0..<outputs).map { network.addValue("y\($0)") }
  network.nodes = [
    Node(id: NodeID(0), name: "node", op: op, inputs: operands, outputs: results, attributes: attributes)
  ]
  network.outputs = results
  return (try BoundNetwork(network), results)
}

private func shape(
  _ op: String, _ inputs: [Int]..., constants: [Int: Tensor] = [:], attributes: [String: Attribute] = [:],
  opset: Int = 17
) throws -> [Int]? {
  let (bound, outputs) = try bind(
    op, inputs: inputs, constants: constants, attributes: attributes, opset: opset)
  return bound.shape(of: outputs[0])
}

@Suite struct BindingTests {
  /// A layer that does little with each element takes longer than its operations say, and a batch no longer for each example.
  @Test func aWorkloadCountsWhatIsMoved() throws {
    func workload(groups: Int, batch: Int = 1) throws -> (all: Double, operations: Double) {
      let weights = Tensor([Float](repeating: 1, count: 64 * (64 / groups)), shape: [64, 64 / groups, 1, 1])
      let (bound, _) = try bind(
        "Conv", inputs: [[batch, 64, 9, 9], [64, 64 / groups, 1, 1]], constants: [1: weights],
        attributes: ["group": .int(groups)])
      return (bound.workload, Double(bound.multiplyAccumulates(at: 0)) / Double(batch))
    }
    let (dense, depthwise) = (try workload(groups: 1), try workload(groups: 64))
    #expect(dense.operations == 64 * depthwise.operations && dense.all < 8 * depthwise.all)
    #expect(try workload(groups: 64, batch: 5).all == depthwise.all)
  }

  /// The first state of a recurrent layer, a mask: made of shapes, they are known even where weights must stay open.
  @Test func whatComesFromShapesIsKnownWhereWeightsStayOpen() throws {
    var network = Network(name: "made", opsets: ["": 17])
    let input = network.addValue(
      "x", type: DeclaredType(elementType: .float32, dimensions: [.fixed(2), .fixed(3)]))
    network.inputs = [input]
    let weight = network.addConstant("w", Tensor([Float](repeating: 2, count: 6), shape: [2, 3]))
    let names = ["shape", "zeros", "doubled", "sum"].map { network.addValue($0) }
    network.nodes = [
      Node(id: NodeID(0), name: "shape", op: "Shape", inputs: [input], outputs: [names[0]]),
      Node(
        id: NodeID(1), name: "zeros", op: "ConstantOfShape", inputs: [names[0]], outputs: [names[1]],
        attributes: ["value": .tensor(Tensor([Float(3)], shape: [1]))]),
      Node(id: NodeID(2), name: "doubled", op: "Add", inputs: [names[1], names[1]], outputs: [names[2]]),
      Node(id: NodeID(3), name: "sum", op: "Add", inputs: [names[2], weight], outputs: [names[3]]),
    ]
    network.outputs = [names[3]]
    let bound = try BoundNetwork(network, foldsWeights: false)
    #expect(bound.constant(of: names[2])?.floats == [Float](repeating: 6, count: 6))
    #expect(bound.constant(of: names[3]) == nil, "a gradient has to reach the weight")
    #expect(bound.steps == [3])
    #expect(try BoundNetwork(network).constant(of: names[3])?.floats == [Float](repeating: 8, count: 6))
  }

  @Test func convolutionExtents() throws {
    #expect(try shape("Conv", [2, 3, 32, 32], [8, 3, 3, 3]) == [2, 8, 30, 30])
    #expect(
      try shape(
        "Conv", [1, 4, 15, 16], [8, 2, 3, 3],
        attributes: [
          "group": .int(2), "strides": .ints([2, 2]), "pads": .ints([1, 0, 1, 2]),
          "dilations": .ints([1, 2]),
        ]) == [1, 8, 8, 7])
    #expect(
      try shape("Conv", [1, 1, 7], [2, 1, 3], attributes: ["auto_pad": .string("SAME_UPPER")]) == [1, 2, 7])
  }

  @Test func aSingleScaleServesEveryRank() throws {
    let scale = Tensor([Float(0.5)], shape: [1])
    #expect(try shape("DequantizeLinear", [8], [1], constants: [1: scale]) == [8])
    #expect(try shape("DequantizeLinear", [1], [1], constants: [1: scale]) == [1])
    #expect(try shape("DequantizeLinear", [2, 8], [1], constants: [1: scale]) == [2, 8])
    #expect(throws: GraphError.self) { try shape("DequantizeLinear", [2, 8], [3]) }
  }

  @Test func convolutionSaysWhatDoesNotFit() {
    do {
      _ = try shape("Conv", [1, 4, 8, 8], [8, 3, 3, 3])
      Issue.record("a weight of 3 input channels was taken for 4")
    } catch let error as GraphError {
      #expect(error.sentence.contains("4 channels") && error.sentence.contains("expects 3"))
    } catch { Issue.record(error) }
  }

  @Test func poolingRoundsUpButNotIntoThePadding() throws {
    let up: [String: Attribute] = [
      "kernel_shape": .ints([3, 3]), "strides": .ints([2, 2]), "ceil_mode": .int(1),
    ]
    #expect(try shape("MaxPool", [1, 1, 6, 7], attributes: up) == [1, 1, 3, 3])
    let padded: [String: Attribute] = [
      "kernel_shape": .ints([2]), "strides": .ints([2]), "pads": .ints([1, 1]), "ceil_mode": .int(1),
    ]
    #expect(try shape("AveragePool", [1, 1, 4], attributes: padded) == [1, 1, 3])
  }

  @Test func transposedConvolutionExtents() throws {
    #expect(
      try shape(
        "ConvTranspose", [1, 4, 7, 7], [4, 2, 3, 3],
        attributes: [
          "strides": .ints([2, 2]), "pads": .ints([1, 1, 1, 1]), "output_padding": .ints([1, 1]),
        ]) == [1, 2, 14, 14])
  }

  @Test func reshapesAndTheirKin() throws {
    #expect(try shape("Reshape", [2, 3, 4], [2], constants: [1: Tensor([0, -1])]) == [2, 12])
    #expect(try shape("Flatten", [2, 3, 4], attributes: ["axis": .int(2)]) == [6, 4])
    #expect(try shape("Unsqueeze", [3, 4], [2], constants: [1: Tensor([0, -1])]) == [1, 3, 4, 1])
    #expect(try shape("Squeeze", [1, 3, 1]) == [3])
    #expect(
      try shape("DepthToSpace", [1, 8, 2, 3], attributes: ["blocksize": .int(2)]) == [1, 2, 4, 6])
    #expect(throws: GraphError.self) {
      try shape("Reshape", [2, 3], [2], constants: [1: Tensor([4, -1])])
    }
  }

  @Test func sliceClampsAndReverses() throws {
    func sliced(_ start: Int, _ end: Int, _ step: Int) throws -> [Int]? {
      try shape(
        "Slice", [10], [1], [1], [1], [1],
        constants: [1: Tensor([start]), 2: Tensor([end]), 3: Tensor([0]), 4: Tensor([step])])
    }
    #expect(try sliced(2, Int.max, 3) == [3])
    #expect(try sliced(-1, Int.min + 1, -1) == [10])
    #expect(try sliced(8, 2, 1) == [0])
  }

  @Test func matrixProductsBroadcastTheirLeadingAxes() throws {
    #expect(try shape("MatMul", [5, 1, 2, 3], [4, 3, 6]) == [5, 4, 2, 6])
    #expect(try shape("MatMul", [3], [3, 6]) == [6])
    #expect(throws: GraphError.self) { try shape("MatMul", [2, 3], [2, 3]) }
  }

  /// `chunk` as exporters write it: Shape → Gather → Div → Slice.
  @Test func shapeArithmeticIsFolded() throws {
    var network = Network(name: "chunk", opsets: ["": 17])
    let x = network.addValue(
      "x", type: DeclaredType(elementType: .float32, dimensions: [.symbolic("n"), .fixed(7), .fixed(4)]))
    network.inputs = [x]
    let one = network.addConstant("one", Tensor([1], shape: []))
    let two = network.addConstant("two", Tensor([2], shape: []))
    let zero = network.addConstant("zero", Tensor([0]))
    let axis = network.addConstant("axis", Tensor([1]))
    let names = ["shape", "channels", "half", "end", "y"].map { network.addValue($0) }
    func node(_ number: Int, _ op: String, _ inputs: [ValueID], _ attributes: [String: Attribute] = [:])
      -> Node
    {
      Node(
        id: NodeID(number), name: "\(op)_\(number)", op: op, inputs: inputs, outputs: [names[number]],
        attributes: attributes)
    }
    network.nodes = [
      node(0, "Shape", [x]), node(1, "Gather", [names[0], one]), node(2, "Div", [names[1], two]),
      node(3, "Unsqueeze", [names[2], zero]), node(4, "Slice", [x, zero, names[3], axis]),
    ]
    network.outputs = [names[4]]
    let bound = try BoundNetwork(network, batch: 5)
    #expect(bound.shape(of: names[4]) == [5, 3, 4])
    #expect(bound.steps == [4])
    #expect(bound.constant(of: names[3])?.integers == [3])
  }

  @Test func inputShapesAreChecked() throws {
    var network = Network(name: "in", opsets: ["": 17])
    let x = network.addValue(
      "x", type: DeclaredType(elementType: .float32, dimensions: [.symbolic("n"), .fixed(3), .symbolic("h")]))
    network.inputs = [x]
    #expect(throws: GraphError.missingInputShape(input: "x", dimensions: "h")) { try BoundNetwork(network) }
    #expect(throws: GraphError.self) { try BoundNetwork(network, inputShapes: [x: [1, 4, 8]]) }
    #expect(try BoundNetwork(network, inputShapes: [x: [2, 3, 8]]).shape(of: x) == [2, 3, 8])
  }

  @Test func unknownOperatorsAreListedAndTheRestIsBound() throws {
    let (bound, outputs) = try bind("Frobnicate", inputs: [[1, 2]])
    #expect(bound.failures.map(\.error) == [.unknownOperator(op: "Frobnicate", node: "node")])
    #expect(bound.shape(of: outputs[0]) == nil)
  }

  @Test func foldingFollowsNumpy() throws {
    func folded(_ op: String, _ a: Tensor, _ b: Tensor) throws -> Tensor? {
      let (bound, outputs) = try bind(op, inputs: [a.shape, b.shape], constants: [0: a, 1: b])
      return bound.constant(of: outputs[0])
    }
    #expect(try folded("Div", Tensor([7, -7]), Tensor([2]))?.integers == [3, -3])
    #expect(try folded("Mod", Tensor([7, -7]), Tensor([3]))?.integers == [1, 2])
    #expect(
      try folded("Add", Tensor([Float(1), 2], shape: [2, 1]), Tensor([Float(10), 20], shape: [2]))?.floats
        == [11, 21, 12, 22])
  }
}
