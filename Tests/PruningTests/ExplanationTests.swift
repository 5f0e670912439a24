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
        let frozen = groups.frozenKernels(of: groups.place(of: layer.layer.name)!)
        for kernel in 0..<layer.layer.kernels {
          let sentences = try groups.explain(kernel: kernel, of: layer.layer.name)
          let isFree = layer.isPrunable && groups.atoms[layer.atoms[kernel]].pin == nil
          #expect(sentences[0].contains("cannot go") == !isFree, "\(name)")
          #expect(isFree || sentences.count > 1, "\(name): a reason follows")
          let isFrozen = groups.atoms[layer.atoms[kernel]].pin != nil
          #expect(frozen.contains { $0.kernels.contains(kernel) } == isFrozen, "\(name)")
        }
        for kernels in frozen {
          #expect(!kernels.reason.sentence.isEmpty)
          #expect(kernels.reason.chain.first != nil || kernels.reason.label == "input", "\(name)")
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

  @Test func slicesOfGroupsAreThoseOfTheirAtoms() throws {
    for (name, network) in try ScoredNetwork.all() {
      let groups = network.groups
      let byAtom = groups.weightSlices()
      for (group, slices) in zip(groups.groups, groups.weightSlicesOfGroups()) {
        var expected: [String: Set<Int>] = [:]
        for slice in group.atoms.flatMap({ byAtom[$0] }) {
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
