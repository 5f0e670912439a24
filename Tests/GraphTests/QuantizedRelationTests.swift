import Graph
import Testing

@Suite struct QuantizedRelationTests {
  /// The axes that a product of integers says are the second matrix's columns.
  private func columns(_ op: String, zero: [Int]) throws -> [AxisReference] {
    let specs: [TensorSpec?] =
      op == "MatMulInteger"
      ? [
        TensorSpec(.uint8, [4, 3]), TensorSpec(.int8, [3, 5]), TensorSpec(.uint8, []),
        TensorSpec(.int8, zero),
      ]
      : [
        TensorSpec(.uint8, [4, 3]), TensorSpec(.float32, []), TensorSpec(.uint8, []),
        TensorSpec(.int8, [3, 5]),
        TensorSpec(.float32, zero), TensorSpec(.int8, zero), TensorSpec(.float32, []), TensorSpec(.uint8, []),
      ]
    let node = Node(id: NodeID(0), name: "product", op: op, inputs: specs.map { _ in nil }, outputs: [nil])
    let rule = try #require(OperatorTable.standard.rule(for: node))
    let call = OperatorCall(node: node, opset: 21, inputs: specs)
    let weight = AxisReference.input(op == "MatMulInteger" ? 1 : 3, axis: 1)
    return try rule.relations(call, outputs: rule.outputs(call)).flatMap { relation -> [AxisReference] in
      if case .same(let axes) = relation, axes.contains(weight) { return axes }
      return []
    }
  }

  @Test(arguments: [[5], [1, 5]])
  func zeroPointsOfColumnsGoWithTheirColumns(zero: [Int]) throws {
    let last = zero.count - 1
    #expect(try columns("MatMulInteger", zero: zero).contains(.input(3, axis: last)))
    let found = try columns("QLinearMatMul", zero: zero)
    #expect(found.contains(.input(4, axis: last)) && found.contains(.input(5, axis: last)))
  }

  @Test func oneZeroPointForAllGoesWithNone() throws {
    #expect(try !columns("MatMulInteger", zero: []).contains(.input(3, axis: 0)))
    #expect(try !columns("MatMulInteger", zero: [1]).contains(.input(3, axis: 0)))
  }
}
