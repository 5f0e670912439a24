import Foundation
import Graph

/// Operators that normalise by statistics, and pooling by norms, in double precision.
extension ReferenceOperators {
  nonisolated(unsafe) static let statistics: [String: (Arguments) throws -> [Tensor]] = [
    "InstanceNormalization": instanceNormalization, "LayerNormalization": layerNormalization,
    "GroupNormalization": groupNormalization, "RMSNormalization": rootMeanSquareNormalization,
    "MeanVarianceNormalization": meanVarianceNormalization, "LpNormalization": normNormalization,
    "LRN": neighbourNormalization, "LpPool": normPool,
    "GlobalLpPool": { a in
      let p = Double(a.call.float("p", default: 2))
      return globalPool(a) { norm($0, p) }
    },
  ]

  private static func norm(_ elements: [Double], _ p: Double) -> Double {
    pow(elements.reduce(0) { $0 + pow(abs($1), p) }, 1 / p)
  }

  private static func statistics(_ row: some Collection<Double>) -> (mean: Double, variance: Double) {
    let mean = row.reduce(0, +) / Double(row.count)
    return (mean, row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(row.count))
  }

  private static func normalizedRows(_ x: [Double], _ width: Int, _ epsilon: Double) -> [Double] {
    stride(from: 0, to: x.count, by: width).flatMap { start -> [Double] in
      let row = x[start..<start + width]
      let (mean, variance) = statistics(row)
      return row.map { ($0 - mean) / (variance + epsilon).squareRoot() }
    }
  }

  private static func epsilon(_ a: Arguments) -> Double { Double(a.call.float("epsilon", default: 1e-5)) }

  private static func spread(_ a: Arguments, _ number: Int) -> [Double]? {
    a.elements(number).map {
      [Movement.expand(a.shapes[0])].apply(to: $0, shape: a.shape(number), fill: { $0 })
    }
  }

  static func instanceNormalization(_ a: Arguments) -> [Tensor] {
    let shape = a.shape(0)
    let rows = normalizedRows(a.elements(0)!, shape[2...].reduce(1, *), epsilon(a))
    let (scale, shift) = (a.elements(1)!, a.elements(2)!)
    return a.result(zip(indices(shape), rows).map { $1 * scale[$0[1]] + shift[$0[1]] })
  }

  static func groupNormalization(_ a: Arguments) throws -> [Tensor] {
    let (shape, groups) = (a.shape(0), a.call.int("num_groups", default: 1))
    let rows = normalizedRows(a.elements(0)!, shape[1...].reduce(1, *) / groups, epsilon(a))
    let (scale, shift) = (a.elements(1)!, a.elements(2)!)
    let perParameter = shape[1] / scale.count
    return a.result(
      zip(indices(shape), rows).map { $1 * scale[$0[1] / perParameter] + shift[$0[1] / perParameter] })
  }

  static func layerNormalization(_ a: Arguments) throws -> [Tensor] {
    let (x, shape) = (a.elements(0)!, a.shape(0))
    let axis = try a.call.axis(a.call.int("axis", default: -1), rank: shape.count)
    let width = shape[axis...].reduce(1, *)
    let rows = normalizedRows(x, width, epsilon(a))
    let (scale, shift) = (spread(a, 1)!, spread(a, 2))
    let all = stride(from: 0, to: x.count, by: width).map { statistics(x[$0..<$0 + width]) }
    let kept = shape[..<axis] + shape[axis...].map { _ in 1 }
    return a.result(rows.indices.map { rows[$0] * scale[$0] + (shift?[$0] ?? 0) }) + [
      Tensor(.float64, all.map(\.mean), shape: Array(kept)),
      Tensor(.float64, all.map { 1 / ($0.variance + epsilon(a)).squareRoot() }, shape: Array(kept)),
    ]
  }

  static func rootMeanSquareNormalization(_ a: Arguments) throws -> [Tensor] {
    let (x, shape) = (a.elements(0)!, a.shape(0))
    let axis = try a.call.axis(a.call.int("axis", default: -1), rank: shape.count)
    let width = shape[axis...].reduce(1, *)
    let scale = spread(a, 1)!
    return a.result(
      x.indices.map { index in
        let row = x[index / width * width..<(index / width + 1) * width]
        let square = row.reduce(0) { $0 + $1 * $1 } / Double(width)
        return x[index] / (square + epsilon(a)).squareRoot() * scale[index]
      })
  }

  /// The elements that share a place in all axes but the given ones, for each element.
  private static func fellows(_ x: [Double], _ shape: [Int], _ axes: [Int]) -> [[Double]] {
    let keys = indices(shape).map { index in
      index.enumerated().map { axes.contains($0.offset) ? 0 : $0.element }
    }
    let groups = Dictionary(grouping: x.indices) { keys[$0] }.mapValues { $0.map { x[$0] } }
    return keys.map { groups[$0]! }
  }

  static func meanVarianceNormalization(_ a: Arguments) throws -> [Tensor] {
    let x = a.elements(0)!
    return a.result(
      zip(x, fellows(x, a.shape(0), try a.call.meanVarianceAxes())).map { value, fellows in
        let (mean, variance) = statistics(fellows)
        return (value - mean) / (variance.squareRoot() + 1e-9)
      })
  }

  static func normNormalization(_ a: Arguments) throws -> [Tensor] {
    let x = a.elements(0)!
    let axis = try a.call.axis(a.call.int("axis", default: -1), rank: a.shape(0).count)
    let p = Double(a.call.int("p", default: 2))
    return a.result(
      zip(x, fellows(x, a.shape(0), [axis])).map { value, fellows in
        let length = norm(fellows, p)
        return length == 0 ? 0 : value / length
      })
  }

  static func neighbourNormalization(_ a: Arguments) -> [Tensor] {
    let (x, shape) = (a.elements(0)!, a.shape(0))
    let size = a.call.int("size", default: 1)
    let (alpha, beta) = (
      Double(a.call.float("alpha", default: 1e-4)), Double(a.call.float("beta", default: 0.75))
    )
    let bias = Double(a.call.float("bias", default: 1))
    return a.result(
      indices(shape).map { index in
        // ⌊(n − 1)/2⌋ channels before, ⌈(n − 1)/2⌉ behind.
        let first = max(0, index[1] - (size - 1) / 2)
        let last = min(shape[1] - 1, index[1] + size / 2)
        let squares = (first...last).reduce(0.0) { sum, channel in
          var neighbour = index
          neighbour[1] = channel
          let value = x[offset(neighbour, shape)]
          return sum + value * value
        }
        return x[offset(index, shape)] / pow(bias + alpha / Double(size) * squares, beta)
      })
  }

  static func normPool(_ a: Arguments) throws -> [Tensor] {
    let p = Double(a.call.float("p", default: 2))
    return a.result(try windows(a).map { norm($0.inside, p) })
  }
}
