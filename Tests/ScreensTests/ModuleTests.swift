import Graph
import Pruning
import ScreenSamples
import Screens
import TerminalUI
import Testing

/// Layers folded by the modules that they stand in.
@Suite struct ModuleTests {
  @Test func modulesAreReadOffNames() {
    let tree = ModuleTree([
      "conv1", "layer1.0.conv1", "layer1.0.conv2", "layer1.1.conv1", "layer2.0.conv1", "layer2.0.conv2", "fc",
    ])
    #expect(tree.modules.map(\.name) == ["layer1", "layer1.0", "layer2.0"])
    #expect(tree.modules.map(\.layers) == [[1, 2, 3], [1, 2], [4, 5]])
    #expect(tree.modules.map(\.depth) == [0, 1, 0])
    #expect(tree.module(of: 3) == 0 && tree.module(of: 1) == 1 && tree.module(of: 0) == nil)
    let keras = ModuleTree([
      "Conv1", "block_1_expand", "block_1_project", "block_2_expand", "block_2_project", "block_10_expand",
      "block_10_project",
    ])
    #expect(keras.modules.map(\.name) == ["block_1", "block_2", "block_10"])
    let mxnet = ModuleTree([
      "conv0", "stage1_unit1_conv1", "stage1_unit1_conv2", "stage1_unit2_conv1", "stage2_unit1_conv1",
    ])
    #expect(mxnet.modules.map(\.name) == ["stage1", "stage1_unit1"])
    #expect(ModuleTree(["a.b", "a.c"]).modules.isEmpty, "a module of all layers tells nothing")
    #expect(ModuleTree([]).modules.isEmpty && ModuleTree(["", ".", "..", "::"]).modules.isEmpty)
  }

  /// In every network of the practice set each layer stands in exactly the modules that its name says.
  @Test func everyLayerIsShownOnceWhateverIsClosed() {
    for (name, layers) in LayerLabelsTests.networks {
      let tree = ModuleTree(layers)
      for (module, value) in tree.modules.enumerated() {
        #expect(value.layers.count > 1 && value.layers.count < layers.count, "\(name) \(value.name)")
        #expect(value.layers.allSatisfy { layers[$0].hasPrefix(value.name) })
        if let parent = value.parent {
          #expect(parent < module && Set(value.layers).isStrictSubset(of: tree.modules[parent].layers))
        }
      }
    }
  }

  private func names(_ store: TestStore) -> [String] {
    store.state.layers.rows.map { row in
      switch row {
      case .layer(let layer): store.state.coupledLayers[layer].layer.name
      case .module(let module): store.state.layers.modules.modules[module].name + "/"
      }
    }
  }

  @Test func aModuleClosesAndOpens() throws {
    var store = try TestStore(Sample.resNet18())
    let flat = names(store)
    try store.press("jo")
    #expect(names(store).prefix(4) == ["conv1", "layer1/", "layer1.0/", "layer1.1/"])
    #expect(
      store.state.layers.selectedModule.map { store.state.layers.modules.modules[$0].name } == "layer1.0")
    // The arrow to the right opens it, the one to the left closes it, and then goes to the module around it.
    try store.press("l")
    #expect(names(store).contains("layer1.0.conv2"))
    try store.press("hh")
    #expect(!names(store).contains("layer1.0.conv2"))
    #expect(store.state.layers.selectedModule.map { store.state.layers.modules.modules[$0].name } == "layer1")
    try store.press("<enter>")
    #expect(names(store).prefix(3) == ["conv1", "layer1/", "layer2/"])
    // O: all open, layers alone, outermost modules alone.
    try store.press("O")
    #expect(Set(names(store)).isSuperset(of: flat))
    try store.press("O")
    #expect(names(store) == flat)
    try store.press("O")
    #expect(names(store) == ["conv1", "layer1/", "layer2/", "layer3/", "layer4/", "fc"])
  }

  /// A module that holds most of the network is not what one wants to see alone.
  @Test func whatHoldsMostStaysOpen() throws {
    var store = TestStore(
      try SampleSnapshots.snapshot(of: NetworkSketch.resNet(divisor: 8, blocks: [5, 1, 1], side: 64)))
    try store.press("O")
    let shown = names(store)
    #expect(Set(shown).isSuperset(of: ["layer1/", "layer1.0/", "layer2.0/"]), "\(shown)")
    #expect(!shown.contains("layer1.0.conv1") && !shown.contains("layer2.0.conv1"))
  }

  @Test func percentagesProtectionAndMarksActOnAModuleAsOnALayer() throws {
    var store = try TestStore(Sample.resNet18())
    try store.press("Ojjj]]]")
    store.state.decide()
    let changed = store.state.settings.amounts.filter { $0.value == .percent(30) }.keys
    let inside = Set(
      store.state.layers.modules.modules.first { $0.name == "layer3" }!.layers.map {
        store.state.coupledLayers[$0].layer.name
      })
    #expect(Set(changed).isSuperset(of: inside))
    #expect(store.state.status?.text.contains("layer3 (") == true)
    try store.press("z")
    #expect(store.state.settings.amounts.values.allSatisfy { $0 == .percent(20) }, "one key is one step")
    try store.press("p")
    #expect(store.state.settings.protected == inside)
    #expect(store.frame().lines.contains { $0.contains("▸ layer3") && $0.contains("keep") })
    try store.press("x")
    #expect(Set(store.state.layers.marked.map { store.state.coupledLayers[$0].layer.name }) == inside)
    try store.press("kx")
    #expect(store.state.layers.marked.isEmpty)
  }

  @Test func rowsAreSortedAmongTheirNeighbours() throws {
    var store = try TestStore(Sample.resNet18())
    try store.press("Osk")
    #expect(names(store).prefix(3) == ["layer4/", "layer3/", "fc"] || names(store).first == "layer4/")
    #expect(Set(names(store)) == ["conv1", "layer1/", "layer2/", "layer3/", "layer4/", "fc"])
    // A filter opens what fits, and the cursor finds a closed module by what is in it.
    try store.press("flayer2.1<enter>")
    #expect(
      names(store) == ["layer2/", "layer2.1/", "layer2.1.conv1", "layer2.1.conv2"]
        || names(store).last == "layer2.1.conv1")
    try store.press("<escape>/layer3.1.conv2<enter>")
    #expect(store.state.layers.selectedModule.map { store.state.layers.modules.modules[$0].name } == "layer3")
  }

  @Test(arguments: [(80, 24), (140, 40), (200, 60)]) func frames(width: Int, height: Int) throws {
    let snapshot = SampleSnapshots.scoring(try Sample.resNet18(), examples: 37, version: 2)
    var store = TestStore(snapshot, width: width, height: height)
    try store.press("Ojjj]]]<enter>j<enter>jj+")
    Frames.expect(store.frame(), "modules-\(width)x\(height)")
  }
}
