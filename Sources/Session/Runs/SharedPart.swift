import Datasets
import Graph
import Pruning
import Ranks

/// What was found in a batch, as ranks tell it each other.
protocol SharedPart {
  /// Adds it to a message.
  func write(to message: inout MessageWriter)
  /// Reads what `write` wrote.
  init(from message: inout MessageReader) throws
}

/// What came of a batch.
struct BatchFinding<Part> {
  /// What was found; `nil` where nothing could be computed.
  let part: Part?
  /// Examples that could not be read.
  let skipped: [Batch.Skipped]
}

extension BatchFinding where Part: SharedPart {
  /// All of it as bytes.
  var message: [UInt8] {
    var writer = MessageWriter()
    writer.write(skipped.count)
    for one in skipped {
      writer.write(one.index)
      writer.write(one.name)
      writer.write(one.reason)
    }
    part?.write(to: &writer)
    return writer.bytes
  }

  /// Reads what `message` gives.
  init(_ message: [UInt8], from rank: Int) throws {
    var reader = MessageReader(message, from: rank)
    let count = try reader.readInt()
    guard 0...message.count ~= count else { throw RanksError.outOfStep(rank: rank) }
    skipped = try (0..<count).map { _ in
      Batch.Skipped(index: try reader.readInt(), name: try reader.readText(), reason: try reader.readText())
    }
    part = reader.isAtEnd ? nil : try Part(from: &reader)
  }
}

/// The scores of a batch: statistics of some layers, in an order that all ranks know.
struct ScoredBatch: SharedPart {
  let layers: [KernelStatistics]

  init(layers: [KernelStatistics]) { self.layers = layers }

  /// Statistics of scores of every example by themselves.
  ///
  /// - Parameter scores: of an example, a score a kernel.
  static func layer(kernels: Int, examples: Int, _ scores: (Int) -> [Double]) -> KernelStatistics {
    var statistics = KernelStatistics(kernels: kernels)
    for example in 0..<examples { statistics.add(scores(example)) }
    return statistics
  }

  func write(to message: inout MessageWriter) {
    message.write(layers.count)
    for layer in layers {
      message.write(layer.mean.count)
      message.write(layer.numbers)
    }
  }

  init(from message: inout MessageReader) throws {
    layers = try (0..<max(0, message.readInt())).map { _ in
      let kernels = try message.readInt()
      guard let layer = KernelStatistics(numbers: try message.readDoubles(), kernels: kernels) else {
        throw message.unfit
      }
      return layer
    }
  }
}

extension ScoreTable {
  /// Adds the scores of a batch.
  ///
  /// - Parameter names: of the batch's layers, in their order.
  mutating func merge(_ batch: ScoredBatch, of names: [String]) {
    for (name, statistics) in zip(names, batch.layers) { layers[name]?.merge(statistics) }
  }
}

/// The losses of a batch, as they add up.
struct MeasuredBatch: SharedPart {
  var lossSum = 0.0
  var correct = 0
  var correctInFive = 0
  var examples = 0
  var decisions = 0

  /// Nothing measured yet.
  init() {}

  init(_ found: Objective.Evaluation, examples: Int) {
    lossSum = found.losses.reduce(0, +)
    correct = found.correct ?? 0
    correctInFive = found.correctInFive ?? 0
    self.examples = examples
    decisions = found.decisions
  }

  /// All of it as numbers, exact up to 2^53.
  var numbers: [Double] { [lossSum] + [correct, correctInFive, examples, decisions].map(Double.init) }

  /// What `numbers` gave, or sums of that.
  init(numbers: [Double]) {
    lossSum = numbers[0]
    (correct, correctInFive) = (Int(cut: numbers[1]), Int(cut: numbers[2]))
    (examples, decisions) = (Int(cut: numbers[3]), Int(cut: numbers[4]))
  }

  static func += (sums: inout MeasuredBatch, batch: MeasuredBatch) {
    sums.lossSum += batch.lossSum
    sums.correct += batch.correct
    sums.correctInFive += batch.correctInFive
    sums.examples += batch.examples
    sums.decisions += batch.decisions
  }

  func write(to message: inout MessageWriter) { message.write(numbers) }

  init(from message: inout MessageReader) throws {
    let numbers = try message.readDoubles()
    guard numbers.count == 5 else { throw message.unfit }
    self.init(numbers: numbers)
  }
}
