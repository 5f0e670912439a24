import Testing

import Ranks

@Suite struct LaunchedRankTests {
  /// What each launcher leaves in the environment.
  @Test func launchersAreKnownByTheirVariables() {
    let openMPI = LaunchedRank(environment: ["OMPI_COMM_WORLD_RANK": "3", "OMPI_COMM_WORLD_SIZE": "8"])
    #expect(openMPI?.rank == 3 && openMPI?.count == 8)
    let mpich = LaunchedRank(environment: ["PMI_RANK": "0", "PMI_SIZE": "2"])
    #expect(mpich?.rank == 0 && mpich?.count == 2)
    let slurm = LaunchedRank(
      environment: ["PMIX_RANK": "1", "SLURM_STEP_NUM_TASKS": "4", "SLURM_NTASKS": "16"])
    #expect(slurm?.rank == 1 && slurm?.count == 4)
  }

  @Test func whoeverWasStartedAloneIsAlone() {
    #expect(LaunchedRank(environment: [:]) == nil)
    #expect(LaunchedRank(environment: ["OMPI_COMM_WORLD_RANK": "0", "OMPI_COMM_WORLD_SIZE": "1"]) == nil)
    // A shell in a job of many tasks that no launcher started.
    #expect(LaunchedRank(environment: ["SLURM_NTASKS": "16", "SLURM_PROCID": "0"]) == nil)
    #expect(LaunchedRank(environment: ["PMI_RANK": "x", "PMI_SIZE": "2"]) == nil)
    #expect(LaunchedRank(environment: ["PMI_RANK": "2", "PMI_SIZE": "2"]) == nil)
  }
}
