import Synchronization

/// What a rank has sent and waited for.
package struct Traffic: Sendable, Hashable, Codable {
  /// Calls of all functions.
  package var calls = 0
  /// Bytes that this rank gave to them.
  package var bytes = 0
  /// Seconds that this rank waited in them.
  package var waited = 0.0

  /// Nothing yet.
  package init() {}
}

/// A communicator that counts what goes through another one, and how long its rank waits.
package final class MeasuredRanks: Communicator {
  private let base: any Communicator
  private let counted = Mutex(Traffic())

  /// Counts what goes through `base` from now on.
  package init(_ base: any Communicator) { self.base = base }

  /// What has gone through so far.
  package var traffic: Traffic { counted.withLock { $0 } }

  /// The number of this rank.
  package var rank: Int { base.rank }
  /// How many ranks there are.
  package var count: Int { base.count }
  /// Where this rank stands among those of its host.
  package var host: HostShare { base.host }

  /// Replaces the elements by their sums over all ranks.
  package func sum(_ values: inout [Float]) throws {
    try count(4 * values.count) { try base.sum(&values) }
  }

  /// Replaces the elements by their sums over all ranks.
  package func sum(_ values: inout [Double]) throws {
    try count(8 * values.count) { try base.sum(&values) }
  }

  /// Begins to add the elements over all ranks; only the wait for the sums is waiting.
  package func startSum(_ values: [Float]) throws -> any PendingSum {
    Counted(base: try count(4 * values.count) { try base.startSum(values) }, ranks: self)
  }

  /// Replaces the bytes by those of rank 0.
  package func broadcast(_ bytes: inout [UInt8]) throws {
    try count(rank == 0 ? bytes.count : 0) { try base.broadcast(&bytes) }
  }

  /// Brings the bytes of all ranks to rank 0.
  package func gather(_ bytes: [UInt8]) throws -> [[UInt8]] {
    try count(bytes.count) { try base.gather(bytes) }
  }

  /// Brings the bytes of all ranks to every rank.
  package func collect(_ bytes: [UInt8]) throws -> [[UInt8]] {
    try count(bytes.count) { try base.collect(bytes) }
  }

  /// Returns when all ranks have called it.
  package func barrier() throws { try count(0) { try base.barrier() } }

  /// Ends the run of all ranks.
  package func abandon(_ sentence: String) { base.abandon(sentence) }

  private func count<Result>(_ bytes: Int, calls: Int = 1, _ body: () throws -> Result) rethrows -> Result {
    let clock = ContinuousClock()
    let start = clock.now
    defer {
      let waited = (clock.now - start) / .seconds(1)
      counted.withLock {
        $0.calls += calls
        $0.bytes += bytes
        $0.waited += waited
      }
    }
    return try body()
  }

  private struct Counted: PendingSum {
    let base: any PendingSum
    let ranks: MeasuredRanks

    func finish() throws -> [Float] { try ranks.count(0, calls: 0) { try base.finish() } }
  }
}
