import Compute
import Graph

/// Means and variances of channels over the calibration data.
struct ChannelMoments {
  /// By channel: Σ of the batches' means, each times its share of the examples.
  private(set) var mean: [Double]
  /// By channel: Σ of the batches' mean squares, likewise.
  private var square: [Double]

  init(channels: Int) {
    mean = [Double](repeating: 0, count: channels)
    square = mean
  }

  /// By channel: E[x²] − E[x]², never below 0.
  var variance: [Double] { zip(mean, square).map { max(0, $1 - $0 * $0) } }

  /// Adds what is known of a batch.
  mutating func add(mean: [Float], variance: [Float], share: Double) {
    for position in self.mean.indices {
      let own = Double(mean[position])
      self.mean[position] += share * own
      square[position] += share * (Double(variance[position]) + own * own)
    }
  }

  /// Adds a batch of values whose second axis is the channel's, `[N, C, …]` in C order.
  mutating func add(_ values: [Float], examples: Int, share: Double) {
    let channels = mean.count
    let space = values.count / examples / channels
    let scale = share / Double(examples * space)
    values.withUnsafeBufferPointer { values in
      for row in 0..<examples * channels {
        var (sum, squares) = (0.0, 0.0)
        for position in row * space..<(row + 1) * space {
          let value = Double(values[position])
          sum += value
          squares += value * value
        }
        mean[row % channels] += scale * sum
        square[row % channels] += scale * squares
      }
    }
  }
}

/// Takes the moments of chosen values of a network, some examples a step.
final class MomentsPass {
  private(set) var moments: [ValueID: ChannelMoments] = [:]
  private let pass: ValuePass<ValueID>
  private let calibration: CalibrationSet

  /// Steps in all.
  var steps: Int { pass.steps }
  /// Steps done.
  var done: Int { pass.done }

  /// - Parameter values: with shapes `[N, C, …]`.
  init(of values: [ValueID], in bound: BoundNetwork, _ calibration: CalibrationSet) {
    self.calibration = calibration
    pass = ValuePass(values, in: bound, calibration) { $0 }
    for value in values { moments[value] = ChannelMoments(channels: bound.shape(of: value)?[1] ?? 1) }
  }

  /// Does one more step; false when all is done.
  func step() throws -> Bool {
    try pass.step { value, values, slice in
      let examples = slice.examples.count
      moments[value]?.add(values, examples: examples, share: calibration.share(ofExamples: examples))
    }
  }
}
