import Foundation
import Formats
import Graph
import Pruning
import TestSupport
import Testing

/// What a file leaves open stays open: a pruned network takes every extent that the network took.
@Suite struct OpenAxisTests {
  /// Prunes for one shape of the first input and compares with the masked network at others.
  private func expectEqual(
    _ network: Network, prunedAt shape: [Int], andAt others: [[Int]], _ comment: Comment? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    for (seed, percent) in [30.0, 70].enumerated() {
      let pruned = try Pruned(network, percent: percent, seed: UInt64(seed) + 3, shape: shape)
      #expect(!pruned.selection.isEmpty, comment, sourceLocation: sourceLocation)
      for other in [shape] + others {
        let (rewritten, masked) = try pruned.outputs(seed: 3, shape: other)
        #expect(largestDifference(rewritten, masked) < 1e-9, comment, sourceLocation: sourceLocation)
      }
    }
  }

  private func network(_ name: String) throws -> Network {
    try ModelFormat.open(CaseFile.model(name).path(percentEncoded: false)).network
  }

  @Test func aNetworkOfOneHeightTakesAnyWidth() throws {
    let network = try network("fixed-height-open-width.onnx")
    try expectEqual(network, prunedAt: [1, 3, 8, 20], andAt: [[1, 3, 8, 32], [1, 3, 8, 5]])
    let open = try BoundNetwork(network, inputShapes: [network.inputs[0]: [1, 3, 8, 20]]).openAxes()
    #expect(open.free.map(\.axis.name).contains("W"))
    #expect(open.fixed.map(\.name) == ["H"])
  }

  @Test func indicesThatFollowFromTheBatchServeEveryBatch() throws {
    try expectEqual(
      network("as_strided_head.onnx"), prunedAt: [1, 3, 16, 16], andAt: [[2, 3, 16, 16], [3, 3, 16, 16]])
  }

  @Test(arguments: ["resize_scales_concat.onnx", "resize-scales-cast-f16.onnx"])
  func scalesThatAreComputedFromConstantsAreKnown(_ name: String) throws {
    let network = try network(name)
    try expectEqual(network, prunedAt: [1, 3, 16, 16], andAt: [[2, 3, 16, 16]])
    // A plan that trains knows them too.
    let trained = try BoundNetwork(network, foldsWeights: false)
    #expect(trained.failures.isEmpty)
  }

  @Test func aScaleThatFollowsFromChannelsAndTheWidthIsHeld() throws {
    try expectEqual(
      NetworkFixtures.openScale(), prunedAt: [1, 3, 4, 6], andAt: [[1, 3, 4, 9], [2, 3, 4, 3]])
  }

  @Test func indicesThatFollowFromChannelsOrTheWidthAreRight() throws {
    try expectEqual(
      NetworkFixtures.openIndices(), prunedAt: [1, 3, 4, 6], andAt: [[1, 3, 4, 10], [3, 3, 2, 4]])
  }

  @Test func bordersAndSlicesThatAreComputedStayComputed() throws {
    try expectEqual(
      NetworkFixtures.openBorder(), prunedAt: [1, 3, 5, 6], andAt: [[1, 3, 5, 7], [1, 3, 3, 11]])
  }

  /// Every example's channels in reverse, by indices into all of them: no arithmetic that is known here keeps that.
  @Test func whatWouldServeOneBatchOnlyIsRefused() throws {
    let pruned = {
      try Pruned(NetworkFixtures.reversedExamples(), percent: 50, seed: 3, shape: [1, 3, 4, 4])
    }
    let error = #expect(throws: PruningError.self) { _ = try pruned() }
    guard case .fixesOpenAxis(let node, let axes)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(node.hasPrefix("Gather"))
    #expect(axes == "batch")
  }
}
