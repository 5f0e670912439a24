import Compute
import Foundation
import Graph
import Pruning
import Ranks
import Scaling
import Session
import Testing
import Training

@Suite struct WorkloadTests {
  /// What is simulated comes from the model: its gradients, kernels and groups.
  @Test func numbersAreThoseOfTheModel() throws {
    let network = try OpenNetwork(SampleNetwork.residual.untrained(seed: 1))
    var request = Workload.Request()
    (request.batch, request.duration) = (4, 0)
    let workload = try Workload(measuring: network, request)
    let layers = network.groups.layers.filter(\.isPrunable)
    #expect(workload.training.gradientBytes == 4 * network.summary.parameters)
    #expect(workload.kernels == layers.reduce(0) { $0 + $1.layer.kernels })
    #expect(workload.scoring.statisticsBytes == 24 * workload.kernels + 8 * layers.count)
    #expect(workload.curves.secondsOfLevels.count == network.groups.tiedLayers.count)
    #expect(workload.curves.secondsOfLevels.allSatisfy { $0.count == 9 && $0.allSatisfy { $0 > 0 } })
    #expect(workload.gramBytes > 0)
    let step = workload.training
    #expect(step.batch == 4 && step.forward > 0 && step.backward > step.forward / 4 && step.update > 0)
    #expect(workload.single.forward < step.forward && workload.single.backward < step.backward)
    #expect(step.gradients.allSatisfy { $0.ready > 0 && $0.ready <= step.backward * (1 + 1e-9) })
    // Gradients become whole all along the pass, not at its end.
    let early = step.gradients.filter { $0.ready < step.backward / 2 }
    #expect(early.count > step.gradients.count / 5)
    #expect(workload.addedBytesPerSecond > 1e6 && workload.copiedBytesPerSecond > 1e8)
  }
}

@Suite(.serialized) struct PacedTests {
  private let link = Link(latency: 2e-3, gigabits: 0.4)

  @Test(arguments: AllReduce.allCases) func sumsTakeAsLongAsTheMessagesWould(allReduce: AllReduce) throws {
    let cluster = Cluster(ranks: 4, ranksPerHost: 1, network: link)
    let values = [Float](repeating: 1.5, count: 100_000)
    let ends = try PacedRanks.run(on: cluster, allReduce) { ranks in
      try ranks.barrier()
      let start = ContinuousClock.now
      let sums = try ranks.startSum(values).finish()
      return (seconds: (ContinuousClock.now - start) / .seconds(1), sums: sums)
    }
    #expect(ends.allSatisfy { $0.sums == [Float](repeating: 6, count: 100_000) })
    let paper = allReduce.paperSeconds(400_000, on: cluster)
    let slowest = ends.map(\.seconds).max() ?? 0
    // No message is faster than its link; threads wake up late where the machine has other work.
    #expect(slowest > 0.98 * paper && slowest < 1.5 * paper + 0.05, "\(slowest) for \(paper)")
  }

  /// Two sums follow each other; the second does not wait for anybody to ask.
  @Test func sumsGoOnWhileTheRankComputes() throws {
    let cluster = Cluster(ranks: 2, network: link)
    let one = AllReduce.ring.paperSeconds(400_000, on: cluster)
    let seconds = try PacedRanks.run(on: cluster, .ring) { ranks in
      try ranks.barrier()
      let start = ContinuousClock.now
      let first = try ranks.startSum([Float](repeating: 1, count: 100_000))
      let second = try ranks.startSum([Float](repeating: 2, count: 100_000))
      Thread.sleep(forTimeInterval: 2 * one)
      let sums = [try first.finish()[0], try second.finish()[0]]
      return sums == [2, 4] ? (ContinuousClock.now - start) / .seconds(1) : .infinity
    }
    #expect((seconds.max() ?? 0) < 3 * one + 0.05)
  }

  @Test func ranksOfAHostShareItsCard() throws {
    func seconds(_ perHost: Int) throws -> Double {
      let cluster = Cluster(ranks: 4, ranksPerHost: perHost, network: link)
      return try PacedRanks.run(on: cluster, .pairwise) { ranks in
        try ranks.barrier()
        let start = ContinuousClock.now
        _ = try ranks.startSum([Float](repeating: 1, count: 200_000)).finish()
        return (ContinuousClock.now - start) / .seconds(1)
      }.max() ?? 0
    }
    var messages = MessageSimulation(Cluster(ranks: 4, ranksPerHost: 2, network: link))
    let phases = AllReduce.pairwise.phases(800_000, on: messages.cluster)
    let simulated = messages.run(phases, starts: [0, 0, 0, 0]).max() ?? 0
    #expect(try seconds(2) > 0.9 * simulated)
  }

  @Test func aRankThatFailsEndsTheOthers() {
    struct Failure: Error {}
    let start = ContinuousClock.now
    #expect(throws: Failure.self) {
      _ = try PacedRanks.run(on: Cluster(ranks: 3, network: link), .ring) { ranks in
        if ranks.rank == 1 { throw Failure() }
        return try ranks.startSum([1, 2, 3]).finish()
      }
    }
    #expect(ContinuousClock.now - start < .seconds(10))
  }

  @Test func bytesComeFromAllRanks() throws {
    let cluster = Cluster(ranks: 3, network: Link(latency: 1e-4, gigabits: 1))
    let ends = try PacedRanks.run(on: cluster, .pairwise) { ranks in
      var bytes: [UInt8] = ranks.rank == 0 ? [7, 8] : []
      try ranks.broadcast(&bytes)
      var sums = [1.0, Double(ranks.rank)]
      try ranks.sum(&sums)
      return (bytes, sums, try ranks.gather([UInt8(ranks.rank)]), ranks.host)
    }
    for (rank, end) in ends.enumerated() {
      #expect(end.0 == [7, 8] && end.1 == [3, 3])
      #expect(end.2 == (rank == 0 ? [[0], [1], [2]] : []))
      #expect(end.3 == HostShare(name: "host \(rank)", rank: 0, count: 1))
    }
  }

  /// Real steps over slow links take what the simulation says, and lead to the same parameters everywhere.
  @Test(arguments: [2, 4]) func realStepsTakeWhatIsSimulated(ranks: Int) throws {
    let network = try OpenNetwork(SampleNetwork.reference.untrained(seed: 1))
    let training = PacedTraining(
      network, batch: 2, GradientExchange(.pairwise, bucketBytes: 100_000))
    let outcome = try training.run(
      on: Cluster(ranks: ranks, network: Link(latency: 2e-3, gigabits: 0.04)), profile: training.profile(),
      steps: 3)
    #expect(outcome.agrees)
    #expect(outcome.simulated > 0.09)
    #expect(outcome.deviation > -0.15 && outcome.deviation < 0.5, "\(outcome)")
  }
}
