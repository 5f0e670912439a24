import Compute
import Graph

/// The fit of one layer's weights to what it computed before, a batch of calibration examples a step.
final class LayerFit {
  private let layer: FitTargets.Layer
  private let calibration: CalibrationSet
  private let passes: FrontPasses
  /// One a group.
  private let equations: [LeastSquares]
  private var batch = 0

  private var map: LinearMap { layer.map }

  /// - Parameters:
  ///   - network: with the layers before fitted already.
  ///   - front: how far the examples have gone through it; goes on to the layer.
  init(
    _ layer: FitTargets.Layer, _ network: Network, _ calibration: CalibrationSet, _ front: CalibrationFront
  ) throws {
    self.layer = layer
    self.calibration = calibration
    let map = layer.map
    let beside = layer.surroundings.branch.map { [$0] } ?? []
    passes = FrontPasses(front, to: map.node, of: network, values: [map.data, layer.output] + beside)
    let rows = layer.positionsPerExample * calibration.examples
    var made: [LeastSquares] = []
    for _ in 0..<map.groups {
      made.append(
        try LeastSquares(
          features: map.channelsInGroup * map.taps, targets: map.kernelsInGroup, rows: rows,
          isRectified: layer.surroundings.isRectified))
    }
    equations = made
  }

  /// Adds one more batch; false when all are added.
  func step(_ sample: FitTargets.Sample) throws -> Bool {
    let values = try passes.values(batch: batch)
    let (data, output) = (values[map.data]!, values[layer.output]!)
    let branch = layer.surroundings.branch.map { values[$0]! }
    let sources = map.window.map { window in
      sample.rows.map { window.sources(at: $0 % window.outputCount) }
    }
    for (group, equations) in equations.enumerated() {
      let (residuals, results) = residuals(sample, output, branch, group: group)
      try equations.add(
        features(of: data, group: group, sample.rows, sources), residuals: residuals, results: results)
    }
    batch += 1
    return batch < calibration.batches.count
  }

  /// What is to be added to the weights, a matrix a group, and to the results.
  func solution(ridge: Double) throws -> LeastSquares.Solution {
    var (coefficients, offsets): ([Float], [Double]) = ([], [])
    for equations in equations {
      let found = try equations.solve(ridge: ridge)
      coefficients += found.coefficients
      offsets += found.offsets
    }
    return LeastSquares.Solution(coefficients: coefficients, offsets: offsets)
  }

  /// What the kernels of a group see at some positions: `[rows, features]`.
  private func features(of data: [Float], group: Int, _ rows: [Int], _ sources: [[Int]]?) -> [Float] {
    guard let window = map.window, let sources else {
      return rows.flatMap { data[$0 * map.channels..<($0 + 1) * map.channels] }
    }
    let (inner, taps) = (map.channelsInGroup, map.taps)
    var result = [Float](repeating: 0, count: rows.count * inner * taps)
    var at = 0
    for (row, sources) in zip(rows, sources) {
      let first = row / window.outputCount * map.channels + group * inner
      for channel in first..<first + inner {
        let start = channel * window.inputCount
        for source in sources {
          if source >= 0 { result[at] = data[start + source] }
          at += 1
        }
      }
    }
    return result
  }

  /// What the kernels of a group lack at some positions, and what they compute there: `[rows, kernelsInGroup]`.
  private func residuals(
    _ sample: FitTargets.Sample, _ output: [Float], _ branch: [Float]?, group: Int
  ) -> (residuals: [Float], results: [Float]) {
    let kernels = group * map.kernelsInGroup..<(group + 1) * map.kernelsInGroup
    let space = map.window?.outputCount ?? 1
    var (result, results): ([Float], [Float]) = ([], [])
    result.reserveCapacity(sample.rows.count * kernels.count)
    results.reserveCapacity(sample.rows.count * kernels.count)
    for (spot, row) in sample.rows.enumerated() {
      let (example, position) = row.quotientAndRemainder(dividingBy: space)
      for kernel in kernels {
        let at = (example * map.kernels + kernel) * space + position
        var lack = sample.wanted[spot * map.kernels + kernel] - output[at]
        if let branch { lack -= layer.surroundings.branchScale[kernel] * branch[at] }
        result.append(lack)
        results.append(output[at])
      }
    }
    return (result, results)
  }
}
