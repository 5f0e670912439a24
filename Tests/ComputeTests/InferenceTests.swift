import Compute
import Graph
import TestSupport
import Testing

@Suite("Networks whose shapes only the data know")
struct InferenceTests {
  /// Boxes and scores from the data, the best boxes chosen, gathered and added up.
  private func detector() -> (network: Network, scores: ValueID, boxes: ValueID) {
    var builder = NetworkBuilder("detector", opset: 17)
    let boxes = builder.input("boxes", [1, 3, 4])
    let scores = builder.input("scores", [1, 1, 3])
    let rows = builder.node(
      "NonMaxSuppression", builder.node("Relu", boxes), builder.node("Sigmoid", scores),
      builder.constant("limit", Tensor([5])), builder.constant("overlap", Tensor([Float(0.5)], shape: [1])),
      builder.constant("threshold", Tensor([Float(0.5)], shape: [1])))
    let column = builder.node(
      "Gather", rows, builder.constant("box", Tensor([2])), attributes: ["axis": .int(1)])
    let flat = builder.node("Reshape", column, builder.constant("all", Tensor([-1])))
    let chosen = builder.node("Gather", boxes, flat, attributes: ["axis": .int(1)])
    builder.output(rows)
    builder.output(builder.node("Mul", chosen, builder.constant("two", Tensor([Float(2)], shape: []))))
    builder.output(builder.node("Neg", scores))
    let numbers = builder.node("Cast", rows, attributes: ["to": .int(1)])
    builder.output(builder.node("MatMul", numbers, builder.constant("weights", [3, 2])))
    return (builder.network, scores, boxes)
  }

  private let corners: [Float] = [0, 0, 1, 1, 0, 0.1, 1, 1.1, 3, 3, 4, 4]

  private func run(_ scores: [Float]) throws -> [(shape: [Int], elements: [Float])] {
    let (network, scoreInput, boxes) = detector()
    let results = try infer(
      network, inputs: [boxes: ([1, 3, 4], corners), scoreInput: ([1, 1, 3], scores)])
    return try network.outputs.map { try #require(results[$0]) }
  }

  @Test("a product of no rows has none")
  func nothingIsChosen() throws {
    let none = try run([-9, -9, -9])
    #expect(none[0].shape == [0, 3])
    #expect(none[3].shape == [0, 2] && none[3].elements.isEmpty)
    #expect(try run([1, 2, 3])[3].elements.count == 4)
  }

  @Test("sums of no products are zeros, and the bias is added to them", arguments: ["Gemm", "MatMul"])
  func nothingIsSummed(_ op: String) throws {
    var b = NetworkBuilder()
    let x = b.input("x", [2, 4])
    let (none, columns) = (b.constant("none", Tensor([0])), b.constant("columns", Tensor([1])))
    let nothing = b.node("Slice", x, none, none, columns)
    let (w, bias) = (
      b.constant("w", Tensor([Float](), shape: [0, 3])), b.constant("b", Tensor([1, -2, 3], shape: [3]))
    )
    let sum = op == "Gemm" ? b.node(op, nothing, w, bias) : b.node("Add", b.node(op, nothing, w), bias)
    let y = b.output(b.node("Relu", sum))
    let results = try infer(b.network, inputs: [x: ([2, 4], [1, 2, 3, 4, 5, 6, 7, 8])])
    #expect(try #require(results[y]).elements == [1, 0, 3, 1, 0, 3])
  }

  @Test("what is chosen has as many rows as the data give, and what lies behind it their shape")
  func rowsFollowFromTheData() throws {
    let two = try run([1, 2, 3])
    #expect(two[0].shape == [2, 3])
    #expect(two[0].elements == [0, 0, 2, 0, 0, 1])
    #expect(two[1].shape == [1, 2, 4])
    #expect(two[1].elements == [6, 6, 8, 8, 0, 0.2, 2, 2.2])
    #expect(two[2].elements == [-1, -2, -3])
    let one = try run([-1, -2, 3])
    #expect(one[0].elements == [0, 0, 2])
    #expect(one[1].shape == [1, 1, 4])
  }

  @Test("nothing chosen is a result, or an error, but never a trap")
  func nothingChosen() throws {
    do {
      let none = try run([-1, -2, -3])
      #expect(none[0].shape == [0, 3])
    } catch let error as ComputeError { #expect(!error.sentence.isEmpty) }
  }

  @Test("a branch that the data choose is taken")
  func branches() throws {
    var builder = NetworkBuilder("branch", opset: 17)
    let x = builder.input("x", [3])
    let y = builder.node("Exp", x)
    func branch(_ op: String) -> Graph.Attribute {
      var network = Network(name: op, opsets: ["": 17])
      let inner = network.addValue("inner")
      let made = network.addValue("made")
      network.nodes = [Node(id: NodeID(0), name: "only", op: op, inputs: [inner], outputs: [made])]
      network.outputs = [made]
      return .graph(Subgraph(network: network, captures: [inner: y]))
    }
    let sum = builder.node("ReduceSum", x, attributes: ["keepdims": .int(0)])
    let positive = builder.node("Greater", sum, builder.constant("zero", Tensor([Float(0)], shape: [])))
    builder.output(
      builder.nodes(
        "If", [positive], ["then_branch": branch("Log"), "else_branch": branch("Neg")], outputs: 1)[
          0])
    let network = builder.network
    func run(_ numbers: [Float]) throws -> [Float] {
      try #require(try infer(network, inputs: [x: ([3], numbers)])[network.outputs[0]]).elements
    }
    expectClose(try run([1, 2, 3]), [1, 2, 3], 1e-5, "then")
    expectClose(try run([0, 0, -1]), [-1, -1, -0.36787944], 1e-5, "else")
  }

  @Test("an input of another size, and an operator that nobody knows, are errors")
  func errors() throws {
    let (network, scores, boxes) = detector()
    #expect(throws: ComputeError.self) {
      try infer(network, inputs: [boxes: ([1, 3, 4], [1]), scores: ([1, 1, 3], [1, 2, 3])])
    }
    #expect(throws: ComputeError.self) { try infer(network, inputs: [scores: ([1, 1, 3], [1, 2, 3])]) }
    var unknown = network
    unknown.nodes[0].op = "Enigma"
    #expect(throws: GraphError.self) {
      try infer(unknown, inputs: [boxes: ([1, 3, 4], corners), scores: ([1, 1, 3], [1, 2, 3])])
    }
  }
}
