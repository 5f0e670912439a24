import Graph
import TestSupport
import Testing

@Suite struct BranchTakingTests {
  /// A branch that adds a constant of its own to a value from around and passes that value on beside it.
  private func branch(_ op: String, around: ValueID, nested: Bool = false) -> Subgraph {
    var network = Network(name: op, opsets: ["": 17])
    let inner = network.addValue("from around")
    let own = network.addConstant("own", Tensor([op == "Add" ? Float(2) : 3], shape: [1]))
    let made = network.addValue("made")
    network.nodes = [Node(id: NodeID(0), name: "combine", op: op, inputs: [inner, own], outputs: [made])]
    network.outputs = [made, inner]
    if nested {
      let condition = network.addConstant("always", Tensor(.bool, [1], shape: []))
      let deeper = branch("Sub", around: made)
      let results = [network.addValue("deep"), network.addValue("deep:1")]
      network.nodes.append(
        Node(
          id: NodeID(1), name: "again", op: "If", inputs: [condition], outputs: results,
          attributes: ["then_branch": .graph(deeper), "else_branch": .graph(deeper)]))
      network.outputs = results
    }
    return Subgraph(network: network, captures: [inner: around])
  }

  /// If the input has `extent` numbers then x + 2 else x · 3, and x itself.
  private func network(_ extent: Int?, nested: Bool = false) -> (Network, input: ValueID) {
    var builder = NetworkBuilder()
    let x = builder.input("x", [4])
    let condition: ValueID
    if let extent {
      condition = builder.node(
        "Equal", builder.node("Size", x), builder.constant("n", Tensor([extent], shape: [])))
    } else {
      condition = builder.input("condition", [], type: .bool)
    }
    let results = builder.nodes(
      "If", [condition],
      [
        "then_branch": .graph(branch("Add", around: x, nested: nested)),
        "else_branch": .graph(branch("Mul", around: x)),
      ], outputs: 2)
    for result in results { builder.output(builder.node("Relu", result)) }
    return (builder.network, x)
  }

  private func run(_ item: (Network, input: ValueID), _ numbers: [Double]) throws -> [[Double]] {
    let bound = try BoundNetwork(item.0)
    #expect(bound.failures.isEmpty)
    let values = try ReferenceEvaluator(bound).run([item.input: numbers])
    return bound.network.outputs.map { values[$0]?.doubles ?? [] }
  }

  @Test func shapesDecideWhichBranchStandsInTheGraph() throws {
    #expect(try run(network(4), [1, 2, 3, 4]) == [[3, 4, 5, 6], [1, 2, 3, 4]])
    #expect(try run(network(5), [1, 2, 3, 4]) == [[3, 6, 9, 12], [1, 2, 3, 4]])
    #expect(try BoundNetwork(network(4).0).network.nodes.allSatisfy { $0.op != "If" })
  }

  @Test func aBranchInABranch() throws {
    #expect(try run(network(4, nested: true), [1, 2, 3, 4]) == [[0, 1, 2, 3], [3, 4, 5, 6]])
  }

  @Test func namesAndNumbersStayUnique() throws {
    let network = try BoundNetwork(network(4, nested: true).0).network
    #expect(Set(network.nodes.map(\.id)).count == network.nodes.count)
    #expect(Set(network.nodes.map(\.name)).count == network.nodes.count)
    #expect(try BoundNetwork(network).network.nodes == network.nodes, "nothing is left to decide")
  }

  @Test func aBranchThatTheDataChooseIsNamedWithTheWayOut() throws {
    let bound = try BoundNetwork(network(nil).0)
    let error = try #require(bound.failures.first?.error)
    #expect(error == .dataDependentBranch(node: "If_0"))
    #expect(error.sentence.contains("If_0") && error.remedy.contains("Stop before it"))
    #expect(bound.network.nodes.contains { $0.op == "If" })
  }

  @Test func aMissingBranchIsAnInvalidNode() throws {
    var (network, _) = network(4)
    let index = try #require(network.nodes.firstIndex { $0.op == "If" })
    network.nodes[index].attributes["then_branch"] = nil
    #expect(throws: GraphError.self) { try BoundNetwork(network) }
  }
}
