import Graph
import TestSupport
import Testing

/// Arithmetic on weights that is done when a network is bound.
@Suite struct WeightFoldingTests {
  private typealias Case = (
    op: String, opset: Int, attributes: [String: Attribute], shapes: [[Int]]
  )

  private static let cases: [Case] = [
    ("MatMul", 17, [:], [[3, 4], [4, 2]]), ("MatMul", 17, [:], [[4], [4]]),
    ("MatMul", 17, [:], [[3, 4], [4]]), ("MatMul", 17, [:], [[4], [4, 3]]),
    ("MatMul", 17, [:], [[2, 1, 3, 4], [5, 4, 2]]),
    ("Gemm", 17, [:], [[3, 4], [4, 2]]),
    (
      "Gemm", 17, ["transA": .int(1), "transB": .int(1), "alpha": .float(0.5), "beta": .float(2)],
      [[4, 3], [2, 4], [2]]
    ),
    ("Gemm", 17, ["beta": .float(-1)], [[3, 4], [4, 2], [3, 1]]),
    ("Einsum", 17, ["equation": .string("op,pikl->oikl")], [[3, 2], [2, 4, 1, 2]]),
    ("Einsum", 17, ["equation": .string("...ij,...jk->...ik")], [[2, 1, 3, 4], [5, 4, 2]]),
    ("Einsum", 17, ["equation": .string("ii->i")], [[3, 3]]),
    ("Softmax", 17, ["axis": .int(1)], [[2, 3, 4]]), ("Softmax", 11, [:], [[2, 3, 4]]),
    ("LogSoftmax", 17, [:], [[3, 5]]),
  ]

  @Test(arguments: cases.indices)
  func foldingGivesWhatTheOperatorComputes(_ number: Int) throws {
    let item = Self.cases[number]
    var builder = NetworkBuilder(opset: item.opset, seed: UInt64(number))
    let x = builder.input("x", [1])
    let weights = item.shapes.enumerated().map { builder.constant("w\($0)", $1) }
    let result = builder.nodes(item.op, weights, item.attributes, outputs: 1)[0]
    builder.output(builder.node("Mul", result, x))
    let folded = try BoundNetwork(builder.network)
    let constant = try #require(folded.constant(of: result), "\(item.op) is folded")
    #expect(folded.steps.count == 1)
    let reference = try ReferenceEvaluator(BoundNetwork(builder.network, foldsWeights: false))
    let expected = try #require(try reference.run([x: [1]])[result])
    #expect(constant.shape == expected.shape)
    for (a, b) in zip(constant.doubles, expected.doubles) { #expect(abs(a - b) < 1e-5) }
  }

  @Test func productsOfWeightsAreNoLayers() throws {
    var builder = NetworkBuilder()
    let x = builder.input("x", [1, 4])
    let product = builder.node("MatMul", builder.constant("a", [4, 3]), builder.constant("b", [3, 6]))
    builder.output(builder.node("MatMul", x, product))
    let summary = NetworkSummary(try BoundNetwork(builder.network))
    #expect(summary.layers.map(\.kernels) == [6])
    #expect(summary.multiplyAccumulates == 24)
    #expect(summary.parameters == 12 + 18)
  }
}
