import Graph
import Pruning
import TestSupport
import Testing

/// An `If` that an open size decides stays, and both of its branches follow what goes.
@Suite struct OpenDecisionTests {
  /// Networks of `[N, 3, H, W]`, H above 4 or not; each with the layers that must lose kernels.
  static let networks: [(name: String, network: Network)] = [
    ("pooling in one branch", pooling()), ("other weights in each branch", convolving()),
    ("weights that others read", sharing()), ("a decision in a branch", nested()),
    ("layers within a branch", deep()), ("by the batch", byBatch()), ("no input of its own", constants()),
  ]

  @Test(arguments: networks.map(\.name))
  func prunedEqualsMaskedWhicheverBranchIsTaken(_ name: String) throws {
    let network = Self.networks.first { $0.name == name }!.network
    let sizes = [[1, 3, 4, 4], [1, 3, 6, 6], [3, 3, 4, 7], [2, 3, 8, 4]]
    for (seed, bound) in sizes.prefix(2).enumerated() {
      let opened = try BoundNetwork(network, inputShapes: [network.inputs[0]: bound]).network
      let pruned = try Pruned(opened, percent: 50, seed: UInt64(seed) + 3, shape: bound)
      #expect(!pruned.selection.isEmpty)
      #expect(pruned.network.nodes.contains { $0.isOpenDecision })
      for size in sizes {
        let (rewritten, masked) = try pruned.outputs(seed: 9, shape: size)
        #expect(largestDifference(rewritten, masked) < 1e-9, "\(name) bound to \(bound) at \(size)")
      }
      let closed = pruned.network.closingDecisions()
      #expect(!closed.nodes.contains { $0.isOpenDecision })
      // What is opened again is the same network.
      for size in sizes {
        let again = try BoundNetwork(closed, inputShapes: [network.inputs[0]: size])
        #expect(again.failures.isEmpty)
        let numbers = RandomNumbers.values(size.elementCount, seed: 9)
        let found = try ReferenceEvaluator(again).run([network.inputs[0]: numbers])
        let (rewritten, _) = try pruned.outputs(seed: 9, shape: size)
        #expect(largestDifference(network.outputs.map { found[$0]!.doubles }, rewritten) < 1e-9)
      }
    }
  }

  @Test func layersOfBothBranchesAreTied() throws {
    let network = Self.convolving()
    let groups = try ChannelGroups(BoundNetwork(network, inputShapes: [network.inputs[0]: [1, 3, 4, 4]]))
    let (then, other) = (try groups.requiredIndex(of: "wide"), try groups.requiredIndex(of: "narrow"))
    #expect(groups.layers[then].groups == groups.layers[other].groups)
    #expect(groups.layers[then].isPrunable)
    // One of them is computed, and both are in the file.
    #expect(groups.layers.map(\.layer.multiplyAccumulates).count { $0 == 0 } == 1)
    #expect(groups.layers[then].layer.parameters > 0 && groups.layers[other].layer.parameters > 0)
  }

  @Test func branchesThatDoNotGiveTheSameChannelsStayWholeAndSayWhy() throws {
    var b = NetworkBuilder()
    let x = b.input("x", [1, 3, nil, nil])
    let y = b.block(x, 3, 8, "first")
    let isTall = b.extent(2, of: x, isAbove: 4)
    let chosen = b.decision(isTall, reading: [y]) { inner, around in
      inner.conv(around[0], 8, 6, "six")
    } otherwise: { inner, around in
      inner.node(
        "Slice", around[0], inner.constant("0", Tensor([0])), inner.constant("5", Tensor([5])),
        inner.constant("1", Tensor([1])))
    }
    b.output(
      b.node(
        "GlobalAveragePool",
        b.conv(b.node("ReduceSum", chosen, b.constant("axis", Tensor([1]))), 1, 4, "last")))
    let groups = try ChannelGroups(BoundNetwork(b.network, inputShapes: [x: [1, 3, 6, 6]]))
    let six = groups.layers[try groups.requiredIndex(of: "six")]
    #expect(!six.isPrunable)
    #expect(six.reason?.sentence.contains("its branches give results of different sizes") == true)
    #expect(six.reason?.label == "If If_6")
  }

  @Test func whatABranchReadsThatIsNotFollowedStaysWholeAndSaysWhy() throws {
    var b = NetworkBuilder()
    let x = b.input("x", [1, 3, nil, nil])
    let y = b.block(x, 3, 8, "first")
    let isTall = b.extent(2, of: x, isAbove: 4)
    let chosen = b.decision(isTall, reading: [y]) { inner, around in
      inner.node("Relu", around[0])
    } otherwise: { inner, around in
      inner.node("Mystery", around[0])
    }
    b.head(b.block(chosen, 8, 6, "next"), 6)
    let bound = try BoundNetwork(b.network, inputShapes: [x: [1, 3, 6, 6]])
    #expect(bound.failures.isEmpty)
    let groups = try ChannelGroups(bound)
    let first = groups.layers[try groups.requiredIndex(of: "first")]
    #expect(!first.isPrunable)
    #expect(first.reason?.sentence.contains("Mystery") == true)
    #expect(groups.layers[try groups.requiredIndex(of: "next")].isPrunable)
  }

  // MARK: - Networks

  private static func pooling() -> Network {
    written { b, x in
      let y = b.block(x, 3, 8, "first")
      return b.decision(b.extent(2, of: y, isAbove: 4), reading: [y]) { inner, around in
        inner.node(
          "MaxPool", around[0], attributes: ["kernel_shape": .ints([2, 2]), "strides": .ints([2, 2])])
      } otherwise: { inner, around in
        inner.node("Identity", around[0])
      }
    }
  }

  private static func convolving() -> Network {
    written { b, x in
      let y = b.block(x, 3, 6, "first")
      return b.decision(b.extent(2, of: x, isAbove: 4), reading: [y]) { inner, around in
        inner.conv(around[0], 6, 8, "wide")
      } otherwise: { inner, around in
        inner.conv(around[0], 6, 8, "narrow", kernel: 1)
      }
    }
  }

  private static func sharing() -> Network {
    written { b, x in
      let y = b.block(x, 3, 8, "first")
      let weight = b.constant("shared", [8, 8, 3, 3])
      let pads: [String: Attribute] = ["pads": .ints([1, 1, 1, 1])]
      let before = b.node("Conv", y, weight, attributes: pads)
      let chosen = b.decision(b.extent(2, of: x, isAbove: 4), reading: [before, weight]) { inner, around in
        inner.node("Conv", around[0], around[1], attributes: pads)
      } otherwise: { inner, around in
        inner.node("Add", around[0], inner.constant("shift", [1, 8, 1, 1]))
      }
      return b.node("Add", chosen, y)
    }
  }

  private static func nested() -> Network {
    written { b, x in
      let y = b.block(x, 3, 8, "first")
      let isTall = b.extent(2, of: x, isAbove: 4)
      let isWide = b.extent(3, of: x, isAbove: 5)
      return b.decision(isTall, reading: [y, isWide]) { inner, around in
        let made = inner.conv(around[0], 8, 8, "outer")
        return inner.decision(around[1], reading: [made, around[0]]) { deeper, around in
          deeper.node("Add", deeper.conv(around[0], 8, 8, "deeper"), around[1])
        } otherwise: { deeper, around in
          deeper.node("Relu", around[0])
        }
      } otherwise: { inner, around in
        // A question that the file answers.
        let always = inner.constant("always", Tensor(.bool, [1], shape: []))
        return inner.decision(always, reading: around) { deeper, around in
          deeper.node("Sigmoid", around[0])
        } otherwise: { deeper, around in
          deeper.node("Neg", around[0])
        }
      }
    }
  }

  private static func deep() -> Network {
    written { b, x in
      let y = b.block(x, 3, 6, "first")
      return b.decision(b.extent(2, of: x, isAbove: 4), reading: [y]) { inner, around in
        inner.block(inner.block(around[0], 6, 10, "one"), 10, 8, "two")
      } otherwise: { inner, around in
        let halves = inner.nodes(
          "Split", [inner.conv(around[0], 6, 16, "both")], ["axis": .int(1)], outputs: 2)
        return inner.node("Add", halves[0], halves[1])
      }
    }
  }

  private static func byBatch() -> Network {
    written { b, x in
      let y = b.block(x, 3, 6, "first")
      return b.decision(b.extent(0, of: x, isAbove: 1), reading: [y]) { inner, around in
        inner.conv(around[0], 6, 8, "several")
      } otherwise: { inner, around in
        inner.conv(around[0], 6, 8, "single")
      }
    }
  }

  private static func constants() -> Network {
    written { b, x in
      let y = b.block(x, 3, 8, "first")
      let weight = b.decision(b.extent(2, of: x, isAbove: 4), reading: []) { inner, _ in
        inner.constant("tall", [8, 8, 3, 3])
      } otherwise: { inner, _ in
        inner.constant("low", [8, 8, 3, 3])
      }
      return b.node("Conv", y, weight, attributes: ["pads": .ints([1, 1, 1, 1])])
    }
  }

  /// A network of `[N, 3, H, W]` with a layer and a head behind what is made of the input.
  private static func written(_ make: (inout NetworkBuilder, ValueID) -> ValueID) -> Network {
    var b = NetworkBuilder()
    let x = b.input("x", [nil, 3, nil, nil])
    let y = make(&b, x)
    b.head(b.block(y, 8, 6, "next"), 6)
    var network = b.network
    network.declare(
      DeclaredType(
        elementType: .float32,
        dimensions: [.symbolic("n"), .fixed(3), .symbolic("h"), .symbolic("w")]), for: x)
    return network
  }
}

extension RandomNumbers {
  fileprivate static func values(_ count: Int, seed: UInt64) -> [Double] {
    var numbers = RandomNumbers(seed: seed)
    return numbers.numbers(count).map(Double.init)
  }
}
