import ArgumentParser
import Errors
import Files
import Foundation
import Ranks
import Session
import Synchronization
import TerminalUI

/// A command whose work processes on many machines share, when `mpirun` starts it.
protocol SharesWork: ParsableCommand {}

/// The run that this process is a rank of, where `mpirun` or `srun` started several.
///
/// All ranks do the same in the same order. Rank 0 owns screen and files: the others print nothing and write nothing, and
/// what goes wrong on one of them rank 0 tells.
enum SharedRun {
  private struct Joined {
    let ranks: MPIRanks
    let measured: MeasuredRanks
    let start: ContinuousClock.Instant
    let launched: LaunchedRank
  }

  private static let joined = Mutex<Joined?>(nil)
  private static let isInterrupted = Atomic<Bool>(false)

  /// What the runs of this process share their examples by.
  static var ranks: any Communicator { joined.withLock { $0?.measured } ?? SingleRank() }
  /// Whether there are several.
  static var isShared: Bool { ranks.count > 1 }

  /// Makes a process that is not the first of several silent, before anything is said.
  static func prepare() {
    guard let launched = LaunchedRank(), launched.rank > 0 else { return }
    Console.silence()
    FileReplacement.keepNothing()
  }

  /// Joins the ranks for a command that shares its work; of all others, and where the program was built without MPI, rank 0
  /// works alone and the others end at once.
  ///
  /// - Throws: `RanksError`.
  static func join(for command: any ParsableCommand) throws {
    guard let launched = LaunchedRank() else { return }
    guard command is any SharesWork, LaunchedRank.canJoin else {
      guard launched.rank == 0 else { Foundation.exit(0) }
      if command is any SharesWork {
        Console.note(
          "secateur: \(launched.count) processes were started to share the work, and this program was built without MPI: "
            + "one of them works alone.\n  Build it with `swift build -c release --traits MPI`.")
      }
      return
    }
    let ranks = try MPIRanks { isInterrupted.load(ordering: .relaxed) }
    joined.withLock {
      $0 = Joined(ranks: ranks, measured: MeasuredRanks(ranks), start: .now, launched: launched)
    }
    if ranks.isFirst { noteCores(ranks.host) }
  }

  /// Threads of this rank, where a run is shared: its part of the cores that it may use.
  static var threads: Int? {
    joined.withLock { $0?.ranks.host.threads(of: ProcessInfo.processInfo.activeProcessorCount) }
  }

  /// `mpirun` binds each of two ranks to one core, unless it is told otherwise.
  private static func noteCores(_ host: HostShare) {
    let (usable, all) = (ProcessInfo.processInfo.activeProcessorCount, ProcessInfo.processInfo.processorCount)
    guard usable < all, host.count == 1 else { return }
    Console.note(
      "secateur: this rank may use \(usable) of the \(all) cores of \(host.name).\n  "
        + "`mpirun --bind-to none` lets the ranks of a host divide all of its cores.")
  }

  // MARK: The end

  /// Stops what waits for other ranks: somebody asked this process to end.
  static func interrupt() {
    let isFirstTime = !isInterrupted.exchange(true, ordering: .relaxed)
    guard isFirstTime, let count = joined.withLock({ $0?.measured.count }) else { return }
    Console.note(
      "secateur: The \(count) ranks were told to end: somebody stopped them, or one of them died. What is whole is kept."
    )
  }

  /// Says how evenly the work was shared, when it is done.
  static func report() throws {
    guard let joined = joined.withLock({ $0 }) else { return }
    let seconds = (ContinuousClock.now - joined.start) / .seconds(1)
    var message = MessageWriter()
    message.write(joined.measured.host.name)
    message.write([seconds, joined.measured.traffic.waited])
    message.write(joined.measured.traffic.bytes)
    let rows = try joined.ranks.gather(message.bytes).enumerated().map { rank, bytes in
      var reader = MessageReader(bytes, from: rank)
      return RankShare(
        host: try reader.readText(), times: try reader.readDoubles(), bytes: try reader.readInt())
    }
    if let text = RankShare.text(rows) { Console.note(text) }
  }

  /// Leaves the ranks: together where all is well, else so that none is left behind.
  ///
  /// - Parameter sentence: what went wrong; `nil` where nothing did.
  static func end(_ code: Int32, _ sentence: String?) {
    guard let joined = joined.withLock({ $0 }) else { return }
    guard let sentence else {
      try? joined.ranks.end()
      return
    }
    joined.ranks.abandon(sentence)
    if joined.ranks.isFirst { joined.ranks.abort(code) }
    // Whoever is not the first and still here was not ended by it.
    _exit(code)
  }
}

/// What a rank took and waited.
struct RankShare {
  let host: String
  let seconds: Double
  let waited: Double
  let bytes: Int

  init(host: String, times: [Double], bytes: Int) {
    self.host = host
    (seconds, waited) = (times.first ?? 0, times.last ?? 0)
    self.bytes = bytes
  }

  /// The share of the time in which it waited for others.
  var share: Double { seconds > 0 ? min(1, waited / seconds) : 0 }

  /// A line about all of them; `nil` where there are none.
  static func text(_ ranks: [RankShare]) -> TerminalText? {
    // The one that waits least is waited for.
    guard let slowest = ranks.indices.min(by: { ranks[$0].share < ranks[$1].share }),
      let most = ranks.map(\.share).max()
    else { return nil }
    let hosts = Set(ranks.map(\.host)).count
    let least = Quantity.percent(ranks[slowest].share, digits: 0)
    let spread =
      least == Quantity.percent(most, digits: 0) ? least : "\(least) to \(Quantity.percent(most, digits: 0))"
    return "secateur: \(ranks.count) ranks on \(hosts) host\(hosts == 1 ? "" : "s") waited \(spread) of "
      + "\(Quantity.duration(seconds: ranks.map(\.seconds).max() ?? 0)) for each other; the slowest was rank \(slowest) on "
      + "\(ranks[slowest].host)"
  }
}
