import Graph
import Foundation

/// How gradients go from rank to rank.
package struct GradientExchange: Sendable, Hashable {
  /// How they are added.
  package var allReduce: AllReduce
  /// Bytes of float32 gradients that are sent together, at least.
  package var bucketBytes: Int
  /// Bytes of an element on the wire: 4 for float32, 2 for bfloat16.
  package var bytesPerElement: Int
  /// Whether buckets leave while the backward pass goes on.
  package var overlaps: Bool

  /// An exchange.
  package init(
    _ allReduce: AllReduce, bucketBytes: Int, bytesPerElement: Int = 4, overlaps: Bool = true
  ) {
    self.allReduce = allReduce
    self.bucketBytes = bucketBytes
    self.bytesPerElement = bytesPerElement
    self.overlaps = overlaps
  }
}

/// How ranks differ from step to step: each pass takes e^(σ·z) times what was measured, z of the standard normal distribution.
package struct Jitter: Sendable, Hashable {
  /// σ; 0 where all ranks are alike.
  package var deviation: Double
  /// Where the random numbers begin.
  package var seed: UInt64

  /// A spread of the ranks.
  package init(deviation: Double = 0, seed: UInt64 = 0) {
    self.deviation = deviation
    self.seed = seed
  }

  /// All ranks alike.
  package static let none = Jitter()

  /// By rank: how many times longer it takes.
  func factors(_ count: Int, _ generator: inout SeededGenerator) -> [Double] {
    guard deviation > 0 else { return [Double](repeating: 1, count: count) }
    return (0..<count).map { _ in exp(deviation * generator.normal()) }
  }
}

/// Synchronous stochastic gradient descent, simulated message by message: every rank computes a batch, gradients leave in
/// buckets as they become whole, and the parameters move when the last sum has come (Li et al. 2020, PyTorch Distributed).
///
/// A rank computes and communicates at once, at no cost for either; buckets follow each other on a rank.
package struct TrainingSimulation: Sendable {
  /// What some steps came to, in the mean.
  package struct Outcome: Sendable, Hashable {
    /// Seconds of a step.
    package var seconds: Double
    /// Seconds of a step that a rank exchanges gradients, or waits for another to, while it computes.
    package var hidden: Double
    /// Seconds of a step that it does so with nothing left to compute.
    package var exposed: Double
    /// Bytes that a rank sends in a step.
    package var bytesPerRank: Double
    /// Bytes that the busiest network card sends in a step.
    package var bytesPerCard: Double
  }

  private let profile: TrainingProfile
  private let exchange: GradientExchange
  private let jitter: Jitter

  /// Steps of a profile.
  package init(_ profile: TrainingProfile, _ exchange: GradientExchange, jitter: Jitter = .none) {
    self.profile = profile
    self.exchange = exchange
    self.jitter = jitter
  }

  /// Simulates some steps, one after another.
  package func run(on cluster: Cluster, steps: Int = 4) -> Outcome {
    precondition(steps > 0, "there is a step")
    let count = cluster.ranks
    let buckets = profile.buckets(of: exchange.bucketBytes, bytesPerElement: exchange.bytesPerElement)
    let phases = buckets.map { exchange.allReduce.phases($0.bytes, on: cluster) }
    var generator = SeededGenerator(seed: jitter.seed)
    var messages = MessageSimulation(cluster)
    var clocks = [Double](repeating: 0, count: count)
    var (hidden, exposed) = (0.0, 0.0)
    for _ in 0..<steps {
      let factors = jitter.factors(count, &generator)
      let computed = clocks.indices.map {
        clocks[$0] + factors[$0] * (profile.forward + profile.backward)
      }
      var channel = clocks
      var busy = [Double](repeating: 0, count: count)
      if count > 1 {
        for (bucket, phases) in zip(buckets, phases) {
          let starts = clocks.indices.map { rank in
            let ready = exchange.overlaps ? bucket.ready : profile.backward
            return max(channel[rank], clocks[rank] + factors[rank] * (profile.forward + ready))
          }
          channel = messages.run(phases, starts: starts)
          for rank in 0..<count { busy[rank] += channel[rank] - starts[rank] }
        }
      }
      for rank in 0..<count {
        let late = max(0, channel[rank] - computed[rank])
        exposed += late
        hidden += max(0, busy[rank] - late)
        clocks[rank] = max(computed[rank], channel[rank]) + factors[rank] * profile.update
      }
    }
    let all = Double(steps * count)
    return Outcome(
      seconds: (clocks.max() ?? 0) / Double(steps), hidden: hidden / all, exposed: exposed / all,
      bytesPerRank: messages.sentBytes.reduce(0, +) / all,
      bytesPerCard: (messages.cardBytes.max() ?? 0) / Double(steps))
  }

  /// Seconds of a step on paper, where no rank is late and every rank is a host of its own: bucket k leaves when it is whole
  /// and the one before has come, cₖ = max(cₖ₋₁, forward + readyₖ) + all-reduce(bytesₖ), and the step ends behind the last one.
  package func paperSeconds(on cluster: Cluster) -> Double {
    var channel = 0.0
    for bucket in profile.buckets(of: exchange.bucketBytes, bytesPerElement: exchange.bytesPerElement)
    where cluster.ranks > 1 {
      let ready = profile.forward + (exchange.overlaps ? bucket.ready : profile.backward)
      channel = max(channel, ready) + exchange.allReduce.paperSeconds(bucket.bytes, on: cluster)
    }
    return max(profile.forward + profile.backward, channel) + profile.update
  }
}
