import Compute
import Graph
import Pruning

/// What is known of the values that readers of channels see: moments over a sample of positions of the calibration examples.
struct ReaderMoments {
  /// By channel.
  var means: [Double]
  /// `[channels, channels]` in C order.
  var covariances: [Double]
}

/// A value seen as rows of channels.
private struct ChannelRows: Hashable {
  let value: ValueID
  let axis: Int
  let repeats: Int
}

/// Takes the moments of all readers' values, and the variances of what they compute, some examples at a time.
final class MomentsOfReaders {
  private let calibration: CalibrationSet
  private let bound: BoundNetwork
  private let pass: ValuePass<ChannelRows>
  /// Of what is read.
  private let grams: [ChannelRows: ChannelGram]
  /// Of what is computed of it, whose channels need not know of each other.
  private var results: [ChannelRows: ChannelSpread] = [:]
  private var generator = SeededGenerator(seed: 0)

  /// Steps in all.
  var steps: Int { pass.steps }
  /// Steps done.
  var done: Int { pass.done }

  /// - Parameter takesResults: whether the variances of what readers compute are asked for.
  init(
    _ readers: [ChannelReader], _ opened: OpenNetwork, _ calibration: CalibrationSet,
    takesResults: Bool = true
  ) throws {
    bound = opened.bound
    self.calibration = calibration
    var grams: [ChannelRows: ChannelGram] = [:]
    var order: [ChannelRows] = []
    for reader in readers {
      if grams[reader.read] == nil, let channels = reader.read.channels(in: bound) {
        grams[reader.read] = try ChannelGram(channels: channels)
        // What one reader computes another one may read as it is.
        if results[reader.read] == nil { order.append(reader.read) }
      }
      if takesResults, let result = reader.result, results[result] == nil,
        let channels = result.channels(in: bound)
      {
        results[result] = ChannelSpread(channels: channels)
        if grams[result] == nil { order.append(result) }
      }
    }
    self.grams = grams
    pass = ValuePass(order, in: bound, calibration, value: \.value)
  }

  /// Does one more step; false when all is done.
  func step() throws -> Bool {
    try pass.step { rows, values, slice in
      let sample = sample(values, rows, examples: slice.examples.count)
      results[rows]?.add(sample)
      try grams[rows]?.add(sample)
    }
  }

  /// The moments of what a reader reads.
  func moments(of reader: ChannelReader) -> ReaderMoments? {
    grams[reader.read].map { gram in
      let found = gram.moments
      return ReaderMoments(means: found.means, covariances: found.covariances)
    }
  }

  /// By kernel: the variance of what a reader computes.
  func variances(of reader: ChannelReader) -> [Double] {
    reader.result.flatMap { results[$0] }?.variances ?? []
  }

  /// Some rows of so many examples.
  private func sample(_ values: [Float], _ rows: ChannelRows, examples: Int) -> [Float] {
    let single = bound.shape(of: rows.value) ?? []
    let inner = single[(rows.axis + 1)...].elementCount
    let extent = single[rows.axis]
    let channels = extent / rows.repeats
    let all = values.count / max(1, channels)
    let wanted = max(4096, 16 * channels) * examples / max(1, calibration.examples) + 1
    let chosen =
      wanted >= all
      ? Array(0..<all) : (0..<wanted).map { _ in Int(generator.next() % UInt64(all)) }
    var result = [Float](repeating: 0, count: chosen.count * channels)
    var at = 0
    for row in chosen {
      let (rest, position) = row.quotientAndRemainder(dividingBy: inner)
      let (outer, copy) = rest.quotientAndRemainder(dividingBy: rows.repeats)
      for channel in 0..<channels {
        result[at] = values[(outer * extent + channel * rows.repeats + copy) * inner + position]
        at += 1
      }
    }
    return result
  }
}

/// Sums over rows, channel by channel.
private struct ChannelSpread {
  private var sums: [Double]
  private var squares: [Double]
  private var rows = 0

  init(channels: Int) {
    sums = [Double](repeating: 0, count: channels)
    squares = sums
  }

  mutating func add(_ values: [Float]) {
    let channels = sums.count
    for row in 0..<values.count / channels {
      for channel in 0..<channels {
        let value = Double(values[row * channels + channel])
        sums[channel] += value
        squares[channel] += value * value
      }
    }
    rows += values.count / channels
  }

  var variances: [Double] {
    zip(sums, squares).map { sum, square in
      let mean = sum / Double(max(1, rows))
      return square / Double(max(1, rows)) - mean * mean
    }
  }
}

extension ChannelRows {
  /// How many channels there are; `nil` for a value without them.
  fileprivate func channels(in bound: BoundNetwork) -> Int? {
    let shape = bound.shape(of: value) ?? []
    return shape.indices.contains(axis) && shape[axis] > 0 ? shape[axis] / repeats : nil
  }
}

extension ChannelReader {
  /// What it reads.
  fileprivate var read: ChannelRows { ChannelRows(value: value, axis: axis, repeats: repeats) }

  /// What it computes; `nil` for a product of two values.
  fileprivate var result: ChannelRows? {
    map.map { ChannelRows(value: $0.output, axis: $0.outputAxis, repeats: 1) }
  }
}
