import Compute
import Foundation
import Ranks
package import Session

/// Real steps of training on ranks that are threads, over links that take time: the check of `TrainingSimulation`.
///
/// Every rank has a plan of its own and its own random examples; gradients are added in buckets, and all parameters move. More ranks than cores share these, so that they compute the slower.
package struct PacedTraining: Sendable {
  /// What was measured, and what was foretold of it.
  package struct Outcome: Sendable, Hashable, Codable {
    /// Ranks.
    package let ranks: Int
    /// Seconds of a step: the median.
    package let measured: Double
    /// Seconds of a step by the simulation.
    package let simulated: Double
    /// How much longer it took than was foretold, as a share.
    package var deviation: Double { measured / simulated - 1 }
    /// Whether all ranks had the same parameters at the end, and others than at the beginning.
    package let agrees: Bool
  }

  private let network: OpenNetwork
  private let batch: Int
  private let exchange: GradientExchange
  private let options: ComputeOptions

  /// Steps of a network, small enough for all ranks to have it on one machine.
  ///
  /// - Parameter batch: examples of a rank.
  package init(_ network: OpenNetwork, batch: Int, _ exchange: GradientExchange) {
    self.network = network
    self.batch = batch
    self.exchange = exchange
    var options = ComputeOptions()
    options.threads = 1
    self.options = options
  }

  /// The step of one rank that has a core to itself.
  package func profile() throws -> TrainingProfile {
    try TrainingSteps(network, batch: batch, seed: 0, options: options).profile(duration: 0)
  }

  /// Takes some steps on the ranks of a cluster, and compares them with what the simulation says of `profile`.
  ///
  /// - Parameter cores: of this machine, for the ranks to share.
  package func run(
    on cluster: Cluster, profile: TrainingProfile, steps count: Int = 5,
    cores: Int = ProcessInfo.processInfo.activeProcessorCount
  ) throws -> Outcome {
    let (network, batch, exchange, options) = (network, batch, exchange, options)
    let ends = try PacedRanks.run(on: cluster, exchange.allReduce) { ranks in
      let steps = try TrainingSteps(network, batch: batch, seed: UInt64(ranks.rank), options: options)
      let begin = try steps.weights()
      // The first step warms up.
      try steps.step(with: ranks, bucketBytes: exchange.bucketBytes)
      try ranks.barrier()
      let clock = ContinuousClock()
      var seconds: [Double] = []
      for _ in 0..<count {
        let start = clock.now
        try steps.step(with: ranks, bucketBytes: exchange.bucketBytes)
        seconds.append((clock.now - start) / .seconds(1))
      }
      let end = try steps.weights()
      return (seconds, end == begin ? [] : end)
    }
    let share = Double(max(1, cluster.ranks)) / Double(max(1, min(cores, cluster.ranks)))
    let simulated = TrainingSimulation(profile.faster(by: 1 / share), exchange).run(on: cluster, steps: 2)
    return Outcome(
      ranks: cluster.ranks, measured: ends[0].0.sorted()[count / 2], simulated: simulated.seconds,
      agrees: ends.allSatisfy { $0.1 == ends[0].1 && !$0.1.isEmpty })
  }
}
