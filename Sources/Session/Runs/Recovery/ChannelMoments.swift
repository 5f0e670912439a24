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
    for place in self.mean.indices {
      let own = Double(mean[place])
      self.mean[place] += share * own
      square[place] += share * (Double(variance[place]) + own * own)
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
        for place in row * space..<(row + 1) * space {
          let value = Double(values[place])
          sum += value
          squares += value * value
        }
        mean[row % channels] += scale * sum
        square[row % channels] += scale * squares
      }
    }
  }
}

/// Takes the moments of chosen values of a network, a batch of some of them a step: all at once would keep every
/// activation of a deep network.
final class MomentsPass {
  private(set) var moments: [ValueID: ChannelMoments] = [:]
  /// Batches in all, over every part of the values.
  let steps: Int
  private(set) var done = 0

  private let network: Network
  private let calibration: CalibrationSet
  private let parts: [[ValueID]]
  private var plans: PlanCache?

  /// Elements of one example that are kept at most.
  private static let budget = 2 << 20

  /// - Parameter values: with shapes `[N, C, …]`.
  init(of values: [ValueID], in bound: BoundNetwork, _ calibration: CalibrationSet) {
    network = bound.network
    self.calibration = calibration
    var (parts, size): ([[ValueID]], Int) = ([], 0)
    for value in values {
      let own = bound.shape(of: value)?.elementCount ?? 0
      if parts.isEmpty || size + own > Self.budget {
        parts.append([])
        size = 0
      }
      parts[parts.count - 1].append(value)
      size += own
      moments[value] = ChannelMoments(channels: bound.shape(of: value)?[1] ?? 1)
    }
    self.parts = parts
    steps = parts.count * calibration.batches.count
  }

  /// Does one more batch; false when all is done.
  func step() throws(SessionError) -> Bool {
    guard done < steps else { return false }
    let (part, batch) = done.quotientAndRemainder(dividingBy: calibration.batches.count)
    if batch == 0 { plans = calibration.plans(of: network, outputs: parts[part]) }
    guard let plans else { return false }
    let plan = try calibration.forward(plans, batch: batch)
    let examples = calibration.batches[batch].count
    for value in parts[part] {
      let values = try SessionError.compute { () throws(ComputeError) in try plan.value(value) }
      moments[value]?.add(values, examples: examples, share: calibration.share(of: batch))
    }
    done += 1
    return done < steps
  }
}
