import CMPI
import Foundation

/// What the variables say that `mpirun` and `srun` leave in the environment of each process that they start.
package struct LaunchedRank: Sendable, Hashable {
  /// The number of this process.
  package let rank: Int
  /// How many there are; more than one.
  package let count: Int

  /// Variables of the number and of the count: Open MPI, MPICH and its relatives, then Slurm with PMIx.
  private static let variables = [
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"), ("PMI_RANK", "PMI_SIZE"),
    ("PMIX_RANK", "SLURM_STEP_NUM_TASKS"),
  ]

  /// - Returns: `nil` where no launcher started this process, or started it alone.
  package init?(environment: [String: String] = ProcessInfo.processInfo.environment) {
    for (rank, count) in Self.variables {
      guard let rank = environment[rank].flatMap(Int.init), let count = environment[count].flatMap(Int.init),
        count > 1, 0..<count ~= rank
      else { continue }
      (self.rank, self.count) = (rank, count)
      return
    }
    return nil
  }

  /// Whether this program can join ranks: whether it was built with the trait `MPI`.
  package static var canJoin: Bool { cmpi_is_built() }
}
