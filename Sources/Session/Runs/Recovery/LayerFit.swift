import Compute
import Graph
import Pruning

/// The fit of one layer's weights to what it computed before, a batch of calibration examples a step.
final class LayerFit {
  private let map: LinearMap
  private let subject: RecoverySubject
  private let network: Network
  /// What stands behind the layer.
  private let surroundings: Surroundings
  /// The kernels of the original that stay.
  private let kept: [Int]
  private let now: PlanCache
  private let then: PlanCache
  /// One a group.
  private let equations: [LeastSquares]
  /// Places of the output, over space, that are looked at of each example.
  private let placesPerExample: Int
  private var generator: SeededGenerator
  private var batch = 0

  private var features: Int { map.channelsInGroup * map.taps }

  /// - Parameters:
  ///   - map: in `bound`, which is what `network` was before its first layer was fitted.
  ///   - seed: where the choice of places begins.
  init(
    _ map: LinearMap, seed: UInt64, _ subject: RecoverySubject, _ network: Network, _ bound: BoundNetwork
  ) throws(SessionError) {
    self.map = map
    self.subject = subject
    self.network = network
    generator = SeededGenerator(seed: seed)
    kept = subject.kept.indices(of: map.output, axis: map.outputAxis) ?? Array(0..<map.kernels)
    surroundings = Surroundings(of: map, kept: kept, network, bound, before: subject.original.network)
    let beside = surroundings.branch.map { [$0] } ?? []
    let calibration = subject.calibration
    now = calibration.plans(of: network, outputs: [map.data, map.output] + beside)
    then = calibration.plans(of: subject.original.network, outputs: [map.output] + beside)
    let features = map.channelsInGroup * map.taps
    let space =
      map.window?.outputCount ?? (bound.shape(of: map.output) ?? []).elementCount / max(1, map.kernels)
    let wanted = max(4096, 8 * (features + 1))
    let examples = max(1, calibration.examples)
    let places = min(max(1, space), (wanted + examples - 1) / examples)
    placesPerExample = places
    equations = try SessionError.compute { () throws(ComputeError) in
      var equations: [LeastSquares] = []
      for _ in 0..<map.groups {
        equations.append(
          try LeastSquares(features: features, targets: map.kernelsInGroup, rows: places * examples))
      }
      return equations
    }
  }

  /// Adds one more batch; false when all are added.
  func step() throws(SessionError) -> Bool {
    let calibration = subject.calibration
    let present = try calibration.forward(now, network, batch: batch)
    let past = try calibration.forward(then, subject.original.network, batch: batch)
    try SessionError.compute { () throws(ComputeError) in
      let data = try present.value(map.data)
      let target = try Target(present, past, map, surroundings.branch)
      let rows = sample(target.rows, examples: calibration.batches[batch].count)
      for (group, equations) in equations.enumerated() {
        try equations.add(
          features(of: data, group: group, rows), residuals: residuals(target, group: group, rows))
      }
    }
    batch += 1
    return batch < calibration.batches.count
  }

  /// What is to be added to the weights, a matrix a group, and to the results.
  func solution(ridge: Double) throws(SessionError) -> LeastSquares.Solution {
    var (coefficients, offsets): ([Float], [Double]) = ([], [])
    for equations in equations {
      let found = try SessionError.compute { () throws(ComputeError) in try equations.solve(ridge: ridge) }
      coefficients += found.coefficients
      offsets += found.offsets
    }
    return LeastSquares.Solution(coefficients: coefficients, offsets: offsets)
  }

  /// What the layer computes now and what it computed, and the same of the branch beside it.
  private struct Target {
    let now: [Float]
    let then: [Float]
    let branch: (now: [Float], then: [Float])?
    /// Places over examples and space.
    let rows: Int

    init(
      _ present: ExecutionPlan, _ past: ExecutionPlan, _ map: LinearMap, _ branch: ValueID?
    ) throws(ComputeError) {
      now = try present.value(map.output)
      then = try past.value(map.output)
      rows = now.count / map.kernels
      if let branch {
        self.branch = (try present.value(branch), try past.value(branch))
      } else {
        self.branch = nil
      }
    }
  }

  private func sample(_ rows: Int, examples: Int) -> [Int] {
    let wanted = placesPerExample * examples
    if wanted >= rows { return Array(0..<rows) }
    return (0..<wanted).map { _ in Int(generator.next() % UInt64(rows)) }
  }

  /// What the kernels of a group see at some places: `[rows, features]`.
  private func features(of data: [Float], group: Int, _ rows: [Int]) -> [Float] {
    let (inner, taps) = (map.channelsInGroup, map.taps)
    let first = group * inner
    guard let window = map.window else {
      return rows.flatMap { data[$0 * map.channels..<($0 + 1) * map.channels] }
    }
    var result = [Float](repeating: 0, count: rows.count * features)
    var at = 0
    for row in rows {
      let (example, position) = row.quotientAndRemainder(dividingBy: window.outputCount)
      let sources = window.sources(at: position)
      for channel in first..<first + inner {
        let start = (example * map.channels + channel) * window.inputCount
        for tap in 0..<taps {
          if sources[tap] >= 0 { result[at] = data[start + sources[tap]] }
          at += 1
        }
      }
    }
    return result
  }

  /// What the kernels of a group lack at some places: `[rows, kernelsInGroup]`.
  private func residuals(_ target: Target, group: Int, _ rows: [Int]) -> [Float] {
    let kernels = group * map.kernelsInGroup..<(group + 1) * map.kernelsInGroup
    let before = target.then.count / target.rows
    let space = map.window?.outputCount ?? 1
    var result: [Float] = []
    result.reserveCapacity(rows.count * kernels.count)
    for row in rows {
      let (example, position) = row.quotientAndRemainder(dividingBy: space)
      for kernel in kernels {
        let here = (example * map.kernels + kernel) * space + position
        let there = (example * before + kept[kernel]) * space + position
        var lack = surroundings.wanted(target.then[there], of: kernel) - target.now[here]
        if let branch = target.branch {
          lack += surroundings.branchScale[kernel] * (branch.then[there] - branch.now[here])
        }
        result.append(lack)
      }
    }
    return result
  }
}
