import Graph
import TestSupport
import Testing

@Suite struct DataShapedTests {
  private func evaluate(
    _ op: String, _ inputs: [Tensor?], _ attributes: [String: Attribute] = [:]
  ) throws -> Tensor? {
    let node = Node(
      id: NodeID(0), name: "node", op: op, inputs: inputs.indices.map { _ in nil }, outputs: [nil],
      attributes: attributes)
    let call = OperatorCall(
      node: node, opset: 11,
      inputs: inputs.map { tensor in
        tensor.map { TensorSpec($0.elementType, $0.shape, constant: $0) }
      })
    return try OperatorTable.standard.rule(for: node)?.evaluate(call)?.first
  }

  /// Two boxes that overlap by 0.6 of their union, one by itself, and one of no area.
  private let boxes = Tensor(
    [0, 0, 1, 1, 0, 0.25, 1, 1.25, 4, 4, 5, 5, 2, 2, 2, 2].map { Float($0) }, shape: [1, 4, 4])

  private func chosen(
    _ scores: [Float], limit: Int = 10, overlap: Float = 0.5, threshold: Float? = nil,
    boxes: Tensor? = nil, _ attributes: [String: Attribute] = [:]
  ) throws -> [Int]? {
    try evaluate(
      "NonMaxSuppression",
      [
        boxes ?? self.boxes, Tensor(scores, shape: [1, 1, 4]), Tensor([limit]), Tensor([overlap], shape: [1]),
        threshold.map { Tensor([$0], shape: [1]) },
      ], attributes
    ).map { rows in stride(from: 2, to: rows.elementCount, by: 3).map { rows.integers[$0] } }
  }

  @Test func overlappingBoxesLoseToTheHigherScore() throws {
    #expect(try chosen([0.5, 0.9, 0.7, 0.1]) == [1, 2, 3])
    #expect(try chosen([0.5, 0.9, 0.7, 0.1], overlap: 0.7) == [1, 2, 0, 3])
    #expect(try chosen([0.5, 0.9, 0.7, 0.1], threshold: 0.5) == [1, 2])
    #expect(try chosen([0.5, 0.9, 0.7, 0.1], limit: 2) == [1, 2])
    #expect(try chosen([0.5, 0.9, 0.7, 0.1], limit: 0) == [])
    #expect(try chosen([0.5, 0.5, 0.5, 0.5], overlap: 1) == [0, 1, 2, 3])
    #expect(try chosen([.nan, 0.5, .nan, .nan]) == [1])
  }

  @Test func cornersComeInAnyOrderAndCentresAreUnderstood() throws {
    let flipped = Tensor(
      [1, 1, 0, 0, 1, 0.25, 0, 1.25, 5, 4, 4, 5, 2, 2, 2, 2].map { Float($0) }, shape: [1, 4, 4])
    #expect(try chosen([0.5, 0.9, 0.7, 0.1], boxes: flipped) == [1, 2, 3])
    let centred = Tensor(
      [0.5, 0.5, 1, 1, 0.75, 0.5, 1, 1, 4.5, 4.5, 1, 1, 2, 2, 0, 0].map { Float($0) }, shape: [1, 4, 4])
    #expect(
      try chosen([0.5, 0.9, 0.7, 0.1], boxes: centred, ["center_point_box": .int(1)]) == [1, 2, 3])
  }

  @Test func scoresOfAnotherShapeAreRefused() {
    #expect(throws: GraphError.self) {
      try evaluate(
        "NonMaxSuppression", [boxes, Tensor([Float](repeating: 1, count: 5), shape: [1, 1, 5]), Tensor([1])])
    }
  }

  @Test func placesOfWhatIsNotZero() throws {
    let indices = try evaluate("NonZero", [Tensor([Float(0), 2, 0, -1, 0, 3], shape: [2, 3])])
    #expect(indices?.shape == [2, 3])
    #expect(indices?.integers == [0, 1, 1, 1, 0, 2])
  }

  @Test func linesForWhichAConditionHolds() throws {
    let data = Tensor([1, 2, 3, 4, 5, 6], shape: [3, 2])
    let condition = Tensor(.bool, [0, 1, 1], shape: [3])
    #expect(try evaluate("Compress", [data, condition], ["axis": .int(0)])?.integers == [3, 4, 5, 6])
    #expect(try evaluate("Compress", [data, condition])?.integers == [2, 3])
    #expect(throws: GraphError.self) {
      try evaluate("Compress", [data, Tensor(.bool, [1, 1, 1], shape: [3])], ["axis": .int(1)])
    }
  }

  @Test func theBorderNamesWhatStandsBeforeTheNodeAndTheNodeItself() throws {
    var builder = NetworkBuilder()
    let x = builder.input("x", [1, 1, 4])
    let boxes = builder.node("Relu", builder.input("b", [1, 4, 4]))
    let rows = builder.node("NonMaxSuppression", boxes, x, builder.constant("limit", Tensor([3])))
    builder.output(builder.node("Cast", rows, attributes: ["to": .int(1)]))
    builder.output(boxes)
    let bound = try BoundNetwork(builder.network)
    #expect(bound.border.causes == [1])
    #expect(bound.border.behind == [1, 2])
    #expect(Set(bound.border.values).isSuperset(of: [x, boxes]))
    #expect(!bound.border.values.contains(rows))
    let failure = try #require(bound.failures.first)
    #expect(failure.error.sentence.contains("NonMaxSuppression_1"))
    #expect(failure.error.remedy.contains("Stop before it"))
  }
}
