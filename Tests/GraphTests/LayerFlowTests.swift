import Graph
import TestSupport
import Testing

/// Which layers feed which.
@Suite struct LayerFlowTests {
  private func flow(_ build: (inout NetworkBuilder, ValueID) -> Void) throws -> (LayerFlow, [String]) {
    var builder = NetworkBuilder()
    let x = builder.input("x", [1, 4, 8, 8])
    build(&builder, x)
    let bound = try BoundNetwork(builder.network)
    let layers = NetworkSummary(bound).layers
    return (LayerFlow(bound, layers: layers), layers.map(\.name))
  }

  @Test func aChainHasNoJoins() throws {
    let (flow, names) = try flow { builder, x in
      builder.head(builder.block(builder.block(x, 4, 8, "a"), 8, 6, "b"), 6)
    }
    #expect(names == ["a", "b", "head"])
    #expect(flow.joins.isEmpty)
    #expect(flow.source(ofLayer: 0) == .input(0))
    #expect(flow.source(ofLayer: 1) == .layer(0))
    #expect(flow.source(ofLayer: 2) == .layer(1))
    #expect(flow.readers(of: .layer(1)) == [.layer(2)])
    #expect(flow.runs() == [0..<3])
  }

  @Test func shortcutsJoinWhatTheyGoAround() throws {
    var sum: ValueID?
    let (flow, _) = try flow { builder, x in
      let a = builder.block(x, 4, 8, "a")
      let b = builder.block(a, 8, 8, "b")
      let c = builder.conv(b, 8, 8, "c")
      sum = builder.node("Add", c, a)
      builder.head(builder.node("Relu", sum), 8)
    }
    #expect(flow.joins.count == 1)
    #expect(flow.joins[0].sources == [.layer(0), .layer(2)])
    #expect(flow.joins[0].output == sum && flow.joins[0].completer == 2)
    #expect(flow.source(ofLayer: 3) == .join(0))
    #expect(flow.readers(of: .layer(0)) == [.layer(1), .join(0)])
    #expect(flow.nodes(behind: .join(0)).count == 3, "Relu, pooling and Flatten")
    #expect(flow.trunk(behind: .join(0)) == flow.nodes(behind: .join(0)))
    #expect(flow.runs() == [0..<1, 1..<3, 3..<4])
  }

  /// Where ways part, what stands on one of them is not on all.
  @Test func aTrunkEndsWhereWaysPart() throws {
    let (flow, _) = try flow { builder, x in
      let a = builder.block(x, 4, 8, "a")
      let pooled = builder.node("Sigmoid", a)
      builder.head(builder.node("Add", builder.conv(a, 8, 8, "b"), builder.conv(pooled, 8, 8, "c")), 8)
    }
    #expect(flow.nodes(behind: .layer(0)).count == 3)
    #expect(flow.trunk(behind: .layer(0)).count == 2)
  }

  /// A gate of one layer's output, sizes that are read off data, and constants join nothing.
  @Test func whatReadsOneOutputTwiceJoinsNothing() throws {
    let (flow, _) = try flow { builder, x in
      let a = builder.conv(x, 4, 8, "a")
      let swish = builder.node("Mul", a, builder.node("Sigmoid", a))
      let shifted = builder.node("Add", swish, builder.constant("shift", [1, 8, 1, 1]))
      let other = builder.conv(x, 4, 8, "b")
      builder.head(builder.node("Reshape", shifted, builder.node("Shape", other)), 8)
    }
    #expect(flow.joins.isEmpty)
    #expect(flow.readers(of: .input(0)) == [.layer(0), .layer(1)])
    #expect(flow.readers(of: .layer(1)).isEmpty, "only its size is read")
  }

  /// Behind the last layer it only counts what comes together in an output.
  @Test func outputsJoinOnce() throws {
    let (flow, _) = try flow { builder, x in
      let a = builder.conv(x, 4, 8, "a")
      let b = builder.conv(a, 8, 8, "b")
      let c = builder.conv(a, 8, 8, "c")
      let d = builder.conv(a, 8, 8, "d")
      let sum = builder.node("Add", builder.node("Add", b, c), builder.node("Sigmoid", d))
      builder.output(builder.node("Relu", sum))
      builder.output(sum)
    }
    #expect(flow.joins.map(\.sources) == [[.layer(1), .layer(2), .layer(3)]])
    #expect(flow.source(ofLayer: 1) == .layer(0))
  }

  @Test func concatenationsJoinAllThatTheyHold() throws {
    let (flow, _) = try flow { builder, x in
      var features = [builder.conv(x, 4, 4, "stem")]
      for number in 0..<4 {
        let all =
          features.count == 1
          ? features[0]
          : builder.nodes("Concat", features.map { $0 }, ["axis": .int(1)], outputs: 1)[0]
        features.append(builder.conv(all, 4 * features.count, 4, "dense\(number)"))
      }
      builder.head(builder.nodes("Concat", features.map { $0 }, ["axis": .int(1)], outputs: 1)[0], 20)
    }
    #expect(flow.joins.map(\.sources.count) == [2, 3, 4, 5])
    #expect(flow.joins.map(\.completer) == [1, 2, 3, 4])
    #expect(flow.readers(of: .layer(0)).count == 5)
    #expect(flow.runs() == [0..<1, 1..<5, 5..<6])
  }
}
