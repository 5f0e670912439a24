import Graph
import TestSupport
import Testing

/// Which of the axes that a file leaves open are free is found by binding, an axis at a time.
@Suite struct OpenAxesTests {
  private func open(_ network: Network, _ shapes: [[Int]]) throws -> OpenAxes {
    let inputs = Dictionary(uniqueKeysWithValues: zip(network.inputs, shapes))
    return try BoundNetwork(network, inputShapes: inputs).openAxes()
  }

  private func names(_ axes: OpenAxes) -> [String] { axes.free.map(\.axis.name) }

  @Test func whatTheFileFixesIsNotOpen() throws {
    var b = NetworkBuilder()
    b.output(b.conv(b.input("x", [1, 3, 8, 8]), 3, 4, "c"))
    let open = try open(b.network, [])
    #expect(open.free.isEmpty && open.fixed.isEmpty && open.together == nil && open.bindings.isEmpty)
  }

  @Test func eachAxisIsTriedByItself() throws {
    // Pooling takes eight rows, and the reshape wants one to be left.
    var b = NetworkBuilder()
    let x = b.conv(b.input("x", [nil, 3, nil, nil]), 3, 4, "c")
    let pooled = b.node("AveragePool", x, attributes: ["kernel_shape": .ints([8, 1])])
    b.output(b.node("Reshape", pooled, b.constant("target", Tensor([0, 4, -1]))))
    b.output(b.node("Squeeze", pooled, b.constant("axes", Tensor([2]))))
    let open = try open(b.network, [[1, 3, 8, 20]])
    #expect(names(open) == ["batch", "axis 3 of x"])
    #expect(open.fixed.map(\.name) == ["axis 2 of x"])
    #expect(open.free[1].other.shape(of: b.network.inputs[0]) == [1, 3, 8, 40])
    #expect(open.together?.shape(of: b.network.inputs[0]) == [2, 3, 8, 40])
  }

  @Test func inputsOfOneBatchGrowTogether() throws {
    var b = NetworkBuilder()
    let (x, y) = (b.input("x", [nil, 3]), b.input("y", [nil, 4]))
    b.output(b.nodes("Concat", [x, y], ["axis": .int(1)], outputs: 1)[0])
    let open = try open(b.network, [[2, 3], [2, 4]])
    #expect(names(open) == ["batch"])
    #expect(open.fixed.isEmpty)
  }

  @Test func aNetworkMayTakeFewerOnly() throws {
    // Positions are learned for six at most.
    var b = NetworkBuilder()
    let x = b.input("x", [1, nil, 4])
    let length = b.node(
      "Slice", b.node("Shape", x), b.constant("one", Tensor([1])), b.constant("two", Tensor([2])))
    let positions = b.node("Slice", b.constant("table", [6, 4]), b.constant("from", Tensor([0])), length)
    b.output(b.node("Add", x, positions))
    let open = try open(b.network, [[1, 6, 4]])
    #expect(open.free.first?.other.shape(of: b.network.inputs[0]) == [1, 3, 4])
  }
}
