/// The batches of a training run, one after another: every epoch in an order of its own, each batch full.
///
/// What cannot be read is left out and named in `Batch.skipped`, and the next examples take its place. The examples left
/// over at an epoch's end wait for the next one. A set smaller than a batch is repeated to fill it.
package struct EpochBatches: Sendable {
  /// A batch and where it stands.
  package struct Item: Sendable {
    /// The epoch, from 0.
    package let epoch: Int
    /// The examples.
    package var batch: Batch
    /// Whether the epoch ends with it.
    package let endsEpoch: Bool
  }

  /// The data.
  package let dataset: Dataset
  /// Examples a batch.
  package let batchSize: Int
  /// Epochs in all.
  package let epochs: Int
  /// The part of each batch that is read here, where ranks share it; all of it where `nil`.
  private let piece: Range<Int>?
  /// The most batches that an epoch has: as many as when everything can be read.
  package var batchesPerEpoch: Int { max(1, dataset.count / batchSize) }

  private var epoch = 0
  private var order: [Int] = []
  private var position = 0
  /// Examples of the epoch that could be read.
  private var readable = 0

  /// The batches of `epochs` epochs; a batch has at most as many examples as the data.
  ///
  /// - Parameters:
  ///   - first: the epoch that they begin with, from 0.
  ///   - piece: the places in each batch whose examples are read here, where ranks share it. All ranks stand at the same
  ///     place of the order: examples that follow the batch take the place of what one rank cannot read, and have their
  ///     own turn all the same.
  package init(_ dataset: Dataset, batchSize: Int, epochs: Int, from first: Int = 0, piece: Range<Int>? = nil)
  {
    epoch = first
    self.piece = piece
    self.dataset = dataset
    self.batchSize = max(1, min(batchSize, dataset.count))
    self.epochs = epochs
  }

  /// The next batch; `nil` behind the last one.
  ///
  /// - Throws: `DatasetError`; `noneReadable` where not one example of an epoch can be read.
  package mutating func next() throws -> Item? {
    guard epoch < epochs else { return nil }
    if order.isEmpty { order = dataset.order(epoch: epoch) }
    if let piece { return try nextPiece(piece) }
    var batch = try dataset.batch(take(batchSize))
    readable += batch.count
    var isRepeated = false
    while batch.count < batchSize {
      if position >= order.count {
        guard readable > 0 else {
          throw DatasetError.noneReadable(path: dataset.path, reason: batch.skipped.first?.reason)
        }
        (position, isRepeated) = (0, true)
      }
      let more = try dataset.batch(take(batchSize - batch.count))
      readable += more.count
      batch.append(more)
    }
    let ends = isRepeated || order.count - position < batchSize
    defer { if ends { beginEpoch() } }
    return Item(epoch: epoch, batch: batch, endsEpoch: ends)
  }

  private mutating func nextPiece(_ piece: Range<Int>) throws -> Item {
    let indices = take(batchSize)
    var batch = try dataset.batch(indices.dropFirst(piece.lowerBound).prefix(piece.count))
    var tried = 0
    while batch.count < piece.count {
      guard tried < order.count else {
        throw DatasetError.noneReadable(path: dataset.path, reason: batch.skipped.first?.reason)
      }
      let index = order[(position + tried) % order.count]
      batch.append(try dataset.batch([index]))
      tried += 1
    }
    let ends = order.count - position < batchSize
    defer { if ends { beginEpoch() } }
    return Item(epoch: epoch, batch: batch, endsEpoch: ends)
  }

  private mutating func take(_ count: Int) -> ArraySlice<Int> {
    let taken = order[position..<min(order.count, position + count)]
    position += taken.count
    return taken
  }

  private mutating func beginEpoch() {
    epoch += 1
    (order, position, readable) = ([], 0, 0)
  }
}
