import Datasets
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite struct LoadingTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// `count` numbers, each an example.
  private func numbers(_ count: Int) throws -> Dataset {
    var archive = NumPyArchive()
    archive["x"] = try NumPyArray(shape: [count, 1, 1, 1], floats: (0..<count).map(Float.init))
    archive["y"] = try NumPyArray(shape: [count], integers: (0..<count).map { Int64($0 % 3) })
    let path = folder.path + "/numbers.npz"
    try archive.write(to: path)
    return try Dataset(path: path)
  }

  /// `count` small pictures of which those at `broken` are no pictures.
  private func pictures(_ count: Int, broken: Set<Int>) throws -> Dataset {
    let name = folder.path + "/pictures"
    try FileManager.default.createDirectory(atPath: name, withIntermediateDirectories: true)
    let whole = Data(try #require(Self.picture))
    for number in 0..<count {
      let bytes = broken.contains(number) ? whole.prefix(40) : whole
      try bytes.write(to: URL(filePath: "\(name)/\(String(number).count)\(number).png"))
    }
    return try Dataset(path: name)
  }

  /// One grey pixel, as PNG.
  private static let picture: [UInt8]? = Data(
    base64Encoded:
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
  )
  .map { Array($0) }

  private func all(_ batches: EpochBatches) throws -> [EpochBatches.Item] {
    var batches = batches
    var items: [EpochBatches.Item] = []
    while let item = try batches.next() { items.append(item) }
    return items
  }

  @Test func picturesThatAreKeptAreReadOnce() throws {
    let plain = try pictures(9, broken: [4])
    let kept = plain.keepingExamples()
    let first = try kept.batch(0..<9)
    #expect(try first.inputs == plain.batch(0..<9).inputs)
    try FileManager.default.removeItem(atPath: folder.path + "/pictures")
    let second = try kept.batch((0..<9).reversed())
    #expect(second.indices == first.indices.reversed())
    #expect(second.inputs.sorted() == first.inputs.sorted())
    #expect(second.skipped.map(\.index) == [4])
    #expect(try plain.batch(0..<9).skipped.count == 9)
  }

  /// Ranks that share a batch have its examples between them, each its own.
  @Test(arguments: [[0..<5], [0..<3, 3..<5], [0..<2, 2..<4, 4..<5]])
  func piecesOfABatchAreItsExamples(pieces: [Range<Int>]) throws {
    let dataset = try numbers(23)
    let whole = try all(EpochBatches(dataset, batchSize: 5, epochs: 3))
    let parts = try pieces.map { try all(EpochBatches(dataset, batchSize: 5, epochs: 3, piece: $0)) }
    #expect(whole.count == 12)
    for (number, item) in whole.enumerated() {
      #expect(parts.flatMap { $0[number].batch.indices } == item.batch.indices)
      #expect(parts.allSatisfy { $0[number].endsEpoch == item.endsEpoch && $0[number].epoch == item.epoch })
    }
  }

  /// What one rank cannot read moves no other: all have full pieces, and end their epochs together.
  @Test func unreadableExamplesMoveNoOtherRank() throws {
    let dataset = try pictures(11, broken: [1, 4, 5])
    let parts = try [0..<2, 2..<4].map { try all(EpochBatches(dataset, batchSize: 4, epochs: 3, piece: $0)) }
    #expect(parts.allSatisfy { $0.count == 6 && $0.allSatisfy { $0.batch.count == 2 } })
    #expect(parts[0].map(\.endsEpoch) == parts[1].map(\.endsEpoch))
    #expect(parts.joined().contains { !$0.batch.skipped.isEmpty })
  }

  @Test func aPieceOfNothingReadableIsAnError() throws {
    let dataset = try pictures(4, broken: [])
    try FileManager.default.removeItem(atPath: folder.path + "/pictures")
    #expect(throws: DatasetError.self) {
      _ = try all(EpochBatches(dataset, batchSize: 4, epochs: 1, piece: 0..<2))
    }
  }

  @Test func everyEpochIsAnotherOrderOfTheSame() throws {
    let items = try all(EpochBatches(numbers(20), batchSize: 5, epochs: 3))
    #expect(items.map(\.epoch) == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2])
    #expect(
      items.map(\.endsEpoch) == [3, 7, 11].reduce(into: Array(repeating: false, count: 12)) { $0[$1] = true })
    let epochs = (0..<3).map { epoch in items.filter { $0.epoch == epoch }.flatMap(\.batch.indices) }
    #expect(epochs.allSatisfy { $0.sorted() == Array(0..<20) })
    #expect(Set(epochs).count == 3)
    for item in items { #expect(item.batch.inputs == item.batch.indices.map(Float.init)) }
    for item in items { #expect(item.batch.labels == item.batch.indices.map { $0 % 3 }) }
  }

  @Test func theRestOfAnEpochWaits() throws {
    let items = try all(EpochBatches(numbers(11), batchSize: 4, epochs: 2))
    #expect(items.map(\.batch.count) == [4, 4, 4, 4])
    #expect(EpochBatches(try numbers(11), batchSize: 4, epochs: 2).batchesPerEpoch == 2)
    // A set smaller than a batch is one.
    #expect(try all(EpochBatches(numbers(3), batchSize: 8, epochs: 2)).map(\.batch.count) == [3, 3])
  }

  @Test func whatIsBrokenIsNamedAndReplaced() throws {
    let dataset = try pictures(12, broken: [2, 5, 7])
    let items = try all(EpochBatches(dataset, batchSize: 4, epochs: 2))
    #expect(
      items.allSatisfy {
        $0.batch.count == 4 && $0.batch.shape[0] == 4
          && $0.batch.inputs.count == 4 * dataset.exampleShape.reduce(1, *)
      })
    let broken = Set(items.flatMap { $0.batch.skipped.map(\.index) })
    #expect(broken == [2, 5, 7])
    #expect(items.flatMap(\.batch.indices).allSatisfy { !broken.contains($0) })
  }

  @Test func aSetOfNothingButBrokenOnesEnds() throws {
    let dataset = try pictures(3, broken: [1, 2])
    // The only whole one fills a batch by itself.
    #expect(try all(EpochBatches(dataset, batchSize: 3, epochs: 1)).map(\.batch.indices) == [[0, 0, 0]])
    try Data("no picture".utf8).write(to: URL(filePath: dataset.path + "/10.png"))
    #expect(throws: DatasetError.self) { try all(EpochBatches(dataset, batchSize: 3, epochs: 1)) }
  }

  @Test(arguments: [1, 2, 7]) func aheadIsTheSameInTheSameOrder(capacity: Int) throws {
    let batches = EpochBatches(try numbers(23), batchSize: 4, epochs: 3)
    let expected = try all(batches)
    let queue = Prefetch(capacity: capacity) {
      var batches = batches
      return { try batches.next() }
    }
    var found: [EpochBatches.Item] = []
    while let item = try queue.next() { found.append(item) }
    #expect(found.map(\.batch.indices) == expected.map(\.batch.indices))
    #expect(found.map(\.batch.inputs) == expected.map(\.batch.inputs))
    #expect(try queue.next() == nil, "nothing comes behind the end")
  }

  private struct Failure: Error {}

  @Test func anErrorComesInItsPlace() throws {
    let queue = Prefetch<Int>(capacity: 2) {
      var number = 0
      return {
        number += 1
        if number == 4 { throw Failure() }
        return number
      }
    }
    #expect(try [queue.next(), queue.next(), queue.next()] == [1, 2, 3])
    #expect(throws: Failure.self) { try queue.next() }
    #expect(try queue.next() == nil)
  }

  /// What tells how far a source went and whether it is gone.
  private final class Witness: Sendable {
    let made = Mutex(0)
    let gone = DispatchSemaphore(value: 0)
  }

  /// Counts, and says when it goes.
  private final class Source {
    let witness: Witness
    init(_ witness: Witness) { self.witness = witness }
    deinit { witness.gone.signal() }
    func next() -> Int {
      witness.made.withLock {
        $0 += 1
        return $0
      }
    }
  }

  @Test(arguments: [false, true]) func noMoreIsMadeThanFitsAndNothingIsLeftBehind(stops: Bool) throws {
    let witness = Witness()
    var queue: Prefetch<Int>? = Prefetch(capacity: 3) {
      let source = Source(witness)
      return { source.next() }
    }
    for number in 1...5 { #expect(try queue?.next() == number) }
    #expect(witness.made.withLock { $0 } <= 5 + 3)
    if stops {
      queue?.stop()
      #expect(try queue?.next() == nil)
    } else {
      queue = nil
    }
    #expect(witness.gone.wait(timeout: .now() + 20) == .success, "the thread ended and let go of its source")
    #expect(witness.made.withLock { $0 } <= 5 + 4)
  }
}
