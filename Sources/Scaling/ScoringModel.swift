import Graph

/// Scores of kernels over many examples: each rank scores its own, and at the end what they found is brought together.
package struct ScoringModel: Sendable, Hashable, Codable {
  /// Seconds for an example, forward and backward.
  package var secondsPerExample: Double
  /// Bytes of the statistics of all kernels, which every rank sends to rank 0: it merges them in the order of the ranks.
  package var statisticsBytes: Int
  /// Bytes of the Gram matrices that all ranks add; 0 for criteria that take none.
  package var gramBytes: Int

  /// A run to score.
  package init(secondsPerExample: Double, statisticsBytes: Int, gramBytes: Int = 0) {
    self.secondsPerExample = secondsPerExample
    self.statisticsBytes = statisticsBytes
    self.gramBytes = gramBytes
  }

  /// What scoring so many examples comes to.
  package struct Outcome: Sendable, Hashable {
    /// Seconds until rank 0 has everything.
    package var seconds: Double
    /// Those behind the last example.
    package var exposed: Double
    /// Bytes that a rank sends, in the mean.
    package var bytesPerRank: Double
    /// Bytes that the busiest network card sends.
    package var bytesPerCard: Double
  }

  /// Simulates a run: examples are dealt by number, one card after another.
  ///
  /// - Parameter jitter: of each rank, for the whole run.
  package func run(
    examples: Int, on cluster: Cluster, grams allReduce: AllReduce, jitter: Jitter = .none
  ) -> Outcome {
    let count = cluster.ranks
    var generator = SeededGenerator(seed: jitter.seed)
    let factors = jitter.factors(count, &generator)
    let starts = (0..<count).map { rank in
      let own = examples / count + (rank < examples % count ? 1 : 0)
      return factors[rank] * Double(own) * secondsPerExample
    }
    guard count > 1 else { return Outcome(seconds: starts[0], exposed: 0, bytesPerRank: 0, bytesPerCard: 0) }
    var messages = MessageSimulation(cluster)
    var ends = starts
    if gramBytes > 0 {
      ends = messages.run(allReduce.phases(Double(gramBytes), on: cluster), starts: ends)
    }
    ends = messages.run(Self.gathering(Double(statisticsBytes), count), starts: ends)
    return Outcome(
      seconds: ends[0], exposed: ends[0] - (starts.max() ?? 0),
      bytesPerRank: messages.sentBytes.reduce(0, +) / Double(count),
      bytesPerCard: messages.cardBytes.max() ?? 0)
  }

  /// Every other rank sends to rank 0, which adds what comes in the order of the ranks.
  private static func gathering(_ bytes: Double, _ count: Int) -> [MessagePhase] {
    (1..<count).map { sender in
      MessagePhase((0..<count).map { $0 == sender ? 0 : -1 }, bytes: bytes, adds: true)
    }
  }
}
