import Graph
import Ranks

/// Batch normalization by the statistics of the batch that ranks share: each takes those of its examples, they are merged
/// in the order of the ranks (Chan et al. 1979), and the sums that the backward pass needs are added likewise.
struct SharedBatchNormalization {
  private let site: KernelSite
  private let ranks: any Communicator
  private let source: PlanTensor
  /// `[1, C, 1, …]`.
  private let row: [Int]
  /// Elements of a channel on this rank.
  private let count: Int

  init(_ site: KernelSite, source: PlanTensor, ranks: any Communicator) {
    (self.site, self.source, self.ranks) = (site, source, ranks)
    let shape = source.shape
    row = [1, shape[1]] + [Int](repeating: 1, count: shape.count - 2)
    count = shape.elementCount / max(1, shape[1])
  }

  private var channels: [Int] { [row[1]] }

  /// Adds the steps of the forward pass and, behind them, those of the backward pass.
  ///
  /// - Parameter values: the source, the scale and the shift.
  /// - Returns: mean and variance of all examples, `[C]` each.
  func lower(
    _ values: [ValueID], to output: ValueID, epsilon: Float, into plan: PlanBuilder
  ) throws -> (mean: PlanTensor, variance: PlanTensor) {
    let (scale, shift) = (try plan.plain(values[1]), try plan.plain(values[2]))
    let (mean, variance) = try moments(plan)
    let deviation = try plan.map("BatchNormalization.fold", [variance], shape: channels) {
      1.0 / ($0[0] + .constant(epsilon)).squareRoot
    }
    let factor = try plan.map("BatchNormalization.fold", [scale, deviation], shape: channels) {
      $0[0] * $0[1]
    }
    let offset = try plan.map("BatchNormalization.fold", [shift, mean, factor], shape: channels) {
      $0[0] - $0[1] * $0[2]
    }
    let (factors, offsets) = (try plan.reshaped(factor, row), try plan.reshaped(offset, row))
    try plan.define(
      output,
      plan.map("BatchNormalization", [source, factors, offsets], shape: source.shape) {
        $0[0] * $0[1] + $0[2]
      })
    let means = try plan.reshaped(mean, row)
    let deviations = try plan.reshaped(deviation, row)
    plan.backward { plan in
      guard let gradient = try plan.gradient(of: output) else { return }
      // x̂ = (x − μ)/√(σ² + ε)
      let normal = try plan.map(
        "BatchNormalization.backward", [source, means, deviations], shape: source.shape
      ) { ($0[0] - $0[1]) * $0[2] }
      let product = try plan.map("BatchNormalization.backward", [normal, gradient], shape: source.shape) {
        $0[0] * $0[1]
      }
      let scaleSum = try plan.plain(plan.reshaped(plan.unbroadcast(product, to: row), channels))
      let shiftSum = try plan.plain(plan.reshaped(plan.unbroadcast(gradient, to: row), channels))
      if plan.needsGradient(values[1]) { plan.contribute(scaleSum, to: values[1]) }
      if plan.needsGradient(values[2]) { plan.contribute(shiftSum, to: values[2]) }
      let (scaleMean, shiftMean) = try meansOverAll(scaleSum, shiftSum, plan)
      guard plan.needsGradient(values[0]) else { return }
      let moved = [
        gradient, normal, factors, try plan.reshaped(scaleMean, row), try plan.reshaped(shiftMean, row),
      ]
      // γ/√(σ² + ε) · (g − mean(g) − x̂ · mean(g·x̂)), means over the examples of all ranks.
      plan.contribute(
        try plan.map("BatchNormalization.backward", moved, shape: source.shape) {
          $0[2] * ($0[0] - $0[4] - $0[1] * $0[3])
        }, to: values[0])
    }
    return (mean, variance)
  }

  /// Mean and variance of the examples of all ranks.
  private func moments(_ plan: PlanBuilder) throws -> (mean: PlanTensor, variance: PlanTensor) {
    let share = 1 / Float(max(1, count))
    let ownMean = try plan.map(
      "BatchNormalization.statistics", [plan.unbroadcast(source, to: row)], shape: row
    ) { $0[0] * .constant(share) }
    let squares = try plan.map("BatchNormalization.statistics", [source, ownMean], shape: source.shape) {
      ($0[0] - $0[1]) * ($0[0] - $0[1])
    }
    let own = [
      try plan.plain(plan.reshaped(ownMean, channels)),
      try plan.plain(plan.reshaped(plan.unbroadcast(squares, to: row), channels)),
    ]
    let all = [plan.make(try .plain(channels)), plan.make(try .plain(channels))]
    plan.emitExchange("BatchNormalization.exchange", reads: own, writes: all) { [ranks, count] in
      let parts = try Self.collect(count, own, ranks)
      for channel in 0..<own[0].shape.elementCount {
        var (examples, mean, squares) = (0.0, 0.0, 0.0)
        for part in parts {
          let (more, difference) = (part.count, part.numbers[0][channel] - mean)
          squares += part.numbers[1][channel] + difference * difference * examples * more / (examples + more)
          mean += difference * more / (examples + more)
          examples += more
        }
        all[0].stored[channel] = Float(mean)
        all[1].stored[channel] = Float(squares / examples)
      }
    }
    return (all[0], all[1])
  }

  /// Sums of this rank's elements as means over those of all.
  private func meansOverAll(
    _ scale: PlanTensor, _ shift: PlanTensor, _ plan: PlanBuilder
  ) throws -> (scale: PlanTensor, shift: PlanTensor) {
    let own = [scale, shift]
    let all = [plan.make(try .plain(channels)), plan.make(try .plain(channels))]
    plan.emitExchange("BatchNormalization.exchange", reads: own, writes: all) { [ranks, count] in
      let parts = try Self.collect(count, own, ranks)
      let examples = parts.reduce(0) { $0 + $1.count }
      for (index, target) in all.enumerated() {
        for channel in 0..<own[0].shape.elementCount {
          target.stored[channel] = Float(parts.reduce(0) { $0 + $1.numbers[index][channel] } / examples)
        }
      }
    }
    return (all[0], all[1])
  }

  /// What each rank has: a count, and numbers a channel.
  private static func collect(
    _ count: Int, _ own: [PlanTensor], _ ranks: any Communicator
  ) throws -> [(count: Double, numbers: [[Double]])] {
    var message = MessageWriter()
    message.write([Double(count)])
    for tensor in own { message.write(tensor.stored.prefix(tensor.shape.elementCount).map(Double.init)) }
    return try ranks.collect(message.bytes).enumerated().map { rank, bytes in
      var reader = MessageReader(bytes, from: rank)
      let count = try reader.readDoubles()
      let numbers = try own.map { _ in try reader.readDoubles() }
      guard count.count == 1, zip(numbers, own).allSatisfy({ $0.count == $1.shape.elementCount }) else {
        throw reader.unfit
      }
      return (count[0], numbers)
    }
  }
}
