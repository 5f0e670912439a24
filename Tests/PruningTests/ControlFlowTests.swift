import Graph
import Pruning
import TestSupport
import Testing

/// What a body reads from around it stays whole, whatever is pruned beside it.
@Suite struct ControlFlowTests {
  /// How a network reads a value from within a body that only the data decide about.
  enum Body: CaseIterable {
    case branch, loop, several

    /// A node that has the body, capturing `outer`; its output.
    func add(capturing outer: ValueID, decidedBy condition: ValueID, to b: inout NetworkBuilder) -> ValueID {
      func body(_ name: String) -> Subgraph {
        var body = Network(name: name, opsets: ["": 17])
        let (inner, made) = (body.addValue("inner"), body.addValue("made"))
        body.nodes = [Node(id: NodeID(0), name: name, op: "Neg", inputs: [inner], outputs: [made])]
        body.outputs = [made]
        return Subgraph(network: body, captures: [inner: outer])
      }
      switch self {
      case .branch:
        return b.nodes(
          "If", [condition], ["then_branch": .graph(body("yes")), "else_branch": .graph(body("no"))],
          outputs: 1)[0]
      case .loop:
        let count = b.node("Cast", condition, attributes: ["to": .int(7)])
        return b.nodes("Loop", [count, nil], ["body": .graph(body("again"))], outputs: 1)[0]
      case .several:
        return b.nodes("Choose", [condition], ["bodies": .graphs([body("one"), body("two")])], outputs: 1)[0]
      }
    }
  }

  /// A convolution whose `captured` constant or output a body reads too, and one behind it.
  private func network(_ body: Body, capturesBias: Bool) -> (network: Network, bias: ValueID) {
    var b = NetworkBuilder()
    let x = b.input("x", [1, 3, 4, 4])
    let bias = b.constant("shared", [8])
    let first = b.conv(x, 3, 8, "c1", bias: bias)
    let sum = b.node(
      "ReduceSum", x, b.constant("axes", Tensor([0, 1, 2, 3])), attributes: ["keepdims": .int(0)])
    let condition = b.node("Greater", sum, b.constant("zero", Tensor([Float(0)], shape: [])))
    b.output(body.add(capturing: capturesBias ? bias : first, decidedBy: condition, to: &b))
    b.output(b.conv(b.node("Relu", first), 8, 5, "c2"))
    return (b.network, bias)
  }

  @Test(arguments: Body.allCases)
  func whatABodyReadsCannotGo(body: Body) throws {
    let bound = try BoundNetwork(network(body, capturesBias: false).network)
    let groups = try ChannelGroups(bound)
    let layer = groups.layers[try #require(groups.index(of: "c1"))]
    #expect(!layer.isPrunable)
    #expect(layer.reason?.sentence.contains("its body reads them") == true)
  }

  /// A vector that two nodes read may be pruned for one of them; the body's is the one that was there.
  @Test(arguments: Body.allCases)
  func aConstantThatABodyReadsStaysWhole(body: Body) throws {
    let (network, bias) = network(body, capturesBias: true)
    let bound = try BoundNetwork(network)
    let groups = try ChannelGroups(bound)
    let selection = try Selection(keeping: ["c1": [0, 2, 4, 6]], groups: groups)
    let pruned = try network.removing(selection, groups: groups, bound: bound)
    #expect(pruned.constants[bias] == network.constants[bias])
    let reader = try #require(pruned.nodes.last { !$0.subgraphs.isEmpty })
    #expect(reader.subgraphs.allSatisfy { Array($0.captures.values) == [bias] })
    let conv = try #require(pruned.nodes.first { $0.op == "Conv" })
    let own = try #require(conv.inputs[2].flatMap { pruned.constants[$0] })
    #expect(own.shape == [4])
    let whole = try #require(network.constants[bias]).doubles
    #expect(own.doubles == [0, 2, 4, 6].map { whole[$0] })
  }
}
