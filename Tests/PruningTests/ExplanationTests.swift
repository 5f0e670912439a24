import Graph
import Pruning
import TestSupport
import Testing

@Suite struct ExplanationTests {
  @Test func aKernelNamesWhatGoesWithIt() throws {
    let groups = try ScoredNetwork(NetworkFixtures.residual()).groups
    let sentences = try groups.explain(kernel: 3, of: "stem")
    #expect(sentences[0] == "Kernel 3 of stem can go, in group A.")
    #expect(sentences[1] == "With it go kernel 3 of outer.")
    #expect(throws: PruningError.noSuchKernel(layer: "stem", kernel: 8, kernels: 8)) {
      try groups.explain(kernel: 8, of: "stem")
    }
    #expect(try groups.explain(kernel: 0, of: "head")[0] == "Kernel 0 of head cannot go.")
  }

  @Test func everyKernelOfEveryNetworkIsExplained() throws {
    for (name, network) in try ScoredNetwork.all() {
      let groups = network.groups
      for layer in groups.layers {
        let frozen = groups.frozenKernels(of: groups.index(of: layer.layer.name)!)
        for kernel in 0..<layer.layer.kernels {
          let sentences = try groups.explain(kernel: kernel, of: layer.layer.name)
          let isFree = layer.isPrunable && groups.units[layer.units[kernel]].freezeReason == nil
          #expect(sentences[0].contains("cannot go") == !isFree, "\(name)")
          #expect(isFree || sentences.count > 1, "\(name): a reason follows")
          let isFrozen = groups.units[layer.units[kernel]].freezeReason != nil
          #expect(frozen.contains { $0.kernels.contains(kernel) } == isFrozen, "\(name)")
        }
        for kernels in frozen {
          #expect(!kernels.reason.sentence.isEmpty)
          #expect(kernels.reason.chain.first != nil || kernels.reason.label == "input", "\(name)")
        }
      }
    }
  }

  /// The heads of a detector: boxes and classes of two scales, tied each to its own kind by what joins them. Whichever
  /// layer is asked about, the way begins at its own kernels.
  private static func detector() -> Network {
    var b = NetworkBuilder()
    let x = b.input("x", [1, 3, 8, 8])
    let fine = b.block(x, 3, 6, "fine")
    let coarse = b.node(
      "MaxPool", b.block(fine, 6, 8, "coarse"),
      attributes: ["kernel_shape": .ints([2, 2]), "strides": .ints([2, 2])])
    var parts: [ValueID] = []
    for (scale, (features, channels, indices)) in [(fine, 6, 64), (coarse, 8, 16)].enumerated() {
      let boxes = b.conv(b.block(features, channels, 5, "box\(scale).0"), 5, 4, "box\(scale).1", kernel: 1)
      let classes = b.conv(
        b.block(features, channels, 7, "class\(scale).0"), 7, 3, "class\(scale).1", kernel: 1)
      let both = b.node("Concat", boxes, classes, attributes: ["axis": .int(1)])
      parts.append(b.node("Reshape", both, b.constant("shape\(scale)", Tensor([1, 7, indices]))))
    }
    let all = b.node("Concat", parts[0], parts[1], attributes: ["axis": .int(2)])
    let pieces = b.nodes(
      "Split", [all, b.constant("pieces", Tensor([4, 3]))], ["axis": .int(1)], outputs: 2)
    b.output(b.node("Mul", pieces[0], pieces[0]))
    b.output(b.node("Sigmoid", pieces[1]))
    return b.network
  }

  @Test func theWayBeginsAtTheLayerThatIsAskedAbout() throws {
    let network = Self.detector()
    let groups = try ChannelGroups(BoundNetwork(network))
    for kind in ["box", "class"] {
      let tied = try ["\(kind)0.1", "\(kind)1.1"].map { try groups.requiredIndex(of: $0) }
      #expect(groups.layers[tied[0]].units == groups.layers[tied[1]].units, "the scales are tied")
      for index in tied {
        let coupled = groups.layers[index]
        #expect(!coupled.isPrunable && coupled.frozen.count == 1)
        let own = try #require(network.nodes.first { $0.id == coupled.layer.node }).name
        for frozen in groups.frozenKernels(of: index) { #expect(frozen.reason.chain.first == own) }
        #expect(coupled.reason == coupled.frozen.first?.reason)
        let sentences = try groups.explain(kernel: 1, of: coupled.layer.name)
        #expect(sentences.last == coupled.reason?.sentence)
      }
    }
    // And so of every layer of every network.
    for (name, network) in try ScoredNetwork.all() {
      for coupled in network.groups.layers {
        let own = network.bound.network.nodes.first { $0.id == coupled.layer.node }?.name
        for frozen in coupled.frozen where !frozen.reason.chain.isEmpty {
          #expect(frozen.reason.chain.first == own, "\(name): \(coupled.layer.name)")
        }
      }
    }
  }

  @Test func settingsAreExplainedToo() throws {
    let groups = try ScoredNetwork(NetworkFixtures.residual()).groups
    var settings = PruningSettings()
    settings.protected = ["outer"]
    #expect(
      try groups.explain("stem", settings: settings)
        .contains("outer, to which it is tied, is protected: what they share stays."))
    settings.protected = []
    settings.pinned = ["inner": [0, 1]]
    settings.maximumRatio = 0.5
    let sentences = try groups.explain("inner", settings: settings)
    #expect(sentences.contains("Kernels 0-1 stay: they are pinned by hand."))
    #expect(sentences.contains("At least 3 of them stay, by the settings."))
  }

  /// What an operator reads alone must not become empty, and that is told.
  @Test func aPartThatMustNotBeEmptyIsNamed() throws {
    let groups = try ScoredNetwork(NetworkFixtures.split()).groups
    #expect(try groups.explain("stem").contains { $0.contains("at least one stays") })
  }

  @Test func slicesOfGroupsAreThoseOfTheirUnits() throws {
    for (name, network) in try ScoredNetwork.all() {
      let groups = network.groups
      let byUnit = groups.weightSlices()
      for (group, slices) in zip(groups.groups, groups.weightSlicesOfGroups()) {
        var expected: [String: Set<Int>] = [:]
        for slice in group.units.flatMap({ byUnit[$0] }) {
          expected["\(slice.constant.index) \(slice.axis) \(slice.reader?.number ?? -1)", default: []]
            .formUnion(slice.indices)
        }
        var found: [String: Set<Int>] = [:]
        for slice in slices {
          #expect(slice.indices == slice.indices.sorted())
          found["\(slice.constant.index) \(slice.axis) \(slice.reader?.number ?? -1)", default: []]
            .formUnion(slice.indices)
        }
        #expect(found == expected, "\(name)")
      }
    }
  }
}
