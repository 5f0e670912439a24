import Errors
import Foundation

/// Ranks that are threads of this process: for machines without MPI, tests and simulations.
///
/// They compute the same sums, bit for bit, as ranks that are processes.
package enum ThreadRanks {
  /// Runs `body` on each of `count` ranks at once and waits for all.
  ///
  /// - Parameter stackSize: bytes of each thread's stack.
  /// - Returns: what each made, in the order of their numbers.
  /// - Throws: the error of the rank that failed first; the others end with `RanksError.lost`, of which nothing is said.
  package static func run<Result: Sendable>(
    _ count: Int, stackSize: Int = 8 << 20, _ body: @escaping @Sendable (any Communicator) throws -> Result
  ) throws -> [Result] {
    let meeting = Meeting(count: count)
    let outcomes = Outcomes<Result>(count: count)
    for rank in 0..<count {
      let thread = Thread {
        do {
          outcomes.set(rank, try body(ThreadRank(rank: rank, meeting: meeting)))
          meeting.leave(rank)
        } catch {
          meeting.fail(rank, error)
          outcomes.set(rank, nil)
        }
      }
      thread.stackSize = stackSize
      thread.start()
    }
    let results = outcomes.all()
    if let error = meeting.firstError { throw error }
    return results.compactMap { $0 }
  }

  /// What the ranks came to.
  private final class Outcomes<Result: Sendable>: @unchecked Sendable {
    // `condition` guards both, everywhere.
    private let condition = NSCondition()
    private var results: [Result?]
    private var missing: Int

    init(count: Int) { (results, missing) = ([Result?](repeating: nil, count: count), count) }

    func set(_ rank: Int, _ result: Result?) {
      condition.withLock {
        results[rank] = result
        missing -= 1
        condition.broadcast()
      }
    }

    func all() -> [Result?] {
      condition.withLock {
        while missing > 0 { condition.wait() }
        return results
      }
    }
  }
}

/// One of the threads' ranks.
private final class ThreadRank: Communicator {
  let rank: Int
  private let meeting: Meeting

  init(rank: Int, meeting: Meeting) { (self.rank, self.meeting) = (rank, meeting) }

  var count: Int { meeting.count }
  var host: HostShare { HostShare(name: "this host", rank: rank, count: meeting.count) }

  func sum(_ values: inout [Float]) throws {
    let ticket = try meeting.give(.floats(values), rank)
    values = try Pending(ticket: ticket, rank: rank, meeting: meeting).finish()
  }

  func sum(_ values: inout [Double]) throws {
    guard case .doubles(let sums) = try meeting.take(try meeting.give(.doubles(values), rank), rank) else {
      throw RanksError.outOfStep(rank: rank)
    }
    values = sums
  }

  func startSum(_ values: [Float]) throws -> any PendingSum {
    Pending(ticket: try meeting.give(.floats(values), rank), rank: rank, meeting: meeting)
  }

  func broadcast(_ bytes: inout [UInt8]) throws {
    bytes = try collect(rank == 0 ? bytes : [])[0]
  }

  func gather(_ bytes: [UInt8]) throws -> [[UInt8]] {
    let all = try collect(bytes)
    return rank == 0 ? all : []
  }

  func collect(_ bytes: [UInt8]) throws -> [[UInt8]] {
    guard case .collected(let parts) = try meeting.take(try meeting.give(.bytes(bytes), rank), rank) else {
      throw RanksError.outOfStep(rank: rank)
    }
    return parts
  }

  func barrier() throws { _ = try collect([]) }

  func abandon(_ sentence: String) {
    meeting.fail(rank, RanksError.lost(rank: rank, sentence: sentence))
  }

  private struct Pending: PendingSum {
    let ticket: Int
    let rank: Int
    let meeting: Meeting

    func finish() throws -> [Float] {
      guard case .floats(let sums) = try meeting.take(ticket, rank) else {
        throw RanksError.outOfStep(rank: rank)
      }
      return sums
    }
  }
}

/// Where threads meet: each call of a rank has a number, and those of one number belong together.
private final class Meeting: @unchecked Sendable {
  /// What a rank gives.
  enum Part {
    case floats([Float]), doubles([Double]), bytes([UInt8])

    /// The parts of all ranks as one: numbers added in the order of the ranks, bytes side by side.
    static func joined(_ parts: [Part]) throws -> Joined {
      func outOfStep(_ rank: Int) -> RanksError { .outOfStep(rank: rank) }
      switch parts[0] {
      case .floats(var sums):
        for (rank, part) in parts.enumerated().dropFirst() {
          guard case .floats(let values) = part, values.count == sums.count else { throw outOfStep(rank) }
          for index in sums.indices { sums[index] += values[index] }
        }
        return .floats(sums)
      case .doubles(var sums):
        for (rank, part) in parts.enumerated().dropFirst() {
          guard case .doubles(let values) = part, values.count == sums.count else { throw outOfStep(rank) }
          for index in sums.indices { sums[index] += values[index] }
        }
        return .doubles(sums)
      case .bytes:
        return .collected(
          try parts.enumerated().map { rank, part in
            guard case .bytes(let bytes) = part else { throw outOfStep(rank) }
            return bytes
          })
      }
    }
  }

  /// What all ranks together make.
  enum Joined { case floats([Float]), doubles([Double]), collected([[UInt8]]) }

  private struct Call {
    var parts: [Int: Part] = [:]
    var joined: Joined?
    var taken = 0
  }

  let count: Int
  // `condition` guards all that follows, everywhere.
  private let condition = NSCondition()
  private var given: [Int]
  private var calls: [Int: Call] = [:]
  private var gone = Set<Int>()
  private var failure: (rank: Int, error: any Error)?

  init(count: Int) { (self.count, given) = (count, [Int](repeating: 0, count: count)) }

  /// The error of the rank that failed first.
  var firstError: (any Error)? { condition.withLock { failure?.error } }

  /// - Returns: the number of the call.
  func give(_ part: Part, _ rank: Int) throws -> Int {
    try condition.withLock {
      try check(nil)
      let ticket = given[rank]
      given[rank] += 1
      calls[ticket, default: Call()].parts[rank] = part
      if let parts = calls[ticket]?.parts, parts.count == count {
        do {
          calls[ticket]?.joined = try Part.joined((0..<count).compactMap { parts[$0] })
        } catch {
          failure = failure ?? (rank, error)
        }
        calls[ticket]?.parts = [:]
        condition.broadcast()
      }
      return ticket
    }
  }

  func take(_ ticket: Int, _ rank: Int) throws -> Joined {
    try condition.withLock {
      while calls[ticket]?.joined == nil {
        try check(ticket)
        condition.wait()
      }
      guard let joined = calls[ticket]?.joined else { throw RanksError.outOfStep(rank: rank) }
      calls[ticket]?.taken += 1
      if calls[ticket]?.taken == count { calls[ticket] = nil }
      return joined
    }
  }

  /// Throws where nothing can come of a call any more. Called with the lock held.
  private func check(_ ticket: Int?) throws {
    if let (rank, error) = failure {
      if let error = error as? RanksError { throw error }
      throw RanksError.lost(rank: rank, sentence: CaughtError(error).sentence)
    }
    // Whoever has left, and has not given its part before, never will.
    if let ticket, let rank = gone.first(where: { given[$0] <= ticket }) {
      throw RanksError.lost(rank: rank, sentence: nil)
    }
  }

  func leave(_ rank: Int) {
    condition.withLock {
      gone.insert(rank)
      condition.broadcast()
    }
  }

  func fail(_ rank: Int, _ error: any Error) {
    condition.withLock {
      failure = failure ?? (rank, error)
      condition.broadcast()
    }
  }
}
