import Compute
import Graph
import Procedures
import Pruning
import Session
import TestSupport
import Testing
import Training

/// `reference-systems.md` §5, with its numbers.
@Suite struct TaylorPrunableNetworkTests {
  private func images(_ count: Int, seed: UInt64 = 5) -> [Float] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count * 784).map { _ in Float(generator.normal()) }
  }

  /// The gradient of the sum of the outputs' squares.
  private func scored(_ network: TaylorPrunableNetwork, examples: Int = 8) throws -> TaylorPrunableNetwork {
    let pass = try network.forward(images(examples), examples: examples)
    return try network.updateScore(pass, outputGradient: pass.output.map { 2 * $0 })
  }

  @Test func fortyEightPrunablesAndFortyAfterOneCall() throws {
    let network = try TaylorPrunableNetwork(.reference())
    #expect(network.numPrunables == 48)
    #expect(network.original.summary.parameters == 123_090)
    let scored = try scored(network)
    let pruned = try scored.updatePrunables()
    #expect(pruned.numPrunables == 40 && pruned.removedKernelCount == 8)
    // Scores begin anew, and the old values are what they were.
    #expect(pruned.scores.examples == 0 && scored.scores.examples == 8)
    #expect(network.numPrunables == 48 && network.scores.examples == 0 && scored.numPrunables == 48)
    #expect(throws: ProcedureError.self) { try pruned.updatePrunables() }
  }

  @Test func masksComputeWhatTheExtractedNetworkDoes() throws {
    var network = try TaylorPrunableNetwork(.reference())
    for _ in 0..<3 { network = try scored(network).updatePrunables(maxToPrune: 8) }
    #expect(network.numPrunables == 24)
    let extracted = try OpenNetwork(try network.extractNetwork())
    #expect(extracted.summary.parameters < network.original.summary.parameters)
    let small = try TaylorPrunableNetwork(extracted)
    let input = images(4, seed: 9)
    let (masked, whole) = (try network.forward(input, examples: 4), try small.forward(input, examples: 4))
    #expect(masked.outputShape == [4, 10] && masked.outputShape == whole.outputShape)
    let scale: Float = max(1, masked.output.map { abs($0) }.max() ?? 0)
    let largest: Float = zip(masked.output, whole.output).map { abs($0 - $1) }.max() ?? 0
    #expect(largest < 1e-4 * scale)
    let unpruned = try TaylorPrunableNetwork(.reference()).forward(input, examples: 4)
    #expect(masked.output != unpruned.output)
  }

  @Test func theSplitOfTheExampleHasItsLearnables() throws {
    let original = try OpenNetwork.reference()
    let kept = ["conv1": Array(0..<17), "conv2": Array(0..<18), "conv3": Array(0..<17)]
    let selection = try Selection(keeping: kept, groups: original.groups)
    let pruned = try OpenNetwork(
      try original.network.removing(selection, groups: original.groups, bound: original.bound))
    #expect(pruned.summary.parameters == 104_019)
  }

  @Test func batchesAccumulateAsOne() throws {
    let network = try TaylorPrunableNetwork(.reference())
    let all = images(6)
    let whole = try network.forward(all, examples: 6)
    let together = try network.updateScore(whole, outputGradient: whole.output)
    var parts = network
    for half in [0..<3, 3..<6] {
      let pass = try parts.forward(Array(all[half.lowerBound * 784..<half.upperBound * 784]), examples: 3)
      parts = try parts.updateScore(pass, outputGradient: pass.output)
    }
    for (name, statistics) in together.scores.layers {
      let other = try #require(parts.scores.layers[name])
      for (a, b) in zip(statistics.mean, other.mean) { #expect(abs(a - b) < 1e-5 * max(1e-3, abs(a))) }
    }
  }

  @Test func wrongBatchesAreRefused() throws {
    let network = try TaylorPrunableNetwork(.reference())
    #expect(throws: ProcedureError.self) { try network.forward([1, 2, 3], examples: 1) }
    #expect(throws: ProcedureError.self) { try network.forward([], examples: 0) }
    let pass = try network.forward(images(1), examples: 1)
    #expect(throws: ProcedureError.self) { try network.updateScore(pass, outputGradient: [1]) }
  }

  @Test func theLoopStopsAtItsGoalAndSaysWhy() throws {
    let folder = try TemporaryFolder()
    let data = try folder.pictures("a.npz", 0..<24)
    let network = try TaylorPrunableNetwork(.reference())
    var loop = TaylorPruningLoop(learnablesReductionGoal: 0.15)
    loop.scoreIterations = 2
    loop.miniBatchSize = 8
    let result = try loop.prune(network, data: data)
    #expect(result.stopReason == .goalReached)
    let last = try #require(result.steps.last)
    #expect(Double(last.learnables) <= 0.85 * 123_090)
    #expect(try OpenNetwork(result.network.extractNetwork()).summary.parameters == last.learnables)
    #expect(result.learnables == last.learnables)
    #expect(zip(result.steps, result.steps.dropFirst()).allSatisfy { $0.learnables > $1.learnables })
    // Nobody guesses noise: below the threshold at once, and nothing is pruned.
    loop.validationThreshold = 0.99
    let stopped = try loop.prune(network, data: data, validation: data)
    #expect(stopped.stopReason == .validationThreshold && stopped.network.removedKernelCount == 0)
    #expect(stopped.learnables == 123_090)
    loop.validationThreshold = nil
    loop.learnablesReductionGoal = 1
    #expect(try loop.prune(network, data: data).stopReason == .nothingLeft)
    #expect(try loop.prune(network, data: data) { _ in false }.stopReason == .stopped)
    loop.learnablesReductionGoal = 2
    #expect(throws: ProcedureError.self) { try loop.prune(network, data: data) }
  }
}
