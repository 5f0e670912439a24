/// How the ranks of a run talk to each other: processes that `mpirun` started, or threads.
///
/// Every rank calls the same functions in the same order with as many elements; `startSum` counts where it is called.
/// Results do not depend on timing: what the ranks give is added in the order of their numbers, ((0 + 1) + 2) + ….
/// A communicator belongs to one thread at a time.
///
/// Every function throws `RanksError.lost` within seconds once another rank has ended, failed or abandoned the run.
package protocol Communicator: AnyObject, Sendable {
  /// The number of this rank, from 0. Rank 0 owns the screen and the files.
  var rank: Int { get }
  /// How many ranks there are.
  var count: Int { get }
  /// Where this rank stands among those of its host, which share its cores.
  var host: HostShare { get }

  /// Replaces the elements by their sums over all ranks.
  func sum(_ values: inout [Float]) throws
  /// Replaces the elements by their sums over all ranks.
  func sum(_ values: inout [Double]) throws
  /// Begins to add the elements over all ranks, while this rank computes on.
  ///
  /// - Returns: what `finish` is called of. Several may be under way; they are finished in any order.
  func startSum(_ values: [Float]) throws -> any PendingSum
  /// Replaces the bytes by those of rank 0, which may be of another number.
  func broadcast(_ bytes: inout [UInt8]) throws
  /// Brings the bytes of all ranks to rank 0; each rank may give as many as it likes.
  ///
  /// - Returns: at rank 0 the bytes of each rank, in the order of their numbers; elsewhere nothing.
  func gather(_ bytes: [UInt8]) throws -> [[UInt8]]
  /// Brings the bytes of all ranks to every rank; each rank may give as many as it likes.
  ///
  /// - Returns: the bytes of each rank, in the order of their numbers.
  func collect(_ bytes: [UInt8]) throws -> [[UInt8]]
  /// Returns when all ranks have called it.
  func barrier() throws

  /// Ends the run of all ranks: this one has failed, and the others learn why. It can be called from any thread, and
  /// whatever waits for this rank throws.
  func abandon(_ sentence: String)
}

/// A sum over all ranks that is under way.
package protocol PendingSum: Sendable {
  /// Waits for the sums.
  ///
  /// - Returns: as many elements as were given. It is called once.
  func finish() throws -> [Float]
}

/// Where a rank stands among those of its host that may use the same cores.
package struct HostShare: Sendable, Hashable {
  /// The host's name.
  package let name: String
  /// The number of the rank among those that share the cores, from 0.
  package let rank: Int
  /// How many ranks share them.
  package let count: Int

  /// A share from its parts.
  package init(name: String, rank: Int, count: Int) {
    (self.name, self.rank, self.count) = (name, rank, count)
  }

  /// The threads of this rank where all of the host's are divided among its ranks; at least one.
  package func threads(of cores: Int) -> Int { max(1, cores / count + (rank < cores % count ? 1 : 0)) }
}

extension Communicator {
  /// Whether this rank owns the screen and the files.
  package var isFirst: Bool { rank == 0 }

  /// The indices below `total` that are this rank's where they are dealt out like cards: `rank`, `rank + count`, ….
  package func dealt(_ total: Int) -> StrideTo<Int> { stride(from: rank, to: total, by: count) }

  /// The part of `0..<total` that is this rank's where it is cut into one piece a rank, the longer ones first.
  package func piece(of total: Int) -> Range<Int> {
    let (size, longer) = total.quotientAndRemainder(dividingBy: count)
    let start = rank * size + min(rank, longer)
    return start..<start + size + (rank < longer ? 1 : 0)
  }
}
