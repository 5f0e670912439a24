import CMPI
import Errors
import Foundation

/// Ranks that are processes, which MPI joins.
///
/// The library is called on a thread of its own, in the order in which it is asked, so that sums go on while the rank
/// computes. What follows a failure fails in the same way.
package final class MPIRanks: Communicator {
  /// The number of this rank.
  package let rank: Int
  /// How many ranks there are.
  package let count: Int
  /// Where this rank stands among those of its host.
  package let host: HostShare
  private let line: CallLine

  /// Joins the ranks that the launcher has started. Called once in a process.
  ///
  /// - Parameter stops: whether this rank is to wait no longer; it is asked from another thread.
  /// - Throws: `RanksError.library`.
  package init(stops: @escaping @Sendable () -> Bool = { false }) throws {
    let line = CallLine(stops: stops)
    self.line = line
    let name: String
    (rank, count, name) = try line.run {
      var (rank, count): (Int32, Int32) = (0, 1)
      var name = [CChar](repeating: 0, count: 256)
      try line.check(
        cmpi_start(
          &rank, &count, &name, Int32(name.count),
          { line in Unmanaged<CallLine>.fromOpaque(line!).takeUnretainedValue().isToStop },
          // The line lives as long as the process: its thread holds it.
          Unmanaged.passUnretained(line).toOpaque()))
      let bytes = name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
      return (Int(rank), Int(count), String(decoding: bytes, as: UTF8.self))
    }
    // Ranks that a launcher bound to cores of their own share nothing.
    let own = Array(name.utf8) + Self.usableCores
    let all = try Self.exchange(own, isWanted: true, on: line, count: count) { cmpi_collect($0, $1, $2) }
    let sharing = all.indices.filter { all[$0] == own }
    host = HostShare(name: name, rank: sharing.firstIndex(of: rank) ?? 0, count: max(1, sharing.count))
  }

  /// The set of cores that this process may use, as bytes that are equal where the sets are.
  private static var usableCores: [UInt8] {
    var set = [UInt8](repeating: 0, count: 1024)
    return Array(set.prefix(Int(cmpi_cores(&set, Int32(set.count)))))
  }

  /// Replaces the elements by their sums over all ranks.
  package func sum(_ values: inout [Float]) throws { values = try startSum(values).finish() }

  /// Replaces the elements by their sums over all ranks.
  package func sum(_ values: inout [Double]) throws {
    values = try line.run { [line, values] in
      var sums = values
      try line.check(cmpi_sum_doubles(&sums, Int64(sums.count)))
      return sums
    }
  }

  /// Begins to add the elements over all ranks.
  package func startSum(_ values: [Float]) throws -> any PendingSum {
    line.start { [line] in
      var sums = values
      try line.check(cmpi_sum_floats(&sums, Int64(sums.count)))
      return sums
    }
  }

  /// Replaces the bytes by those of rank 0.
  package func broadcast(_ bytes: inout [UInt8]) throws {
    bytes = try line.run { [line, bytes] in
      var length = UInt64(bytes.count).littleEndian
      try withUnsafeMutableBytes(of: &length) { length in
        try line.check(
          cmpi_broadcast(length.baseAddress?.assumingMemoryBound(to: UInt8.self), Int64(length.count)))
      }
      var bytes = bytes
      let count = Int(UInt64(littleEndian: length))
      if bytes.count != count { bytes = [UInt8](repeating: 0, count: count) }
      try line.check(cmpi_broadcast(&bytes, Int64(count)))
      return bytes
    }
  }

  /// Brings the bytes of all ranks to rank 0.
  package func gather(_ bytes: [UInt8]) throws -> [[UInt8]] {
    try Self.exchange(bytes, isWanted: rank == 0, on: line, count: count) { cmpi_gather($0, $1, $2) }
  }

  /// Brings the bytes of all ranks to every rank.
  package func collect(_ bytes: [UInt8]) throws -> [[UInt8]] {
    try Self.exchange(bytes, isWanted: true, on: line, count: count) { cmpi_collect($0, $1, $2) }
  }

  /// Returns when all ranks have called it.
  package func barrier() throws { _ = try collect([]) }

  /// How many bytes each rank gives goes ahead of them.
  private static func exchange(
    _ bytes: [UInt8], isWanted: Bool, on line: CallLine, count: Int,
    _ body:
      @escaping @Sendable (UnsafePointer<UInt8>?, UnsafeMutablePointer<UInt8>?, UnsafePointer<Int64>?) ->
      Int32
  ) throws -> [[UInt8]] {
    try line.run {
      var own = Int64(bytes.count)
      var counts = [Int64](repeating: 0, count: count)
      let sizes = [Int64](repeating: 8, count: count)
      try withUnsafeBytes(of: &own) { own in
        try counts.withUnsafeMutableBytes { counts in
          try line.check(
            cmpi_collect(
              own.baseAddress?.assumingMemoryBound(to: UInt8.self),
              counts.baseAddress?.assumingMemoryBound(to: UInt8.self), sizes))
        }
      }
      // One more, so that there is an address where nobody gives anything.
      var all = [UInt8](repeating: 0, count: isWanted ? Int(counts.reduce(0, +)) + 1 : 1)
      try line.check(body(bytes, &all, counts))
      guard isWanted else { return [] }
      var start = 0
      return counts.map { count in
        defer { start += Int(count) }
        return Array(all[start..<start + Int(count)])
      }
    }
  }

  // MARK: The end

  /// Tells the other ranks that this one fails; rank 0 has some seconds to keep what there is before this returns. Where
  /// rank 0 itself fails, the others have a moment to learn why.
  package func abandon(_ sentence: String) {
    line.stopWaiting()
    let seconds = rank == 0 ? 0.5 : Self.secondsToKeep
    _ = try? line.run(evenAfterFailure: true) { [line, rank] in
      // Whoever fails since another rank did has nothing to tell: rank 0 is to hear it from that one.
      if rank > 0, line.knowsOfALoss {
        Thread.sleep(forTimeInterval: seconds)
      } else {
        cmpi_tell(sentence, seconds)
      }
    }
  }

  /// Seconds that a failing rank leaves rank 0 to keep what there is.
  private static let secondsToKeep = 20.0

  /// Leaves the ranks when all of them are through. Nothing may be called afterwards.
  package func end() throws {
    try line.run { [line] in try line.check(cmpi_end()) }
  }

  /// Ends all ranks at once.
  package func abort(_ code: Int32) {
    line.stopWaiting()
    _ = try? line.run(evenAfterFailure: true) { cmpi_abort(code) }
  }
}

/// Calls of the library, one after another on a thread.
private final class CallLine: @unchecked Sendable {
  // `condition` guards all that follows, everywhere but `failure`, which the thread alone knows.
  private let condition = NSCondition()
  private var waiting: [@Sendable () -> Void] = []
  private var isStopped = false
  private var failure: (any Error)?
  private let stops: @Sendable () -> Bool

  init(stops: @escaping @Sendable () -> Bool) {
    self.stops = stops
    let thread = Thread { [self] in
      while true { next()() }
    }
    thread.name = "ranks"
    thread.start()
  }

  /// Whether a call that waits for other ranks is to return.
  var isToStop: Bool { condition.withLock { isStopped } || stops() }

  /// Whether another rank has failed; asked within a call.
  var knowsOfALoss: Bool { if case RanksError.lost? = failure { true } else { false } }

  /// From now on no call waits for other ranks.
  func stopWaiting() { condition.withLock { isStopped = true } }

  private func next() -> @Sendable () -> Void {
    condition.withLock {
      while waiting.isEmpty { condition.wait() }
      return waiting.removeFirst()
    }
  }

  /// Throws what a status means.
  func check(_ status: Int32) throws {
    switch Int(status) {
    case CMPI_DONE: return
    case CMPI_LOST:
      throw RanksError.lost(rank: Int(cmpi_lost_rank()), sentence: String(cString: cmpi_lost_text()))
    case CMPI_STOPPED: throw Stopped()
    default: throw RanksError.library(String(cString: cmpi_error()))
    }
  }

  func run<Value: Sendable>(
    evenAfterFailure: Bool = false, _ body: @escaping @Sendable () throws -> Value
  ) throws -> Value {
    try start(evenAfterFailure: evenAfterFailure, body).value()
  }

  func start<Value: Sendable>(
    evenAfterFailure: Bool = false, _ body: @escaping @Sendable () throws -> Value
  ) -> Ticket<Value> {
    let ticket = Ticket<Value>()
    condition.withLock {
      waiting.append { [self] in
        do {
          if let failure, !evenAfterFailure { throw failure }
          ticket.set(.success(try body()))
        } catch {
          failure = failure ?? error
          ticket.set(.failure(error))
        }
      }
      condition.signal()
    }
    return ticket
  }
}

/// What comes of a call.
private final class Ticket<Value: Sendable>: @unchecked Sendable {
  // `condition` guards the result, everywhere.
  private let condition = NSCondition()
  private var result: Result<Value, any Error>?

  func set(_ result: Result<Value, any Error>) {
    condition.withLock {
      self.result = result
      condition.signal()
    }
  }

  func value() throws -> Value {
    try condition.withLock {
      while true {
        if let result { return try result.get() }
        condition.wait()
      }
    }
  }
}

extension Ticket: PendingSum where Value == [Float] {
  func finish() throws -> [Float] { try value() }
}
