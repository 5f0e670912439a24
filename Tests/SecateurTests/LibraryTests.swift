import Foundation
import Secateur
import TestSupport
import Testing

/// What a program has that imports the library and nothing else.
@Suite struct LibraryTests {
  private let samples = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "SampleModels")

  private func open(_ name: String = "reference") throws -> Workbench {
    try Workbench(opening: samples.appending(path: "\(name).onnx").path)
  }

  @Test func dataStandBesideTheModel() throws {
    let model = try open()
    var first = DatasetConfiguration()
    first.limit = 12
    #expect(try model.openData(first).count == 12)
    #expect(try model.openData().split == .train)
    let test = try model.openData(preferring: [.test])
    #expect(test.split == .test && test.count == 2000 && test.configuration.mean == [0.286])
    // Nothing is attached by it.
    #expect(model.dataset == nil && model.evaluationDataset == nil)
  }

  @Test func dataThatAreNotThereOrDoNotFitAreRefused() throws {
    let folder = try TemporaryFolder()
    let copy = folder.url.appending(path: "alone.onnx")
    try FileManager.default.copyItem(at: samples.appending(path: "reference.onnx"), to: copy)
    let model = try Workbench(opening: copy.path)
    let missing = #expect(throws: SessionError.self) { try model.openData() }
    guard case .noData = try #require(missing) else {
      Issue.record("\(String(describing: missing))")
      return
    }
    var archive = NumPyArchive()
    archive["x"] = try NumPyArray(shape: [2, 1, 9, 9], floats: [Float](repeating: 0, count: 162))
    archive["y"] = try NumPyArray(shape: [2], integers: [0, 1])
    var small = DatasetConfiguration()
    small.data = [folder.path("small.npz")]
    try archive.write(to: small.data![0])
    let unfit = #expect(throws: SessionError.self) { try model.openData(small) }
    guard case .unfit = try #require(unfit) else {
      Issue.record("\(String(describing: unfit))")
      return
    }
  }

  @Test func whatAnAlgorithmOfOnesOwnHasToKnow() throws {
    let information = PrunableInformation(try open("residual"))
    let stem = try #require(information.layers.first { $0.name == "stem.conv" })
    #expect(stem.channels == 32 && stem.removable == 31 && stem.units.count == 32)
    // A residual join: the same kernels of both go together.
    #expect(stem.members == ["block1.b.conv"])
    let partner = try #require(information.layers.first { $0.name == "block1.b.conv" })
    #expect(Set(partner.units) == Set(stem.units) && !stem.units.contains(-1))
    #expect(stem.dependents.contains("stem.bn") && stem.dependents.contains("block1.a.conv"))
    #expect(stem.parents == ["input"] && stem.parentLayers.isEmpty)
    // Algorithms join these with the layers, which nodes' names do not allow.
    #expect(stem.dependentLayers == ["block1.a.conv", "block2.a.conv", "block2.shortcut.conv"])
    #expect(partner.parentLayers == ["block1.a.conv"])
    let names = Set(information.layers.map(\.name) + information.frozen.map(\.name))
    for layer in information.layers {
      #expect(names.isSuperset(of: layer.dependentLayers + layer.parentLayers), "\(layer.name)")
    }
    #expect(stem.attributes["kernel_shape"] == .ints([3, 3]))
    #expect(information.frozen.map(\.name) == ["fc"] && information.frozen[0].reason.hasSuffix("."))
  }

  @Test func anAlgorithmOfOnesOwnIsCarriedOut() throws {
    let model = try open()
    try model.prune(keeping: KeptKernels(["conv2": [19, 0, 3]]))
    #expect(model.current.summary.layers.map(\.kernels) == [20, 3, 20, 10])
    #expect(try #require(try model.verification()).holds)
    for wrong in [["conv2": [20]], ["conv2": []], ["conv9": [0]], ["fc": [1]]] {
      #expect(throws: PruningError.self) { try open().prune(keeping: KeptKernels(wrong)) }
    }
  }

  @Test func errorsExplainThemselves() throws {
    let error = #expect(throws: FormatError.self) { try Workbench(opening: "/nowhere/at-all.onnx") }
    let explained: any ExplainedError = try #require(error)
    #expect(explained.sentence.contains("/nowhere/at-all.onnx") && !explained.remedy.isEmpty)
    #expect((explained as any Error).localizedDescription == explained.sentence)
    #expect(explained.recoverySuggestion == explained.remedy)
    #expect(explained.code == .unreadable)
  }
}
