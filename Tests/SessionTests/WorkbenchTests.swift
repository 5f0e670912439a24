import Compute
import Formats
import Foundation
import Graph
import Pruning
import Session
import Testing
import Training

@Suite struct WorkbenchTests {
  /// A sample written to a file, untrained, and opened.
  private func open(_ sample: SampleNetwork, in folder: TemporaryFolder) throws -> Workbench {
    let path = folder.path("\(sample.rawValue).onnx")
    let network = sample.untrained()
    try ONNXModel(network).write(network, to: path)
    return try Workbench(opening: path)
  }

  private func select(_ workbench: Workbench, _ target: PruningTarget, _ scope: Scope, floor: Int = 1) throws
    -> (PruningSettings, Selection)
  {
    var settings = PruningSettings()
    settings.minimumKept = floor
    let proposal = try settings.proposal(
      target, scope: scope, scores: workbench.scores, groups: workbench.current.groups,
      bound: workbench.current.bound)
    return (proposal.settings, proposal.selection)
  }

  /// The one property that catches everything: idea 4 of the design.
  @Test(arguments: SampleNetwork.allCases, [(30.0, Scope.global), (60, .global), (30, .layer), (60, .layer)])
  func prunedEqualsMasked(sample: SampleNetwork, choice: (percent: Double, scope: Scope)) throws {
    let folder = try TemporaryFolder()
    let workbench = try open(sample, in: folder)
    let before = workbench.current.summary
    let (settings, selection) = try select(workbench, .percent(choice.percent), choice.scope)
    let preview = Preview(selection, groups: workbench.current.groups, bound: workbench.current.bound)
    try workbench.prune(selection, settings: settings)
    let verification = try #require(try workbench.verification())
    #expect(verification.largestDifference < 1e-4)
    let after = workbench.current.summary
    #expect(after.parameters < before.parameters && after.multiplyAccumulates < before.multiplyAccumulates)
    #expect(preview.parameters.after == after.parameters)
    #expect(preview.multiplyAccumulates.after == after.multiplyAccumulates)
    #expect(after.layers.allSatisfy { $0.kernels >= 1 })
  }

  /// `reference-systems.md` §5, MATLAB's example.
  @Test func referenceNetworkHas48PrunablesAnd40AfterEight() throws {
    let folder = try TemporaryFolder()
    let workbench = try open(.reference, in: folder)
    #expect(workbench.current.summary.parameters == 123_090)
    #expect(workbench.current.groups.prunableKernelCount(minimumKept: 4) == 48)
    let (settings, selection) = try select(workbench, .kernels(8), .global, floor: 4)
    try workbench.prune(selection, settings: settings)
    #expect(workbench.current.groups.prunableKernelCount(minimumKept: 4) == 40)
  }

  /// `reference-systems.md` §1, HALCON's counts.
  @Test func removableKernelsAndTheirShares() throws {
    let folder = try TemporaryFolder()
    let workbench = try open(.reference, in: folder)
    #expect(workbench.current.groups.prunableKernelCount(minimumKept: 1) == 57)
    #expect(
      try select(workbench, .percent(10), .global).1.removedKernelCount(in: workbench.current.groups) == 5)
    let everything = try select(workbench, .percent(100), .global).1
    #expect(everything.keptKernels.map(\.count) == [1, 1, 1, 10])
  }

  @Test func exportedModelsOpenAgainAndPlansReplayToTheSameBytes() throws {
    let folder = try TemporaryFolder()
    let workbench = try open(.residual, in: folder)
    for percent in [30.0, 20] {
      let (settings, selection) = try select(workbench, .percent(percent), .global)
      try workbench.prune(selection, settings: settings)
    }
    try workbench.export(to: folder.path("pruned.onnx"), overwriting: false)
    try workbench.writePlan(to: folder.path("plan.yaml"), overwriting: false)
    let reopened = try Workbench(opening: folder.path("pruned.onnx"))
    #expect(reopened.current.summary.parameters == workbench.current.summary.parameters)

    let replayed = try Workbench(opening: folder.path("residual.onnx"))
    let text = String(
      decoding: try #require(FileManager.default.contents(atPath: folder.path("plan.yaml"))), as: UTF8.self)
    try replayed.apply(try PruningPlan(yaml: text, path: "plan.yaml"))
    try replayed.export(to: folder.path("replayed.onnx"), overwriting: false)
    #expect(
      FileManager.default.contents(atPath: folder.path("pruned.onnx"))
        == FileManager.default.contents(atPath: folder.path("replayed.onnx")))
  }

  @Test func nothingIsOverwrittenUnasked() throws {
    let folder = try TemporaryFolder()
    let workbench = try open(.upsampler, in: folder)
    do {
      try workbench.export(to: folder.path("upsampler.onnx"), overwriting: false)
      Issue.record("the original was overwritten")
    } catch {
      guard case .exists = error else {
        Issue.record(error)
        return
      }
    }
  }

  @Test func undoGoesBackAndBranches() throws {
    let folder = try TemporaryFolder()
    let workbench = try open(.reference, in: folder)
    let original = workbench.current.summary
    let (settings, selection) = try select(workbench, .percent(20), .layer)
    try workbench.prune(selection, settings: settings)
    try workbench.go(to: 0)
    #expect(workbench.current.summary == original)
    try workbench.prune(selection, settings: settings)
    #expect(workbench.history.iterations.map(\.parent) == [nil, 0, 0])
    #expect(workbench.history.current == 2)
    #expect(workbench.plan.steps.count == 1)
  }
}

@Suite struct VerificationTests {
  /// Half of a convolution's kernels are pruned; a Reshape to the target that `target` makes from the pooled
  /// channels stands before the classifier.
  private func verification(
    examples: Int, target: (inout NetworkBuilder, _ pooled: ValueID) -> ValueID
  ) throws -> Verification {
    var build = NetworkBuilder(name: "reshaped", seed: 3)
    let image = build.input("input", shape: [2, 4, 4])
    let value = build.relu("relu", build.convolution("conv", image, kernels: 6, extent: 3))
    let pooled = build.node("GlobalAveragePool", "pool", [value], channels: 6)
    let flat = build.node("Reshape", "flat", [pooled, target(&build, pooled)], channels: 6)
    build.output(build.linear("fc", flat, features: 3), shape: [3])
    let opened = try OpenNetwork(build.network)
    let scores = ScoreTable(.l2, of: opened.groups, in: opened.bound)
    let settings = try PruningSettings().settingAmount(.percent(50), for: "conv", in: opened.groups)
    let selection = try Selection(settings, scores: scores, groups: opened.groups)
    let pruned = try OpenNetwork(
      opened.network.removing(selection, groups: opened.groups, bound: opened.bound))
    return try Verification(original: opened, selection: selection, pruned: pruned, examples: examples)
  }

  /// Exporters that trace declare a free batch and still write a Reshape to `[1, …]`.
  @Test func aBatchOfOneBakedIntoTheGraphIsRespected() throws {
    let found = try verification(examples: 4) { build, _ in build.constant("shape", Tensor([1, 6])) }
    #expect(found.examples == 1)
    #expect(found.largestDifference < 1e-4)
  }

  /// Shape → Slice → Concat with a written channel count, as PaddlePaddle exports a Reshape.
  @Test func aComputedTargetKeepsTheBatchFree() throws {
    let found = try verification(examples: 3) { build, pooled in
      let shape = build.node("Shape", "shape", [pooled], channels: 4)
      let (start, end) = (build.constant("start", Tensor([0])), build.constant("end", Tensor([1])))
      let batch = build.node("Slice", "slice", [shape, start, end], channels: 1)
      return build.node(
        "Concat", "target", [batch, build.constant("six", Tensor([6]))], channels: 2,
        attributes: ["axis": .int(0)])
    }
    #expect(found.examples == 3)
    #expect(found.largestDifference < 1e-4)
  }
}
