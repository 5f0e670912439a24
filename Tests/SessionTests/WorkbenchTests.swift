import Compute
import Formats
import Foundation
import Graph
import Pruning
import Session
import TestSupport
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

  /// Of another copy of the original's weights, what is kept makes the weights that there are now.
  @Test func indicesAreTheOriginalsAfterEveryPrune() throws {
    let folder = try TemporaryFolder()
    let workbench = try open(.residual, in: folder)
    for percent in [30.0, 40] {
      let (settings, selection) = try select(workbench, .percent(percent), .global)
      try workbench.prune(selection, settings: settings)
    }
    func constant(_ name: String, _ network: Network) throws -> Tensor {
      try #require(network.value(named: name).flatMap { network.constants[$0] })
    }
    let parameters = try workbench.keptIndices().parameters
    #expect(parameters.count > 5)
    for (name, parameter) in parameters {
      let cut = try parameter.kept.reduce(constant(name, workbench.history.original.network.network)) {
        $0.taking($1.value, alongAxis: $1.key)
      }
      #expect(try cut == constant(name, workbench.current.network), "\(name)")
    }
  }

  @Test func aPruneOfNothingIsRefused() throws {
    let folder = try TemporaryFolder()
    let workbench = try open(.reference, in: folder)
    let error = #expect(throws: SessionError.self) {
      try workbench.prune(
        Selection(removingNothingOf: workbench.current.groups), settings: PruningSettings())
    }
    #expect(error?.sentence == "Nothing is chosen to be removed.")
    #expect(workbench.history.iterations.count == 1)
  }

  @Test func nothingIsOverwrittenUnasked() throws {
    let folder = try TemporaryFolder()
    let workbench = try open(.upsampler, in: folder)
    do {
      try workbench.export(to: folder.path("upsampler.onnx"), overwriting: false)
      Issue.record("the original was overwritten")
    } catch {
      guard case SessionError.exists = error else {
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
    examples: Int, target: (inout Training.NetworkBuilder, _ pooled: ValueID) -> ValueID
  ) throws -> Verification {
    var build = Training.NetworkBuilder(name: "reshaped", seed: 3)
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

  /// Networks that differ in more than rounding: what is said of it, and the figure stays a number.
  @Test func whatDisagreesIsSaidInWords() throws {
    func network(_ last: (inout TestSupport.NetworkBuilder, ValueID) -> ValueID) throws -> OpenNetwork {
      var b = TestSupport.NetworkBuilder()
      let x = b.input("x", [nil, 2, 4, 4])
      let made = b.node("Conv", x, b.constant("w", [3, 2, 1, 1]))
      b.output(last(&b, made))
      return try OpenNetwork(b.network)
    }
    let original = try network { $0.node("Relu", $1) }
    func sentence(_ other: OpenNetwork) throws -> String {
      let found = try Verification(
        original: original, selection: Selection(removingNothingOf: original.groups), pruned: other)
      #expect(found.largestDifference.isFinite)
      #expect(found.holds == (found.disagreement == nil))
      _ = try JSONEncoder().encode(found)
      return found.disagreement?.sentence ?? ""
    }
    #expect(try sentence(original).isEmpty)
    let pooled = try sentence(
      network {
        $0.node("MaxPool", $1, attributes: ["kernel_shape": .ints([2, 2]), "strides": .ints([2, 2])])
      })
    #expect(
      pooled.contains("1×3×2×2 where 1×3×4×4 was expected") && pooled.contains("x 1×2×4×4"), "\(pooled)")
    let empty = try sentence(network { $0.node("Log", $1) })
    #expect(empty.contains("not a number"), "\(empty)")
    let other = try sentence(network { $0.node("Exp", $1) })
    #expect(other.contains("relative"), "\(other)")
  }

  /// A width that is open is tried at another extent, and what breaks there is named.
  @Test func everyOpenAxisIsTriedAtAnotherExtent() throws {
    func network(_ target: [Int]) throws -> OpenNetwork {
      var b = TestSupport.NetworkBuilder()
      let x = b.input("x", [nil, 2, 4, nil])
      let made = b.node("Conv", x, b.constant("w", [3, 2, 1, 1]))
      b.output(b.node("Reshape", made, b.constant("target", Tensor(target))))
      var network = b.network
      network.declare(
        DeclaredType(
          elementType: .float32, dimensions: [.symbolic("batch"), .fixed(2), .fixed(4), .symbolic("width")]),
        for: x)
      return try OpenNetwork(network, inputShapes: [x: [1, 2, 4, 6]])
    }
    let original = try network([0, 12, -1])
    func check(_ other: OpenNetwork) throws -> Verification {
      try Verification(
        original: original, selection: Selection(removingNothingOf: original.groups), pruned: other)
    }
    #expect(try check(original).holds)
    let fixed = try check(network([-1, 12, 6]))
    let disagreement = try #require(fixed.disagreement)
    #expect(disagreement.axis == "width" && disagreement.sentence.contains("x 1×2×4×12"))
    let single = try #require(try check(network([1, 12, -1])).disagreement)
    #expect(single.axis == "batch" && single.sentence.contains("x 2×2×4×6"))
  }

  /// An operator that nobody knows stands within a residual branch: what lies before it is compared, channel by channel.
  @Test func whatBothHaveIsComparedAtTheBorder() throws {
    let workbench = try Workbench(opening: CaseFile.model("custom_residual.onnx").path)
    let opened = workbench.current
    let found = try PruningSettings().proposal(
      .percent(50), scope: .layer, scores: workbench.scores, groups: opened.groups, bound: opened.bound)
    #expect(found.selection.removedKernelCount(in: opened.groups) > 0)
    try workbench.prune(found.selection, settings: found.settings)
    let verification = try #require(try workbench.verification())
    #expect(verification.holds, "\(verification.disagreement?.sentence ?? "")")
    #expect(verification.largestDifference < 1e-4)
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
