import Foundation
import Graph

extension ReferenceOperators {
  /// Products over named axes, recurrences, quantized products, transforms.
  nonisolated(unsafe) static let algebra: [String: (Arguments) throws -> [Tensor]] = [
    "Einsum": einsum, "LSTM": recurrent, "GRU": recurrent, "RNN": recurrent, "DFT": fourier,
    "Det": determinants,
    "DeformConv": deformableConvolution, "DynamicQuantizeLinear": dynamicQuantization,
    "ConvInteger": quantizedProduct, "MatMulInteger": quantizedProduct, "QLinearConv": quantizedProduct,
    "QLinearMatMul": quantizedProduct,
  ]

  static func einsum(_ a: Arguments) throws -> [Tensor] {
    let equation = try a.call.einsumEquation()
    let labels = equation.extents.keys.sorted()
    var result = [Double](repeating: 0, count: equation.shape.reduce(1, *))
    for index in indices(labels.map { equation.extents[$0]! }) {
      let at = Dictionary(uniqueKeysWithValues: zip(labels, index))
      let product = equation.operands.enumerated().reduce(1.0) { product, operand in
        let shape = a.shape(operand.offset)
        let position = zip(operand.element, shape).map { $1 == 1 ? 0 : at[$0]! }
        return product * a.elements(operand.offset)![offset(position, shape)]
      }
      result[offset(equation.result.map { at[$0]! }, equation.shape)] += product
    }
    return a.result(result)
  }

  private static func activation(_ name: String, _ alpha: Double?, _ beta: Double?) -> (Double) -> Double {
    switch name {
    case "Relu": { max(0, $0) }
    case "Tanh": { tanh($0) }
    case "Affine": { (alpha ?? 1) * $0 + (beta ?? 0) }
    case "LeakyRelu": { $0 < 0 ? (alpha ?? 0.01) * $0 : $0 }
    case "ThresholdedRelu": { $0 > (alpha ?? 1) ? $0 : 0 }
    case "ScaledTanh": { (alpha ?? 1) * tanh((beta ?? 1) * $0) }
    case "HardSigmoid": { max(0, min(1, (alpha ?? 0.2) * $0 + (beta ?? 0.5))) }
    case "Elu": { $0 < 0 ? (alpha ?? 1) * (exp($0) - 1) : $0 }
    case "Softsign": { $0 / (1 + abs($0)) }
    case "Softplus": { log(1 + exp($0)) }
    default: { 1 / (1 + exp(-$0)) }
    }
  }

  /// The equations of the specification, one number after another. Cases give every activation α and β or none.
  static func recurrent(_ a: Arguments) throws -> [Tensor] {
    let s = try a.call.recurrentShape()
    let (h, rows, directions) = (s.hidden, s.gates * s.hidden, s.directions)
    let standard =
      s.cell == .LSTM ? ["Sigmoid", "Tanh", "Tanh"] : s.cell == .GRU ? ["Sigmoid", "Tanh"] : ["Tanh"]
    var names = (0..<directions).flatMap { _ in standard }
    if case .strings(let given)? = a.call.node.attributes["activations"] { names = given }
    func numbers(_ name: String) -> [Double] {
      if case .floats(let list)? = a.call.node.attributes[name] { list.map(Double.init) } else { [] }
    }
    let (alphas, betas) = (numbers("activation_alpha"), numbers("activation_beta"))
    let clip =
      a.call.node.attributes["clip"] == nil ? Double.infinity : Double(a.call.float("clip", default: 0))
    let functions = names.enumerated().map { index, name in
      activation(
        name, index < alphas.count ? alphas[index] : nil, index < betas.count ? betas[index] : nil)
    }
    var sequence = [Double](repeating: 0, count: s.steps * directions * s.batch * h)
    var (lastHidden, lastCell) = ([Double](), [Double]())
    func state(_ number: Int, _ d: Int, _ b: Int) -> [Double] {
      guard number < (s.cell == .LSTM ? 7 : 6), let all = a.elements(number) else {
        return [Double](repeating: 0, count: h)
      }
      let start = (s.batchFirst ? b * directions + d : d * s.batch + b) * h
      return Array(all[start..<start + h])
    }
    let (x, w, r) = (a.elements(0)!, a.elements(1)!, a.elements(2)!)
    for d in 0..<directions {
      let f = Array(functions[(d * standard.count)..<(d + 1) * standard.count])
      let p = s.cell == .LSTM ? a.elements(7).map { Array($0[(d * 3 * h)..<(d + 1) * 3 * h]) } : nil
      for b in 0..<s.batch {
        let length = a.elements(4).map { Int($0[b]) } ?? s.steps
        var (hidden, cell) = (state(5, d, b), state(6, d, b))
        for step in 0..<length {
          let t = s.isReverse[d] ? length - 1 - step : step
          let xStart = (s.batchFirst ? b * s.steps + t : t * s.batch + b) * s.features
          func byInput(_ row: Int) -> Double {
            (0..<s.features).reduce(a.elements(3)?[d * 2 * rows + row] ?? 0) {
              $0 + x[xStart + $1] * w[(d * rows + row) * s.features + $1]
            }
          }
          func byState(_ row: Int, _ state: [Double]) -> Double {
            (0..<h).reduce(a.elements(3)?[d * 2 * rows + rows + row] ?? 0) {
              $0 + state[$1] * r[(d * rows + row) * h + $1]
            }
          }
          func cut(_ value: Double) -> Double { max(-clip, min(clip, value)) }
          func gate(_ row: Int, _ extra: Double = 0) -> Double {
            cut(byInput(row) + byState(row, hidden) + extra)
          }
          switch s.cell {
          case .RNN: hidden = (0..<h).map { f[0](gate($0)) }
          case .LSTM:
            let couples = a.call.int("input_forget", default: 0) != 0
            let i = (0..<h).map { f[0](gate($0, (p?[$0] ?? 0) * cell[$0])) }
            let forget = (0..<h).map {
              couples ? 1 - i[$0] : f[0](gate(2 * h + $0, (p?[2 * h + $0] ?? 0) * cell[$0]))
            }
            let candidate = (0..<h).map { f[1](gate(3 * h + $0)) }
            cell = (0..<h).map { forget[$0] * cell[$0] + i[$0] * candidate[$0] }
            let o = (0..<h).map { f[0](gate(h + $0, (p?[h + $0] ?? 0) * cell[$0])) }
            hidden = (0..<h).map { o[$0] * f[2](cell[$0]) }
          case .GRU:
            let z = (0..<h).map { f[0](gate($0)) }
            let reset = (0..<h).map { f[0](gate(h + $0)) }
            let candidate: [Double]
            if a.call.int("linear_before_reset", default: 0) != 0 {
              candidate = (0..<h).map {
                f[1](cut(byInput(2 * h + $0) + reset[$0] * byState(2 * h + $0, hidden)))
              }
            } else {
              let old = zip(reset, hidden).map(*)
              candidate = (0..<h).map { f[1](cut(byInput(2 * h + $0) + byState(2 * h + $0, old))) }
            }
            hidden = (0..<h).map { (1 - z[$0]) * candidate[$0] + z[$0] * hidden[$0] }
          }
          let start = s.batchFirst ? (b * s.steps + t) * directions + d : (t * directions + d) * s.batch + b
          sequence.replaceSubrange(start * h..<(start + 1) * h, with: hidden)
        }
        lastHidden += hidden
        lastCell += cell
      }
    }
    func ordered(_ state: [Double]) -> [Double] {
      s.batchFirst
        ? [Movement.permute([1, 0, 2])].apply(to: state, shape: [directions, s.batch, h], fill: { $0 })
        : state
    }
    return zip(a.shapes, [sequence, ordered(lastHidden), ordered(lastCell)]).map {
      Tensor(.float64, $1, shape: $0)
    }
  }

  static func fourier(_ a: Arguments) throws -> [Tensor] {
    let t = try a.call.fourierTransform()
    let (x, xs, ys) = (a.elements(0)!, a.shape(0), a.shapes[0])
    // Half a spectrum is made whole first.
    func part(_ index: [Int], _ n: Int, _ number: Int) -> Double {
      var at = index
      var (n, sign) = (n, 1.0)
      if t.isInverse && t.isOneSided, n > t.length / 2 {
        n = t.length - n
        sign = number == 1 ? -1 : 1
      }
      guard n < xs[t.axis], number < xs[xs.count - 1] else { return 0 }
      at[t.axis] = n
      at[xs.count - 1] = number
      return sign * x[offset(at, xs)]
    }
    return a.result(
      indices(ys).map { index in
        let terms = (0..<t.length).map { n -> Double in
          let angle =
            2 * Double.pi * Double(n * index[t.axis]) / Double(t.length) * (t.isInverse ? 1 : -1)
          let (re, im) = (part(index, n, 0), part(index, n, 1))
          return index[ys.count - 1] == 0
            ? re * cos(angle) - im * sin(angle) : re * sin(angle) + im * cos(angle)
        }
        return terms.reduce(0, +) / (t.isInverse ? Double(t.length) : 1)
      })
  }

  /// By cofactors of the first row.
  static func determinants(_ a: Arguments) -> [Tensor] {
    func determinant(_ rows: [[Double]]) -> Double {
      guard let first = rows.first else { return 1 }
      return first.indices.reduce(0) { sum, column in
        let minor = rows.dropFirst().map { row in row.indices.filter { $0 != column }.map { row[$0] } }
        return sum + (column % 2 == 0 ? 1 : -1) * first[column] * determinant(minor)
      }
    }
    let (x, size) = (a.elements(0)!, a.shape(0).last!)
    return a.result(
      stride(from: 0, to: x.count, by: size * size).map { start in
        determinant((0..<size).map { Array(x[(start + $0 * size)..<(start + ($0 + 1) * size)]) })
      })
  }

  static func deformableConvolution(_ a: Arguments) throws -> [Tensor] {
    let (x, w, offsets) = (a.elements(0)!, a.elements(1)!, a.elements(2)!)
    let (xs, ws, ys, os) = (a.shape(0), a.shape(1), a.shapes[0], a.shape(2))
    let window = ReferenceWindow(a.call, over: Array(xs[2...]), kernel: Array(ws[2...]))
    let perGroup = ys[1] / a.call.int("group", default: 1)
    let sharing = xs[1] / a.call.int("offset_group", default: 1)
    return a.result(
      indices(ys).map { y in
        var sum = a.elements(3)?[y[1]] ?? 0
        for c in 0..<ws[1] {
          for tap in indices(Array(ws[2...])) {
            let channel = y[1] / perGroup * ws[1] + c
            let index = channel / sharing * ws[2] * ws[3] + tap[0] * ws[3] + tap[1]
            let regular = window.index(y[2...], tap)
            let at = (0..<2).map { axis in
              Double(regular[axis])
                + offsets[offset([y[0], 2 * index + axis, y[2], y[3]], os)]
            }
            var sample = 0.0
            for row in 0..<xs[2] {
              for column in 0..<xs[3] {
                let near = max(0, 1 - abs(at[0] - Double(row))) * max(0, 1 - abs(at[1] - Double(column)))
                sample += near * x[offset([y[0], channel, row, column], xs)]
              }
            }
            if let mask = a.elements(4) {
              sample *= mask[offset([y[0], index, y[2], y[3]], a.shape(4))]
            }
            sum += sample * w[offset([y[1], c] + tap, ws)]
          }
        }
        return sum
      })
  }

  static func dynamicQuantization(_ a: Arguments) -> [Tensor] {
    let x = a.elements(0)!
    let (low, high) = (min(0, x.min()!), max(0, x.max()!))
    let scale = (high - low) / 255
    let zero = (-low / scale).rounded(.toNearestOrEven)
    let levels = x.map { max(0, min(255, ($0 / scale).rounded(.toNearestOrEven) + zero)) }
    return zip(a.shapes, [levels, [scale], [zero]]).map { Tensor(.float64, $1, shape: $0) }
  }

  /// Dequantized factors through the operator on real numbers.
  static func quantizedProduct(_ a: Arguments) throws -> [Tensor] {
    let form = QuantizedProduct(a.call.node.op)!
    func along(_ number: Int, _ shape: [Int], _ axis: Int) -> [Double] {
      guard let values = a.elements(number) else { return [Double](repeating: 0, count: shape.reduce(1, *)) }
      return indices(shape).map { values.count == 1 ? values[0] : values[$0[axis]] }
    }
    func centred(_ number: Int, _ zero: Int, _ axis: Int) -> Tensor {
      let shape = a.shape(number)
      return Tensor(.float64, zip(a.elements(number)!, along(zero, shape, axis)).map(-), shape: shape)
    }
    let w = centred(form.second, form.secondZero, form.isConvolution ? 0 : a.shape(form.second).count - 1)
    let operands = [centred(form.first, form.firstZero, max(0, a.shape(form.first).count - 2)), w]
    let inner = Arguments(
      call: try form.plainCall(a.call), operands: operands, shapes: a.shapes, normalizesWithBatch: false)
    let sums = try form.isConvolution ? convolution(inner)[0].doubles : matmul(inner)[0].doubles
    guard let scales = form.scales else { return a.result(sums) }
    let (shape, channel) = (a.shapes[0], form.isConvolution ? 1 : a.shapes[0].count - 1)
    let second = along(scales.second, shape, channel)
    let first = along(scales.first, shape, max(0, shape.count - 2))
    let (result, zero) = (a.elements(scales.result)![0], a.elements(scales.zero)![0])
    let range = a.operands[scales.zero]!.elementType.quantizedRange ?? 0...255
    return a.result(
      indices(shape).enumerated().map { position, index in
        let sum = sums[position] + (form.bias.flatMap { a.elements($0) }?[index[1]] ?? 0)
        let level = (sum * first[position] * second[position] / result).rounded(.toNearestOrEven) + zero
        return max(range.lowerBound, min(range.upperBound, level))
      })
  }
}
