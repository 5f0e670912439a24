import Dispatch
import Foundation
package import Ranks
import Synchronization

/// Ranks that are threads, between which messages take the time that they would on a cluster: what a simulation is compared
/// with.
///
/// Sums come from `ThreadRanks`; the messages that would have carried them are sent from thread to thread by the same
/// schedule, without their content, and everyone sleeps as long as the links say.
package enum PacedRanks {
  /// Runs `body` on each rank of a cluster at once and waits for all.
  ///
  /// - Parameter allReduce: the messages of sums.
  /// - Returns: what each made, in the order of their numbers.
  /// - Throws: the error of the rank that failed first.
  package static func run<Result: Sendable>(
    on cluster: Cluster, _ allReduce: AllReduce,
    _ body: @escaping @Sendable (any Communicator) throws -> Result
  ) throws -> [Result] {
    let wires = Wires(cluster)
    do {
      return try ThreadRanks.run(cluster.ranks) { base in
        let rank = PacedRank(base, wires, allReduce)
        do {
          return try body(rank)
        } catch {
          wires.cut(by: error)
          throw error
        }
      }
    } catch {
      // Who waits for a message fails too, and can be through with it before the rank that failed first.
      throw wires.failure ?? error
    }
  }
}

/// One of the ranks.
private final class PacedRank: Communicator {
  private let base: any Communicator
  private let wires: Wires
  private let allReduce: AllReduce
  /// Sends and receives, one sum after another, while the rank computes.
  private let channel: DispatchQueue

  init(_ base: any Communicator, _ wires: Wires, _ allReduce: AllReduce) {
    self.base = base
    self.wires = wires
    self.allReduce = allReduce
    channel = DispatchQueue(label: "rank \(base.rank)", qos: .userInteractive)
  }

  var rank: Int { base.rank }
  var count: Int { base.count }
  var host: HostShare {
    let cluster = wires.cluster
    let first = cluster.host(of: rank) * cluster.ranksPerHost
    return HostShare(
      name: "host \(cluster.host(of: rank))", rank: rank - first,
      count: min(cluster.ranksPerHost, count - first))
  }

  func sum(_ values: inout [Float]) throws { values = try startSum(values).finish() }

  func sum(_ values: inout [Double]) throws {
    try send(allReduce.phases(Double(8 * values.count), on: wires.cluster)).finish()
    try base.sum(&values)
  }

  func startSum(_ values: [Float]) throws -> any PendingSum {
    let pending = try base.startSum(values)
    return Pending(
      messages: send(allReduce.phases(Double(4 * values.count), on: wires.cluster)), sums: pending)
  }

  func broadcast(_ bytes: inout [UInt8]) throws {
    try base.broadcast(&bytes)
    let phases = AllReduce.tree.phases(Double(bytes.count), on: wires.cluster)
    try send(phases.filter { !$0.adds }).finish()
  }

  func gather(_ bytes: [UInt8]) throws -> [[UInt8]] {
    let all = try collect(bytes)
    return rank == 0 ? all : []
  }

  func collect(_ bytes: [UInt8]) throws -> [[UInt8]] {
    let all = try base.collect(bytes)
    let longest = all.map(\.count).max() ?? 0
    try send(AllReduce.ring.phases(Double(longest * count), on: wires.cluster).filter { !$0.adds }).finish()
    return all
  }

  func barrier() throws { try base.barrier() }

  func abandon(_ sentence: String) {
    wires.cut(by: RanksError.lost(rank: rank, sentence: sentence))
    base.abandon(sentence)
  }

  /// Begins to send and receive this rank's part of some messages.
  private func send(_ phases: [MessagePhase]) -> Transfer {
    let transfer = Transfer()
    let (wires, rank) = (wires, rank)
    let asked = ContinuousClock.now
    channel.async { transfer.end(Result { try wires.run(phases, of: rank, asked: asked) }) }
    return transfer
  }

  /// Messages that are under way.
  private final class Transfer: Sendable {
    private let isOver = DispatchSemaphore(value: 0)
    private let result = Mutex<Result<Void, any Error>?>(nil)

    func end(_ result: Result<Void, any Error>) {
      self.result.withLock { $0 = result }
      isOver.signal()
    }

    /// Waits for the last of them. It is called once.
    func finish() throws {
      isOver.wait()
      try result.withLock { $0 }?.get()
    }
  }

  private struct Pending: PendingSum {
    let messages: Transfer
    let sums: any PendingSum

    func finish() throws -> [Float] {
      try messages.finish()
      return try sums.finish()
    }
  }
}

/// What lies between the ranks: letters with the moment at which they arrive, and network cards that are busy.
private final class Wires: @unchecked Sendable {
  /// Messages that have not come within this time never will.
  private static let patience = 60.0

  let cluster: Cluster
  // `condition` guards all that follows, everywhere.
  private let condition = NSCondition()
  /// By receiver and sender: when messages arrive, in the order of sending.
  private var letters: [[Int]: [ContinuousClock.Instant]] = [:]
  private var sending: [ContinuousClock.Instant]
  private var receiving: [ContinuousClock.Instant]
  /// By rank: until when it has sent or received what it did so far.
  private var clocks: [ContinuousClock.Instant]
  private var cause: (any Error)?

  init(_ cluster: Cluster) {
    self.cluster = cluster
    let now = ContinuousClock.now
    sending = [ContinuousClock.Instant](repeating: now, count: cluster.hosts)
    receiving = sending
    clocks = [ContinuousClock.Instant](repeating: now, count: cluster.ranks)
  }

  /// The error of the rank that failed first.
  var failure: (any Error)? { condition.withLock { cause } }

  /// Ends all waiting: a rank has failed.
  func cut(by error: any Error) {
    condition.withLock {
      cause = cause ?? error
      condition.broadcast()
    }
  }

  /// Sends and receives a rank's part of some messages.
  ///
  /// How late a thread wakes up is not added up: what follows begins where the message before ended by the clock.
  ///
  /// - Parameter asked: when the rank was ready to.
  func run(_ phases: [MessagePhase], of rank: Int, asked: ContinuousClock.Instant) throws {
    var clock = condition.withLock { max(asked, clocks[rank]) }
    for phase in phases {
      var (sent, arrived) = (clock, clock)
      let target = phase.targets[rank]
      if target >= 0 {
        sent = post(phase.bytes, from: rank, to: target, at: clock)
        Self.sleep(until: sent)
      }
      if let sender = phase.targets.firstIndex(of: rank) {
        arrived = max(clock, try take(from: sender, by: rank))
        Self.sleep(until: arrived)
        arrived += .seconds(phase.adds ? cluster.seconds(adding: phase.bytes) : 0)
      }
      clock = max(sent, arrived)
      Self.sleep(until: clock)
    }
    condition.withLock { clocks[rank] = clock }
  }

  /// - Returns: when the message has left.
  private func post(
    _ bytes: Double, from rank: Int, to target: Int, at clock: ContinuousClock.Instant
  ) -> ContinuousClock.Instant {
    let (from, to) = (cluster.host(of: rank), cluster.host(of: target))
    let link = cluster.link(rank, target)
    let (latency, length) = (Duration.seconds(link.latency), Duration.seconds(link.seconds(sending: bytes)))
    return condition.withLock {
      var begin = clock
      if from != to { begin = max(begin, sending[from], receiving[to] - latency) }
      let sent = begin + length
      if from != to { (sending[from], receiving[to]) = (sent, sent + latency) }
      letters[[target, rank], default: []].append(sent + latency)
      condition.broadcast()
      return sent
    }
  }

  /// - Returns: when the next message of a sender arrives.
  private func take(from sender: Int, by rank: Int) throws -> ContinuousClock.Instant {
    let limit = Date(timeIntervalSinceNow: Self.patience)
    return try condition.withLock {
      while letters[[rank, sender]]?.isEmpty ?? true {
        guard cause == nil, condition.wait(until: limit) else {
          throw RanksError.lost(rank: cause == nil ? sender : nil, sentence: nil)
        }
      }
      return letters[[rank, sender]]!.removeFirst()
    }
  }

  private static func sleep(until instant: ContinuousClock.Instant) {
    let rest = (instant - .now) / .seconds(1)
    if rest > 0 { Thread.sleep(forTimeInterval: rest) }
  }
}
