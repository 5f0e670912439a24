import Foundation
import Testing

/// A program that was built without MPI and is started several times all the same, by the variables that launchers set.
/// `Tests/CrossChecks/ranks.py` runs one that was built with it.
@Suite struct LaunchedRanksTests {
  private func run(_ rank: Int, _ arguments: [String]) throws -> Program.Outcome {
    try Program.run(
      arguments, environment: ["OMPI_COMM_WORLD_RANK": "\(rank)", "OMPI_COMM_WORLD_SIZE": "3"])
  }

  @Test func oneOfThemWorksAndSaysSo() throws {
    let sample = try Sample()
    let score = ["score", sample.model, "--criterion", "l2", "--json"]
    let alone = try Program.run(score)
    let first = try run(0, score)
    #expect(first.code == 0 && first.output == alone.output)
    #expect(first.errors.contains("3 processes were started") && first.errors.contains("--traits MPI"))
    for rank in 1...2 {
      let other = try run(rank, score + ["-o", sample.path("scores.json")])
      #expect(other.code == 0 && other.output.isEmpty && other.errors.isEmpty)
    }
    #expect(sample.bytes("scores.json") == nil)
  }

  /// Of commands that share no work one process works, and nothing is said.
  @Test func commandsThatShareNothingRunOnce() throws {
    let sample = try Sample()
    let first = try run(0, ["inspect", sample.model])
    #expect(first.code == 0 && !first.output.isEmpty && first.errors.isEmpty)
    let other = try run(1, ["inspect", sample.model])
    #expect(other.code == 0 && other.output.isEmpty)
    // What is wrong with the arguments is said once, too.
    let wrong = (0..<2).map { rank in try? run(rank, ["score", "--nothing"]) }
    #expect(wrong.allSatisfy { $0?.code == 64 })
    #expect(wrong[0]?.errors.isEmpty == false && wrong[1]?.errors.isEmpty == true)
  }
}
