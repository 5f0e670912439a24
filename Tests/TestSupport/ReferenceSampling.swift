import Foundation
import Graph

/// Operators that read at computed places, in double precision.
extension ReferenceOperators {
  nonisolated(unsafe) static let sampling: [String: (Arguments) throws -> [Tensor]] = [
    "GridSample": gridSample, "AffineGrid": affineGrid, "RoiAlign": regionAlign, "MaxUnpool": unpool,
    "Col2Im": patchSum, "Hardmax": hardmax,
    "Cast": { a in
      // In double precision even where the network asks for less.
      let type = ElementType(onnxNumber: a.call.int("to", default: 1)) ?? .float32
      // Whole numbers wrap round in fewer bits.
      if type == .int8, a.operands[0]!.elementType == .int64 {
        return [Tensor(a.operands[0]!.integers.map { Int(Int8(truncatingIfNeeded: $0)) }, shape: a.shape(0))]
      }
      return type.isFloatingPoint ? a.map { $0 } : [a.operands[0]!.converted(to: type)]
    },
    "CastLike": { a in
      let type = a.operands[1]!.elementType
      return type.isFloatingPoint ? a.map { $0 } : [a.operands[0]!.converted(to: type)]
    },
  ]

  /// Mirrors a place at two ends.
  private static func reflect(_ x: Double, _ first: Double, _ last: Double) -> Double {
    guard last > first else { return first }
    var x = x
    while x < first || x > last { x = x < first ? 2 * first - x : 2 * last - x }
    return x
  }

  private static func keys(_ distance: Double, _ a: Double) -> Double {
    let d = abs(distance)
    if d <= 1 { return (a + 2) * d * d * d - (a + 3) * d * d + 1 }
    return d < 2 ? a * d * d * d - 5 * a * d * d + 8 * a * d - 4 * a : 0
  }

  static func gridSample(_ a: Arguments) -> [Tensor] {
    let (x, grid, shape, result) = (a.elements(0)!, a.elements(1)!, a.shape(0), a.shapes[0])
    let rank = shape.count - 2
    let aligns = a.call.int("align_corners", default: 0) != 0
    let mode = a.call.string("mode", default: "linear")
    let padding = a.call.string("padding_mode", default: "zeros")
    return a.result(
      indices(result).map { index -> Double in
        let position = offset([index[0]] + index[2...], [result[0]] + result[2...])
        var corners: [(position: [Int]?, weight: Double)] = [([], 1)]
        for axis in 0..<rank {
          let extent = Double(shape[2 + axis])
          let (first, last) = aligns ? (0, extent - 1) : (-0.5, extent - 0.5)
          let n = grid[position * rank + rank - 1 - axis]
          var at = aligns ? (n + 1) / 2 * (extent - 1) : ((n + 1) * extent - 1) / 2
          if mode == "nearest" { at = at.rounded(.toNearestOrEven) }
          if at < first || at > last {
            if padding == "border" { at = max(0, min(extent - 1, at)) }
            if padding == "reflection" { at = reflect(at, first, last) }
          }
          let low = at.rounded(.down)
          let reach: [Int] = mode == "nearest" ? [0] : (mode == "linear" ? [0, 1] : [-1, 0, 1, 2])
          var next: [(position: [Int]?, weight: Double)] = []
          for corner in corners {
            for step in reach {
              let distance = at - low - Double(step)
              var weight = 1.0
              if mode == "linear" { weight = 1 - abs(distance) }
              if mode == "cubic" { weight = keys(distance, -0.75) }
              var tap = low + Double(step)
              if padding == "border" { tap = max(0, min(extent - 1, tap)) }
              if padding == "reflection" { tap = reflect(tap, first, last).rounded(.towardZero) }
              let isInside = tap >= 0 && tap < extent
              let position = isInside ? corner.position.map { $0 + [Int(tap)] } : nil
              next.append((position, corner.weight * weight))
            }
          }
          corners = next
        }
        let head = Array(index[..<2])
        var sum = 0.0
        for (position, weight) in corners {
          if let position { sum += x[offset(head + position, shape)] * weight }
        }
        return sum
      })
  }

  static func affineGrid(_ a: Arguments) -> [Tensor] {
    let (theta, result) = (a.elements(0)!, a.shapes[0])
    let rank = result.count - 2
    let aligns = a.call.int("align_corners", default: 0) != 0
    return a.result(
      indices(result).map { index -> Double in
        var sum = theta[(index[0] * rank + index[rank + 1]) * (rank + 1) + rank]
        for axis in 0..<rank {
          // The first coordinate belongs to the last axis.
          let (position, extent) = (Double(index[rank - axis]), Double(result[rank - axis]))
          let at =
            aligns ? (extent == 1 ? 0 : 2 * position / (extent - 1) - 1) : (2 * position + 1) / extent - 1
          sum += theta[(index[0] * rank + index[rank + 1]) * (rank + 1) + axis] * at
        }
        return sum
      })
  }

  static func regionAlign(_ a: Arguments) -> [Tensor] {
    let (x, shape, result, regions) = (a.elements(0)!, a.shape(0), a.shapes[0], a.elements(1)!)
    let scale = Double(a.call.float("spatial_scale", default: 1))
    let ratio = a.call.int("sampling_ratio", default: 0)
    let half = a.call.string("coordinate_transformation_mode", default: "half_pixel") == "half_pixel"
    let isMean = a.call.string("mode", default: "avg") == "avg"
    return a.result(
      indices(result).map { index -> Double in
        let example = Int(a.elements(2)![index[0]])
        let box = regions[index[0] * 4..<index[0] * 4 + 4].map { $0 * scale - (half ? 0.5 : 0) }
        var (start, cell, counts) = ([box[1], box[0]], [0.0, 0.0], [0, 0])
        for axis in 0..<2 {
          var span = box[3 - axis] - box[1 - axis]
          if !half { span = max(span, 1) }
          cell[axis] = span / Double(result[2 + axis])
          counts[axis] = ratio > 0 ? ratio : Int(cell[axis].rounded(.up))
          start[axis] += Double(index[2 + axis]) * cell[axis]
        }
        var parts: [Double] = []
        for sample in indices(counts) {
          var corners: [(position: [Int], weight: Double)] = [([], 1)]
          var isInside = true
          for axis in 0..<2 {
            let extent = shape[2 + axis]
            let at = start[axis] + (Double(sample[axis]) + 0.5) * cell[axis] / Double(counts[axis])
            if at < -1 || at > Double(extent) { isInside = false }
            let clamped = max(0, min(Double(extent - 1), at))
            let low = Int(clamped)
            let share = clamped - Double(low)
            let steps: [(position: Int, weight: Double)] = [
              (low, 1 - share), (min(extent - 1, low + 1), share),
            ]
            var next: [(position: [Int], weight: Double)] = []
            for corner in corners {
              for step in steps {
                next.append((corner.position + [step.position], corner.weight * step.weight))
              }
            }
            corners = next
          }
          for (position, weight) in corners {
            parts.append(isInside ? x[offset([example, index[1]] + position, shape)] * weight : 0)
          }
        }
        return isMean ? parts.reduce(0, +) / Double(max(1, counts[0] * counts[1])) : parts.max() ?? 0
      })
  }

  static func unpool(_ a: Arguments) throws -> [Tensor] {
    let (x, indices, pooled, result) = (
      a.elements(0)!, a.elements(1)!, try a.call.unpooledShape(), a.shapes[0]
    )
    var elements = [Double](repeating: 0, count: result.elementCount)
    for (value, position) in zip(x, indices) {
      let index = zip(pooled.denseStrides, pooled).map { Int(position) / $0 % $1 }
      elements[offset(index, result)] = value
    }
    return a.result(elements)
  }

  static func patchSum(_ a: Arguments) throws -> [Tensor] {
    let (x, shape, result) = (a.elements(0)!, a.shape(0), a.shapes[0])
    let (image, kernel) = (a.elements(1)!.map { Int($0) }, a.elements(2)!.map { Int($0) })
    let window = ReferenceWindow(a.call, over: image, kernel: kernel)
    var elements = [Double](repeating: 0, count: result.elementCount)
    let positions = indices(window.positions(over: image))
    let taps = indices(window.kernel)
    for n in 0..<result[0] {
      for c in 0..<result[1] {
        for (row, tap) in taps.enumerated() {
          for (column, position) in positions.enumerated() {
            let index = window.index(position, tap)
            guard image.indices.allSatisfy({ 0..<image[$0] ~= index[$0] }) else { continue }
            elements[offset([n, c] + index, result)] += x[offset([n, c * taps.count + row, column], shape)]
          }
        }
      }
    }
    return a.result(elements)
  }

  static func hardmax(_ a: Arguments) throws -> [Tensor] {
    let (x, shape, axes) = (a.elements(0)!, a.shape(0), try a.call.softmaxAxes())
    let (width, inner) = (shape[axes].reduce(1, *), shape[axes.upperBound...].reduce(1, *))
    return a.result(
      x.indices.map { index in
        let start = index / (inner * width) * inner * width + index % inner
        let line = (0..<width).map { x[start + $0 * inner] }
        return (index - start) / inner == line.firstIndex(of: line.max()!) ? 1 : 0
      })
  }

  /// The maxima of a pooling and where they stand, counted over the whole input.
  static func positionedPool(_ a: Arguments) throws -> [Tensor] {
    let (x, shape, result) = (a.elements(0)!, a.shape(0), a.shapes[0])
    let window = ReferenceWindow(a.call, over: Array(shape[2...]))
    let isColumnMajor = a.call.int("storage_order", default: 0) != 0
    let area = shape[2...].reduce(1, *)
    var (maxima, positions): ([Double], [Double]) = ([], [])
    for y in indices(result) {
      var best: [Int]?
      for tap in indices(window.kernel) {
        let position = window.index(y[2...], tap)
        guard position.indices.allSatisfy({ 0..<shape[2 + $0] ~= position[$0] }) else { continue }
        let index = Array(y[..<2]) + position
        if best == nil || x[offset(index, shape)] > x[offset(best!, shape)] { best = index }
      }
      maxima.append(x[offset(best!, shape)])
      let (position, extents) = (Array(best![2...]), Array(shape[2...]))
      let within =
        isColumnMajor ? offset(position.reversed(), extents.reversed()) : offset(position, extents)
      positions.append(Double((best![0] * shape[1] + best![1]) * area + within))
    }
    return [Tensor(.float64, maxima, shape: result), Tensor(.int64, positions, shape: result)]
  }
}
