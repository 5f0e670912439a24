import Datasets
import Ranks
import Training

/// The part of each training batch that is a rank's.
struct BatchShare {
  /// The places in the batch; `nil` where the batch is not shared.
  let piece: Range<Int>?
  /// How many examples the rank has of a batch.
  let examples: Int
  private let ranks: any Communicator

  /// - Throws: where the batch cannot be shared by so many ranks.
  init(of batchSize: Int, fixedBatch: Int?, ranks: any Communicator) throws {
    self.ranks = ranks
    guard ranks.count > 1 else {
      (piece, examples) = (nil, batchSize)
      return
    }
    if let fixedBatch {
      throw SessionError.unfit(
        sentence: "The model takes \(fixedBatch) examples at once, so that ranks cannot share a batch.",
        remedy: "Export the model with a free batch dimension, or train on one rank.")
    }
    guard batchSize >= ranks.count else {
      throw TrainingError.setting(
        "batch-size",
        allowed: "shared by \(ranks.count) ranks: a number from \(ranks.count), and as many examples")
    }
    let piece = ranks.piece(of: batchSize)
    (self.piece, examples) = (piece, piece.count)
  }

  /// Throws where batch normalizations would take the statistics of single examples.
  ///
  /// - Parameter areShared: whether they take those of all ranks.
  func checkStatistics(_ trainer: Trainer, areShared: Bool) throws {
    guard let piece, piece.count == 1, !areShared, !trainer.constants.statistics.isEmpty else { return }
    throw TrainingError.setting(
      "batch-size",
      allowed:
        "shared by \(ranks.count) ranks: a number from \(2 * ranks.count), for the batch normalizations")
  }

  /// Where random numbers of this rank's own examples begin: no two ranks drop out the same elements.
  func seed(_ seed: UInt64) -> UInt64 { seed &+ UInt64(ranks.rank) &* 0x9e37_79b9_7f4a_7c15 }

  /// What the whole batch comes to.
  func sum(_ own: MeasuredBatch) throws -> MeasuredBatch {
    guard piece != nil else { return own }
    var numbers = own.numbers
    try ranks.sum(&numbers)
    return MeasuredBatch(numbers: numbers)
  }

  /// What the ranks could not read, in the order of their numbers.
  func collect(_ own: [Batch.Skipped]) throws -> [Batch.Skipped] {
    guard piece != nil else { return own }
    let message = BatchFinding<MeasuredBatch>(part: nil, skipped: own).message
    return try ranks.collect(message).enumerated().flatMap { rank, bytes in
      try BatchFinding<MeasuredBatch>(bytes, from: rank).skipped
    }
  }

  /// The checkpoint of rank 0, which has the files.
  func checkpointOfAll(_ own: TrainingCheckpoint?) throws -> TrainingCheckpoint? {
    guard piece != nil else { return own }
    var bytes = ranks.isFirst ? try own?.encoded() ?? [] : []
    try ranks.broadcast(&bytes)
    if ranks.isFirst { return own }
    return bytes.isEmpty ? nil : try TrainingCheckpoint(bytes: bytes)
  }
}
