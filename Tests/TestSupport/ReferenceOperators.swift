import Foundation
import Graph

/// The operators that Graph does not fold, in double precision: loops as the specification writes them.
enum ReferenceOperators {
  struct Arguments {
    let call: OperatorCall
    let operands: [Tensor?]
    let shapes: [[Int]]
    let normalizesWithBatch: Bool

    func elements(_ number: Int) -> [Double]? {
      number < operands.count ? operands[number]?.doubles : nil
    }
    func shape(_ number: Int) -> [Int] { operands[number]!.shape }
    func result(_ elements: [Double]) -> [Tensor] { [Tensor(.float64, elements, shape: shapes[0])] }
    func map(_ function: (Double) -> Double) -> [Tensor] { result(elements(0)!.map(function)) }
  }

  /// Every index of a shape, in C order.
  static func indices(_ shape: [Int]) -> [[Int]] {
    shape.reduce([[]]) { partial, extent in partial.flatMap { head in (0..<extent).map { head + [$0] } } }
  }

  static func offset(_ index: [Int], _ shape: [Int]) -> Int {
    zip(index, shape).reduce(0) { $0 * $1.1 + $1.0 }
  }

  nonisolated(unsafe) static let table: [String: (Arguments) throws -> [Tensor]] = [
    "Conv": convolution, "ConvTranspose": transposedConvolution,
    "MaxPool": { a in a.shapes.count > 1 ? try positionedPool(a) : try maximumPool(a) },
    "AveragePool": meanPool, "GlobalAveragePool": { globalPool($0) { $0.reduce(0, +) / Double($0.count) } },
    "GlobalMaxPool": { globalPool($0) { $0.max()! } }, "BatchNormalization": batchNormalization,
    "Gemm": gemm, "MatMul": matmul, "Softmax": { softmax($0, logarithm: false) },
    "LogSoftmax": { softmax($0, logarithm: true) }, "Resize": resize, "Upsample": resize,
    "Dropout": { a in a.map { $0 } + [Tensor(.bool, a.elements(0)!.map { _ in 1 }, shape: a.shapes[0])] },
    "LeakyRelu": { a in
      let slope = Double(a.call.float("alpha", default: 0.01))
      return a.map { $0 < 0 ? slope * $0 : $0 }
    },
    "Elu": { a in
      let alpha = Double(a.call.float("alpha", default: 1))
      return a.map { $0 < 0 ? alpha * (exp($0) - 1) : $0 }
    },
    "Gelu": { a in
      let usesTanh = a.call.string("approximate", default: "none") == "tanh"
      return a.map { x in
        usesTanh
          ? 0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
          : 0.5 * x * (1 + erf(x / 2.0.squareRoot()))
      }
    },
    "HardSigmoid": { a in
      let (alpha, beta) = (
        Double(a.call.float("alpha", default: 0.2)), Double(a.call.float("beta", default: 0.5))
      )
      return a.map { max(0, min(1, alpha * $0 + beta)) }
    },
    "HardSwish": { a in a.map { $0 * max(0, min(1, $0 / 6 + 0.5)) } },
    "PRelu": { a in
      let slopes = [Movement.expand(a.shapes[0])].apply(
        to: a.elements(1)!, shape: try a.call.broadcastShape(of: 1), fill: { $0 })
      return a.result(zip(a.elements(0)!, slopes).map { $0 < 0 ? $0 * $1 : $0 })
    },
  ].merging(statistics) { own, _ in own }

  static func convolution(_ a: Arguments) throws -> [Tensor] {
    let (x, w, xs, ws, ys) = (a.elements(0)!, a.elements(1)!, a.shape(0), a.shape(1), a.shapes[0])
    let window = ReferenceWindow(a.call, over: Array(xs[2...]), kernel: Array(ws[2...]))
    let perGroup = ys[1] / a.call.int("group", default: 1)
    let taps = indices(Array(ws[2...]))
    return a.result(
      indices(ys).map { y in
        var sum = a.elements(2)?[y[1]] ?? 0
        for c in 0..<ws[1] {
          for tap in taps {
            let index = window.index(y[2...], tap)
            guard index.indices.allSatisfy({ 0..<xs[2 + $0] ~= index[$0] }) else { continue }
            let channel = y[1] / perGroup * ws[1] + c
            sum += x[offset([y[0], channel] + index, xs)] * w[offset([y[1], c] + tap, ws)]
          }
        }
        return sum
      })
  }

  static func transposedConvolution(_ a: Arguments) throws -> [Tensor] {
    let (x, w, xs, ws, ys) = (a.elements(0)!, a.elements(1)!, a.shape(0), a.shape(1), a.shapes[0])
    let window = ReferenceWindow(
      a.call, making: Array(ys[2...]), of: Array(xs[2...]), kernel: Array(ws[2...]))
    let groups = a.call.int("group", default: 1)
    let taps = indices(Array(ws[2...]))
    var result = indices(ys).map { a.elements(2)?[$0[1]] ?? 0 }
    for from in indices(xs) {
      for k in 0..<ws[1] {
        for tap in taps {
          let index = window.index(from[2...], tap)
          guard index.indices.allSatisfy({ 0..<ys[2 + $0] ~= index[$0] }) else { continue }
          let kernel = from[1] / (xs[1] / groups) * ws[1] + k
          result[offset([from[0], kernel] + index, ys)] +=
            x[offset(from, xs)] * w[offset([from[1], k] + tap, ws)]
        }
      }
    }
    return a.result(result)
  }

  /// For each place of a pooling's output, the inputs under the window and the number of places that are inside
  /// the input or its padding.
  static func windows(_ a: Arguments) throws -> [(inside: [Double], positions: Int)] {
    let (x, xs, ys) = (a.elements(0)!, a.shape(0), a.shapes[0])
    let window = ReferenceWindow(a.call, over: Array(xs[2...]))
    let taps = indices(window.kernel)
    return indices(ys).map { y in
      var inside: [Double] = []
      var positions = 0
      for tap in taps {
        let index = window.index(y[2...], tap)
        if index.indices.allSatisfy({ index[$0] < xs[2 + $0] + window.after[$0] }) { positions += 1 }
        if index.indices.allSatisfy({ 0..<xs[2 + $0] ~= index[$0] }) {
          inside.append(x[offset(Array(y[..<2]) + index, xs)])
        }
      }
      return (inside, positions)
    }
  }

  static func maximumPool(_ a: Arguments) throws -> [Tensor] {
    a.result(try windows(a).map { $0.inside.max() ?? -.infinity })
  }

  static func meanPool(_ a: Arguments) throws -> [Tensor] {
    let countsPadding = a.call.int("count_include_pad", default: 0) != 0
    return a.result(
      try windows(a).map {
        $0.inside.reduce(0, +) / Double(countsPadding ? $0.positions : $0.inside.count)
      })
  }

  static func globalPool(_ a: Arguments, _ reduce: ([Double]) -> Double) -> [Tensor] {
    let (x, shape) = (a.elements(0)!, a.shape(0))
    let space = shape[2...].reduce(1, *)
    return a.result((0..<shape[0] * shape[1]).map { reduce(Array(x[($0 * space)..<($0 + 1) * space])) })
  }

  static func batchNormalization(_ a: Arguments) -> [Tensor] {
    let (x, shape) = (a.elements(0)!, a.shape(0))
    let running = (mean: a.elements(3)!, variance: a.elements(4)!)
    var (mean, variance) = running
    let all = indices(shape)
    // The place of an element's statistics.
    let parts = a.shape(1)
    func position(_ index: [Int]) -> Int { offset(Array(index[1...parts.count]), parts) }
    if a.normalizesWithBatch || a.call.normalizesWithBatch {
      for c in 0..<shape[1] {
        let members = zip(all, x).filter { $0.0[1] == c }.map(\.1)
        mean[c] = members.reduce(0, +) / Double(members.count)
        variance[c] = members.reduce(0) { $0 + ($1 - mean[c]) * ($1 - mean[c]) } / Double(members.count)
      }
    }
    let epsilon = Double(a.call.float("epsilon", default: 1e-5))
    let (scale, shift) = (a.elements(1)!, a.elements(2)!)
    let result = a.result(
      zip(all, x).map { index, value in
        let c = position(index)
        return (value - mean[c]) / (variance[c] + epsilon).squareRoot() * scale[c] + shift[c]
      })
    let momentum = Double(a.call.float("momentum", default: 0.9))
    func moved(_ old: [Double], _ new: [Double]) -> Tensor {
      Tensor(.float64, zip(old, new).map { $0 * momentum + $1 * (1 - momentum) }, shape: parts)
    }
    return result + [
      moved(running.mean, mean), moved(running.variance, variance), Tensor(.float64, mean, shape: parts),
      Tensor(.float64, variance, shape: parts),
    ]
  }

  static func gemm(_ a: Arguments) -> [Tensor] {
    let (x, y, xs, ys) = (a.elements(0)!, a.elements(1)!, a.shape(0), a.shape(1))
    let (left, right) = (a.call.transposes(0), a.call.transposes(1))
    let (alpha, beta) = (Double(a.call.float("alpha", default: 1)), Double(a.call.float("beta", default: 1)))
    let c = a.elements(2).map {
      [Movement.expand(a.shapes[0])].apply(to: $0, shape: a.shape(2), fill: { $0 })
    }
    let count = left ? xs[0] : xs[1]
    return a.result(
      indices(a.shapes[0]).enumerated().map { position, index in
        var sum = 0.0
        for k in 0..<count {
          sum +=
            (left ? x[k * xs[1] + index[0]] : x[index[0] * xs[1] + k])
            * (right ? y[index[1] * ys[1] + k] : y[k * ys[1] + index[1]])
        }
        return alpha * sum + beta * (c?[position] ?? 0)
      })
  }

  static func matmul(_ a: Arguments) -> [Tensor] {
    let left = a.shape(0).count == 1 ? [1] + a.shape(0) : a.shape(0)
    let right = a.shape(1).count == 1 ? a.shape(1) + [1] : a.shape(1)
    let rank = max(left.count, right.count)
    let lead = (0..<rank - 2).map { axis -> Int in
      let (l, r) = (axis - (rank - left.count), axis - (rank - right.count))
      return max(l < 0 ? 1 : left[l], r < 0 ? 1 : right[r])
    }
    let (m, k, n) = (left[left.count - 2], left[left.count - 1], right[right.count - 1])
    let x = [Movement.expand(lead + [m, k])].apply(to: a.elements(0)!, shape: left, fill: { $0 })
    let y = [Movement.expand(lead + [k, n])].apply(to: a.elements(1)!, shape: right, fill: { $0 })
    return a.result(
      indices(lead + [m, n]).map { index in
        let batch = offset(Array(index.dropLast(2)), lead)
        let (i, j) = (index[rank - 2], index[rank - 1])
        return (0..<k).reduce(0) { $0 + x[(batch * m + i) * k + $1] * y[(batch * k + $1) * n + j] }
      })
  }

  static func softmax(_ a: Arguments, logarithm: Bool) -> [Tensor] {
    let (x, shape) = (a.elements(0)!, a.shape(0))
    let axes = (try? a.call.softmaxAxes()) ?? 0..<0
    let inner = shape[axes.upperBound...].reduce(1, *)
    let width = shape[axes].reduce(1, *)
    return a.result(
      x.indices.map { index in
        let start = index / (inner * width) * inner * width + index % inner
        let row = (0..<width).map { x[start + $0 * inner] }
        let top = row.max()!
        let sum = row.reduce(0) { $0 + exp($1 - top) }
        return logarithm ? x[index] - top - log(sum) : exp(x[index] - top) / sum
      })
  }
}
