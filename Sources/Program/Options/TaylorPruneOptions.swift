import ArgumentParser
import Datasets
import Procedures
import Session

/// What `taylor-prune` and the terminal program's command of that name are told.
struct TaylorPruneOptions: ParsableArguments {
  @Option(help: "Share of the learnables that is to go, in per cent.") var reduction: Double
  @Option(help: "Kernels that go at most between two scorings.", transform: WholeNumber.count)
  var maxToPrune = 8
  @Option(help: "Mini-batches that are scored before each prune.", transform: WholeNumber.count)
  var scoreIterations = 10
  @Option(help: "Examples a mini-batch.", transform: WholeNumber.count) var batchSize = 32
  @Option(help: "Kernels that every layer keeps.") var minKeep = TaylorPrunableNetwork.usualMinimumKept
  @Option(help: "Lower a score by this much for each million multiply-accumulates of the kernel.")
  var macPenalty = 0.0
  @Option(help: "The least accuracy in per cent, or the largest loss of data without classes.")
  var validationThreshold: Double?

  /// Throws where no run can have what was asked for.
  func check() throws {
    guard 0...100 ~= reduction else {
      throw ProcedureError.setting("--reduction \(reduction)", allowed: "a percentage from 0 to 100")
    }
  }

  /// What is to come of it.
  ///
  /// - Parameter loss: of the data that the threshold is held against.
  func goal(from start: Int, loss: DatasetConfiguration.Loss?) throws -> IterationGoal {
    try check()
    var loop = TaylorPruningLoop(learnablesReductionGoal: reduction / 100)
    loop.maxToPrune = maxToPrune
    loop.scoreIterations = scoreIterations
    loop.miniBatchSize = batchSize
    loop.validationThreshold = validationThreshold.map { loss == .crossEntropy ? $0 / 100 : $0 }
    return try loop.goal(from: start, minimumKept: minKeep, macPenalty: macPenalty)
  }
}
