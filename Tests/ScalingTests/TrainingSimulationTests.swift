import Foundation
import Scaling
import Testing

@Suite struct TrainingSimulationTests {
  /// Ten layers, the last of which has its gradient first.
  private let profile = TrainingProfile(
    batch: 16, forward: 0.05, backward: 0.1, update: 0.005,
    gradients: (1...10).map { .init(bytes: 4_000_000, ready: 0.01 * Double($0)) })

  private func cluster(_ ranks: Int, gigabits: Double = 10, perHost: Int = 1) -> Cluster {
    Cluster(ranks: ranks, ranksPerHost: perHost, network: Link(latency: 20e-6, gigabits: gigabits))
  }

  private func exchange(_ allReduce: AllReduce = .ring, overlaps: Bool = true) -> GradientExchange {
    GradientExchange(allReduce, bucketBytes: 8_000_000, overlaps: overlaps)
  }

  /// Whether all of a time is exposed; along a tree, ranks that pass nothing on are through a little earlier.
  private func isExposed(
    _ outcome: TrainingSimulation.Outcome, _ seconds: Double, _ allReduce: AllReduce
  ) -> Bool {
    guard allReduce == .tree else { return abs(outcome.exposed - seconds) < 1e-9 }
    return outcome.exposed <= seconds + 1e-9 && outcome.exposed > 0.98 * seconds - 1e-9
  }

  @Test func bucketsHoldAllGradientsInTheirOrder() {
    let buckets = profile.buckets(of: 9_000_000)
    #expect(buckets.map(\.bytes) == [12e6, 12e6, 12e6, 4e6])
    #expect(zip(buckets, [0.03, 0.06, 0.09, 0.1]).allSatisfy { abs($0.ready - $1) < 1e-12 })
    #expect(profile.buckets(of: 9_000_000, bytesPerElement: 2).map(\.bytes) == [6e6, 6e6, 6e6, 2e6])
    #expect(profile.buckets(of: 1).count == 10)
    #expect(profile.buckets(of: 1 << 40).map(\.bytes) == [40e6])
  }

  @Test func oneRankCommunicatesNothing() {
    let outcome = TrainingSimulation(profile, exchange()).run(on: cluster(1))
    #expect(abs(outcome.seconds - profile.seconds) < 1e-12)
    #expect(outcome.hidden == 0 && outcome.exposed == 0 && outcome.bytesPerRank == 0)
  }

  /// Without overlap a step is what is computed and all sums behind it.
  @Test(arguments: AllReduce.allCases, [2, 8, 32]) func withoutOverlapTimesAdd(
    allReduce: AllReduce, ranks: Int
  ) {
    let cluster = cluster(ranks)
    let outcome = TrainingSimulation(profile, exchange(allReduce, overlaps: false)).run(on: cluster)
    let sums = profile.buckets(of: 8_000_000).reduce(0) { $0 + allReduce.paperSeconds($1.bytes, on: cluster) }
    #expect(abs(outcome.seconds - profile.seconds - sums) < 1e-9)
    #expect(isExposed(outcome, sums, allReduce) && outcome.hidden < 1e-9)
  }

  @Test(arguments: AllReduce.allCases, [2, 16]) func withOverlapTheFormulaHolds(
    allReduce: AllReduce, ranks: Int
  ) {
    for gigabits in [1.0, 10, 100] {
      let cluster = cluster(ranks, gigabits: gigabits)
      let simulation = TrainingSimulation(profile, exchange(allReduce))
      let outcome = simulation.run(on: cluster)
      #expect(abs(outcome.seconds / simulation.paperSeconds(on: cluster) - 1) < 1e-9)
      #expect(isExposed(outcome, outcome.seconds - profile.seconds, allReduce))
    }
  }

  @Test func fasterNetworksAreNeverSlower() {
    for allReduce in AllReduce.allCases {
      let times = [0.5, 1, 10, 25, 100, 400].map { gigabits in
        TrainingSimulation(profile, exchange(allReduce), jitter: Jitter(deviation: 0.05, seed: 3))
          .run(on: cluster(24, gigabits: gigabits, perHost: 4)).seconds
      }
      #expect(zip(times, times.dropFirst()).allSatisfy { $0 >= $1 }, "\(allReduce) \(times)")
      #expect(times[0] > 1.2 * times[5])
    }
  }

  /// The slowest of many ranks sets the pace: of 64 it is more than two standard deviations late.
  @Test func stragglersCostTheMoreTheMoreRanksThereAre() {
    func seconds(_ ranks: Int, seed: UInt64) -> Double {
      TrainingSimulation(profile, exchange(), jitter: Jitter(deviation: 0.05, seed: seed))
        .run(on: Cluster(ranks: ranks, network: .free), steps: 20).seconds
    }
    #expect(seconds(4, seed: 1) > 1.02 * profile.seconds)
    #expect(seconds(64, seed: 1) > seconds(4, seed: 1))
    #expect(seconds(64, seed: 1) > 1.09 * profile.seconds && seconds(64, seed: 1) < 1.2 * profile.seconds)
    #expect(seconds(64, seed: 1) == seconds(64, seed: 1))
    #expect(seconds(64, seed: 1) != seconds(64, seed: 2))
  }

  @Test func halfOfTheBytesTakeHalfOfTheTime() {
    var narrow = exchange(overlaps: false)
    narrow.bytesPerElement = 2
    let cluster = Cluster(ranks: 8, network: Link(latency: 0, gigabits: 1))
    let whole = TrainingSimulation(profile, exchange(overlaps: false)).run(on: cluster)
    let half = TrainingSimulation(profile, narrow).run(on: cluster)
    #expect(abs(half.bytesPerRank / whole.bytesPerRank - 0.5) < 1e-9)
    #expect(abs((half.seconds - profile.seconds) / (whole.seconds - profile.seconds) - 0.5) < 1e-9)
  }

  /// Where latency counts, few large messages are faster than many small ones.
  @Test func largerBucketsSaveLatency() {
    var large = exchange(overlaps: false)
    large.bucketBytes *= 4
    let cluster = Cluster(ranks: 64, network: Link(latency: 1e-3, gigabits: 100))
    let small = TrainingSimulation(profile, exchange(overlaps: false)).run(on: cluster)
    #expect(TrainingSimulation(profile, large).run(on: cluster).seconds < 0.6 * small.seconds)
  }

  @Test func otherBatchesLieOnALine() {
    var curves = CurveDealing(secondsOfLevels: [[1]], baselineSeconds: 1, examples: 8, batch: 4)
    curves.baselineSeconds = 2
    let workload = Workload(
      training: profile, single: (forward: 0.005, backward: 0.01),
      scoring: ScoringModel(secondsPerExample: 1, statisticsBytes: 8), gramBytes: 0, curves: curves,
      kernels: 1,
      addedBytesPerSecond: 1e9, copiedBytesPerSecond: 1e9)
    #expect(abs(workload.training(batch: 1).forward - 0.005) < 1e-12)
    #expect(workload.training(batch: 16) == profile)
    let twice = workload.training(batch: 31)
    #expect(abs(twice.forward - 0.095) < 1e-12 && twice.batch == 31)
    // The first gradient is whole after a tenth of the backward pass, as before.
    #expect(abs(twice.gradients[0].ready / twice.backward - 0.1) < 1e-12)
    let faster = workload.faster(by: 10)
    #expect(abs(faster.training.seconds - profile.seconds / 10) < 1e-12)
    #expect(abs(faster.curves.seconds - curves.seconds / 10) < 1e-12)
  }
}
