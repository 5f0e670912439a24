import Graph
import TestSupport
import Testing

/// What is decided for good when a network is bound, and what another size could decide otherwise.
@Suite struct OpenDecisionTests {
  /// A network of `[N, 4, H, W]` that decides between two functions; `nil` where the file leaves an extent open.
  private func network(
    _ shape: [Int?], _ condition: (inout NetworkBuilder, ValueID) -> ValueID
  ) -> (network: Network, input: ValueID) {
    var builder = NetworkBuilder()
    let x = builder.input("x", shape)
    let holds = condition(&builder, x)
    let result = builder.decision(holds, reading: [x]) { inner, around in
      inner.node("Add", around[0], inner.constant("own", Tensor([Float(2)], shape: [1])))
    } otherwise: { inner, around in
      inner.node("Neg", around[0])
    }
    builder.output(builder.node("Relu", result))
    var network = builder.network
    let symbols = ["n", "c", "h", "w"]
    network.declare(
      DeclaredType(
        elementType: .float32,
        dimensions: shape.enumerated().map { axis, extent in
          extent.map(Dimension.fixed) ?? .symbolic(symbols[axis])
        }), for: x)
    return (network, x)
  }

  private func isOpen(_ shape: [Int?], axis: Int, limit: Int = 1_000_000) throws -> Bool {
    let (network, x) = network(shape) { builder, x in builder.extent(axis, of: x, isAbove: limit) }
    let bound = try BoundNetwork(network, inputShapes: [x: [1, 4, 6, 6]])
    #expect(bound.failures.isEmpty)
    #expect(bound.network.nodes.allSatisfy { $0.qualifiedOp != "If" })
    return bound.network.nodes.contains(where: \.isOpenDecision)
  }

  @Test func anExtentThatTheFileLeavesOpenDecidesNothingForGood() throws {
    // The limit is far from any size that could be tried.
    #expect(try isOpen([nil, 4, 6, 6], axis: 0))
    #expect(try isOpen([nil, 4, nil, 6], axis: 2))
    #expect(try isOpen([1, 4, 6, nil], axis: 3))
  }

  @Test func whatTheFileFixesIsDecidedForGood() throws {
    #expect(try !isOpen([1, 4, 6, 6], axis: 2))
    // The same list of extents holds open ones; the one that is asked for is none.
    #expect(try !isOpen([nil, 4, nil, nil], axis: 1))
    #expect(try !isOpen([nil, 4, 6, nil], axis: 2, limit: 3))
  }

  @Test func arithmeticOnOpenExtentsStaysOpen() throws {
    let (network, x) = network([1, 4, nil, nil]) { builder, x in
      let extents = builder.node("Shape", x)
      let half = builder.node("Div", extents, builder.constant("two", Tensor([2])))
      let parts = builder.nodes(
        "Split", [half, builder.constant("parts", Tensor([2, 2]))], ["axis": .int(0)], outputs: 2)
      let largest = builder.node("ReduceMax", parts[1], attributes: ["keepdims": .int(0)])
      return builder.node("Greater", largest, builder.constant("limit", Tensor([4000], shape: [])))
    }
    let bound = try BoundNetwork(network, inputShapes: [x: [1, 4, 6, 6]])
    #expect(bound.network.nodes.contains { $0.isOpenDecision })
  }

  @Test func onlyTheBranchThatIsTakenIsComputed() throws {
    let (network, x) = network([1, 4, nil, 1]) { builder, x in builder.extent(2, of: x, isAbove: 1) }
    let opened = try BoundNetwork(network, inputShapes: [x: [1, 4, 2, 1]]).network
    for (extent, op) in [(2, "Add"), (1, "Neg")] {
      let bound = try BoundNetwork(opened, inputShapes: [x: [1, 4, extent, 1]])
      let steps = bound.steps.map { bound.network.nodes[$0] }
      #expect(steps.map(\.op) == [op, "If", "Relu"])
      let numbers = (0..<4 * extent).map { Double($0) - 2 }
      let result = try ReferenceEvaluator(bound).run([x: numbers])[bound.network.outputs[0]]
      #expect(result?.doubles == numbers.map { max(0, op == "Add" ? $0 + 2 : -$0) })
    }
  }

  @Test func aBranchMayMakeNoSenseAtSizesThatDoNotTakeIt() throws {
    var builder = NetworkBuilder()
    let x = builder.input("x", [1, 2, nil])
    let isLong = builder.extent(2, of: x, isAbove: 3)
    let result = builder.decision(isLong, reading: [x]) { inner, around in
      inner.node("MaxPool", around[0], attributes: ["kernel_shape": .ints([4])])
    } otherwise: { inner, around in
      inner.node("Identity", around[0])
    }
    builder.output(result)
    let bound = try BoundNetwork(builder.network, inputShapes: [x: [1, 2, 2]])
    #expect(bound.failures.isEmpty)
    #expect(bound.shape(of: bound.network.outputs[0]) == [1, 2, 2])
    #expect(bound.idle.count == 1)
  }

  @Test func closingGivesTheIfAsItWas() throws {
    let (network, x) = network([1, 4, nil, nil]) { builder, x in builder.extent(2, of: x, isAbove: 4) }
    let opened = try BoundNetwork(network, inputShapes: [x: [1, 4, 6, 6]]).network
    #expect(opened.nodes.count == network.nodes.count + 2)
    let closed = opened.closingDecisions()
    #expect(closed.nodes == network.nodes)
    #expect(closed.constants == network.constants)
  }
}
