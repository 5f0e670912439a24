import Graph
import TestSupport
import Testing

/// Which networks can be computed a few examples at a time.
@Suite struct SeparateExamplesTests {
  private func isApart(_ shape: [Int?], _ make: (inout NetworkBuilder, ValueID) -> ValueID) throws -> Bool {
    var b = NetworkBuilder()
    let x = b.input("x", shape)
    let y = b.output(make(&b, x))
    return try BoundNetwork(b.network, batch: 4).computesExamplesApart([y])
  }

  @Test func convolutionsPoolingAndClassifiers() throws {
    #expect(
      try isApart([nil, 3, 8, 8]) { b, x in
        let conv = b.node("Conv", x, b.constant("w", [6, 3, 3, 3]))
        let flat = b.node("Flatten", b.node("GlobalAveragePool", b.node("Relu", conv)))
        return b.node("Gemm", flat, b.constant("fc", [6, 5]))
      })
  }

  /// Windows of a picture become rows, many an example, and go back.
  @Test func windowsAndHeads() throws {
    #expect(
      try isApart([nil, 4, 8]) { b, x in
        let windows = b.node("Reshape", x, b.constant("s", Tensor([8, 2, 8])))
        let product = b.node("MatMul", windows, b.constant("w", [8, 8]))
        let turned = b.node("Transpose", product, attributes: ["perm": .ints([0, 2, 1])])
        let scores = b.node("Softmax", b.node("MatMul", product, turned), attributes: ["axis": .int(-1)])
        return b.node("Reshape", b.node("MatMul", scores, product), b.constant("t", Tensor([4, 4, 8])))
      })
  }

  /// A token that is the same for every example is computed for each of them.
  @Test func aTokenForEachExample() throws {
    #expect(
      try isApart([nil, 4, 8]) { b, x in
        let token = b.constant("token", Tensor([Float](repeating: 0.5, count: 32), shape: [4, 1, 8]))
        return b.node("Concat", token, x, attributes: ["axis": .int(1)])
      })
    #expect(
      try !isApart([nil, 4, 8]) { b, x in
        b.node("Concat", b.constant("token", [4, 1, 8]), x, attributes: ["axis": .int(1)])
      })
  }

  @Test func whatMixesExamples() throws {
    func softmax(_ axis: Int) throws -> Bool {
      try isApart([nil, 6]) { b, x in b.node("Softmax", x, attributes: ["axis": .int(axis)]) }
    }
    #expect(try softmax(1))
    #expect(try !softmax(0))
    // Each example less the mean of the batch.
    #expect(
      try !isApart([nil, 6]) { b, x in
        let mean = b.node("ReduceMean", x, attributes: ["axes": .ints([0]), "keepdims": .int(1)])
        return b.node("Sub", x, mean)
      })
    // Similarities of all pairs of examples.
    #expect(
      try !isApart([nil, 6]) { b, x in
        b.node("MatMul", x, b.node("Transpose", x, attributes: ["perm": .ints([1, 0])]))
      })
    // The examples in reverse.
    #expect(
      try !isApart([nil, 6]) { b, x in
        b.node("Gather", x, b.constant("i", Tensor([3, 2, 1, 0])), attributes: ["axis": .int(0)])
      })
    // A constant of its own for each example.
    #expect(try !isApart([nil, 6]) { b, x in b.node("Add", x, b.constant("c", [4, 6])) })
    // Sequences first: examples lie along the second axis.
    #expect(
      try !isApart([nil, 6, 3]) { b, x in
        b.node("Relu", b.node("Transpose", x, attributes: ["perm": .ints([1, 0, 2])]))
      })
  }
}
