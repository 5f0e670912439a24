import Compute
import Graph
import Ranks
import TestSupport
import Testing
import Training

@Suite struct GradientExchangeTests {
  /// A backward pass on each rank with examples of its own; gives its gradients before and after the exchange, and the
  /// calls of the communicator.
  private struct Exchanged: Sendable {
    let own: [ValueID: [Float]]
    let summed: [ValueID: [Float]]
    let statistics: [ValueID: [Float]]
    let calls: Int
  }

  private func exchange(on count: Int, bucketBytes: Int) throws -> [Exchanged] {
    let network = BarSample.network(kernels: (6, 6), stride: 2, classes: 3, seed: 1)
    return try ThreadRanks.run(count) { ranks in
      let input = network.inputs[0]
      let bound = try BoundNetwork(network, inputShapes: [input: [4, 1, 8, 8]], foldsWeights: false)
      let constants = TrainableConstants(bound, outputs: network.outputs, freezesNormalization: false)
      let plan = try ExecutionPlan(bound, purpose: .train(parameters: constants.parameters))
      var generator = SeededGenerator(seed: UInt64(7 + ranks.rank))
      let pictures = (0..<256).map { _ in Float(generator.unit()) }
      let slopes = (0..<12).map { _ in Float(2 * generator.unit() - 1) }
      func gradients() throws -> [ValueID: [Float]] {
        try constants.parameters.reduce(into: [:]) { $0[$1] = try plan.gradient(of: $1) }
      }
      try plan.forward([input: pictures])
      try plan.backward([network.outputs[0]: slopes])
      let own = try gradients()
      plan.revertStatistics()
      try plan.forward([input: pictures])
      let measured = MeasuredRanks(ranks)
      let exchange = GradientExchange(plan.gradientOrder, ranks: measured, bucketBytes: bucketBytes)
      try exchange.backward(plan, [network.outputs[0]: slopes], share: 1 / Float(count))
      return Exchanged(
        own: own, summed: try gradients(),
        statistics: try plan.movedStatistics.reduce(into: [:]) { $0[$1] = try plan.parameter($1) },
        calls: measured.traffic.calls)
    }
  }

  /// Whatever a bucket holds, every rank has the sums over all, in the order of the ranks.
  @Test(arguments: [4, 600, 1 << 20], [2, 3])
  func everyRankHasTheSums(bucketBytes: Int, count: Int) throws {
    let ranks = try exchange(on: count, bucketBytes: bucketBytes)
    #expect(ranks[0].own != ranks[1].own)
    for rank in ranks {
      for (parameter, sums) in rank.summed {
        let first = try #require(ranks[0].own[parameter])
        let expected = ranks.dropFirst().reduce(first) { zip($0, $1.own[parameter] ?? []).map(+) }
        #expect(sums == expected)
      }
      #expect(rank.statistics == ranks[0].statistics && !rank.statistics.isEmpty)
    }
    // A message a bucket, and one for the running statistics.
    let parameters = ranks[0].own.count
    switch bucketBytes {
    case 4: #expect(ranks[0].calls == parameters + 1)
    case 600: #expect((3...parameters).contains(ranks[0].calls))
    default: #expect(ranks[0].calls == 2)
    }
  }
}
