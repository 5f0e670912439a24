import Foundation

/// `CumSum` and `CumProd`: every element is joined with all before it along an axis.
package struct AxisScan: Sendable, Hashable {
  /// The extents before, along and behind the axis.
  package let outer, extent, inner: Int
  /// Whether an element's own value is left out.
  package let excludesOwn: Bool
  /// Whether it begins at the end.
  package let isReverse: Bool
}

extension OperatorCall {
  /// The scan of a `CumSum` or `CumProd`, and its axis.
  package func axisScan() throws -> (scan: AxisScan, axis: Int) {
    let shape = try shape(0)
    guard let given = try numbers(1).first, !shape.isEmpty else {
      throw invalid("its axis is missing, or its input is a scalar")
    }
    let axis = try axis(given, rank: shape.count)
    let scan = AxisScan(
      outer: shape[..<axis].elementCount, extent: shape[axis], inner: shape[(axis + 1)...].elementCount,
      excludesOwn: int("exclusive", default: 0) != 0, isReverse: int("reverse", default: 0) != 0)
    return (scan, axis)
  }
}

/// The rule of `CumSum` and `CumProd`.
struct ScanRule: OperatorRule {
  let traits = OperatorTraits.other(.value, .size)

  let start: Double
  let join: @Sendable (Double, Double) -> Double

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    _ = try call.axisScan()
    let input = try call.input(0)
    return [TensorSpec(input.elementType, input.shape)]
  }

  func evaluate(_ call: OperatorCall) throws -> [Tensor]? {
    let scan = try call.axisScan().scan
    let input = try call.constant(0)
    var values = input.doubles
    for lane in 0..<scan.outer * scan.inner {
      var total = start
      for step in 0..<scan.extent {
        let along = scan.isReverse ? scan.extent - 1 - step : step
        let index = (lane / scan.inner * scan.extent + along) * scan.inner + lane % scan.inner
        let joined = join(total, values[index])
        values[index] = scan.excludesOwn ? total : joined
        total = joined
      }
    }
    return [Tensor(input.elementType, values, shape: input.shape)]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    let axis = try call.axisScan().axis
    return [
      .elementwise(inputs: [0], outputs: [0]),
      .frozen([.input(0, axis: axis)], reason: "it accumulates over them"),
    ]
  }
}

/// A discrete Fourier transform along one axis.
package struct FourierTransform: Sendable, Hashable {
  /// The axis, and the elements of it that are read.
  package let axis, read: Int
  /// The transform's length, and the elements that it makes.
  package let length, made: Int
  /// Numbers an element read and made: 1 real, 2 complex.
  package let from, to: Int
  /// Whether it goes back from frequencies.
  package let isInverse: Bool
  /// Whether only half of the frequencies is there, the other half being its mirror.
  package let isOneSided: Bool

  /// The transform as a matrix [read · from, made · to], in C order.
  package var matrix: [Float] {
    var matrix = [Float](repeating: 0, count: read * from * made * to)
    let scale = isInverse ? 1 / Double(length) : 1
    for n in 0..<read {
      // A frequency whose mirror is not there stands for both.
      let isMirrored = isInverse && isOneSided && n > 0 && 2 * n != length
      let weight = scale * (isMirrored ? 2 : 1)
      for k in 0..<made {
        let angle = 2 * Double.pi * Double(n * k % length) / Double(length)
        let (c, s) = (cos(angle) * weight, sin(angle) * weight * (isInverse ? -1 : 1))
        // (re + i·im)(c − i·s) = re·c + im·s + i(im·c − re·s).
        let parts = [[c, -s], [s, c]]
        for a in 0..<from {
          for b in 0..<to { matrix[((n * from + a) * made + k) * to + b] = Float(parts[a][b]) }
        }
      }
    }
    return matrix
  }
}

extension OperatorCall {
  /// The transform of a `DFT`.
  package func fourierTransform() throws -> FourierTransform {
    let shape = try shape(0)
    guard shape.count >= 2, let numbers = shape.last, 1...2 ~= numbers else {
      throw invalid("its input of shape \(shape.shapeText) does not end in real and imaginary parts")
    }
    var given = opset < 20 ? int("axis", default: 1) : -2
    if opset >= 20, has(2) { given = try self.numbers(2).first ?? -2 }
    let axis = try axis(given, rank: shape.count)
    guard axis < shape.count - 1, shape[axis] > 0 else { throw invalid("it transforms axis \(given)") }
    let (isInverse, isOneSided) = (int("inverse", default: 0) != 0, int("onesided", default: 0) != 0)
    var length = isInverse && isOneSided ? max(1, 2 * (shape[axis] - 1)) : shape[axis]
    if has(1), let asked = try self.numbers(1).first { length = asked }
    guard 1...4096 ~= length else {
      throw invalid("it transforms \(length) elements; up to 4096 are transformed, as a matrix product")
    }
    guard !isOneSided || isInverse == (numbers == 2) else {
      throw invalid("it is one-sided and its input has \(numbers) numbers an element")
    }
    let half = length / 2 + 1
    return FourierTransform(
      axis: axis, read: min(shape[axis], isInverse && isOneSided ? half : length), length: length,
      made: isOneSided && !isInverse ? half : length, from: numbers, to: isInverse && isOneSided ? 1 : 2,
      isInverse: isInverse, isOneSided: isOneSided)
  }
}

/// `DFT`: a matrix product along one axis.
struct FourierRule: OperatorRule {
  let traits = OperatorTraits.other(.value, .size, .size)

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let input = try call.input(0)
    let transform = try call.fourierTransform()
    return [
      TensorSpec(
        input.elementType,
        input.shape.replacing(transform.axis, with: transform.made)
          .replacing(input.shape.count - 1, with: transform.to))
    ]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    let axis = try call.fourierTransform().axis
    let rank = outputs[0].shape.count
    let free = (0..<rank - 1).filter { $0 != axis }
    return free.map { .same([.input(0, axis: $0), .output(0, axis: $0)]) } + [
      .frozen([.input(0, axis: axis), .output(0, axis: axis)], reason: "it transforms them as one signal"),
      .frozen([.input(0, axis: rank - 1)], reason: "they are real and imaginary parts"),
    ]
  }
}

/// `Det`: the determinants of square matrices [*, M, M] → [*].
struct DeterminantRule: OperatorRule {
  let traits = OperatorTraits.other(.value)

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let input = try call.input(0)
    let rank = input.shape.count
    guard rank >= 2, input.shape[rank - 1] == input.shape[rank - 2], input.shape[rank - 1] <= 64 else {
      throw call.invalid(
        "its input of shape \(input.shape.shapeText) is not square matrices of up to 64 rows")
    }
    return [TensorSpec(input.elementType, Array(input.shape.dropLast(2)))]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    let rank = try call.shape(0).count
    return (0..<rank - 2).map { .same([.input(0, axis: $0), .output(0, axis: $0)]) } + [
      .frozen([.input(0, axis: rank - 2), .input(0, axis: rank - 1)], reason: "they are a square matrix")
    ]
  }
}

/// `DeformConv`: a convolution whose taps are moved by offsets that are computed. [N, C, H, W] only.
struct DeformableRule: OperatorRule {
  /// No layer yet: nothing scores its kernels.
  let traits = OperatorTraits.other(.value)

  func learnableInputs(_ call: OperatorCall) -> [Int] { [1, 3] }

  private func plainCall(_ call: OperatorCall) -> OperatorCall {
    let bias = call.has(3) ? [call.inputs[3]] : []
    let factors =
      Array(call.inputs.prefix(2)) + [TensorSpec?](repeating: nil, count: max(0, 2 - call.inputs.count))
    return OperatorCall(node: call.node, opset: call.opset, inputs: factors + bias)
  }

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let result = try ConvolutionRule().outputs(plainCall(call))
    let (shape, weight) = (result[0].shape, try call.shape(1))
    guard shape.count == 4 else { throw call.invalid("its input does not have two spatial dimensions") }
    let groups = try call.count("offset_group")
    let taps = weight[2].times(weight[3])
    let mask = call.has(4) ? try call.shape(4) : nil
    guard try call.shape(0)[1] % groups == 0,
      try call.shape(2) == [shape[0], groups.times(taps).times(2), shape[2], shape[3]],
      mask == nil || mask == [shape[0], groups.times(taps), shape[2], shape[3]]
    else { throw call.invalid("its offsets or its mask do not fit a result of shape \(shape.shapeText)") }
    return result
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    let taps: [AxisReference] = [.input(2, axis: 1)] + (call.has(4) ? [.input(4, axis: 1)] : [])
    var relations = try ConvolutionRule().relations(plainCall(call), outputs: outputs).map { relation in
      guard case .same(let axes) = relation else { return relation }
      return ChannelRelation.same(
        axes.map { $0.operand == .input(2) ? .input(3, axis: $0.axis) : $0 })
    }
    relations.append(.frozen(taps, reason: "they say where it looks"))
    if call.int("offset_group", default: 1) > 1 {
      relations.append(.frozen([.input(0, axis: 1)], reason: "groups of them share offsets"))
    }
    return relations
  }

  func multiplyAccumulates(_ call: OperatorCall, outputs: [TensorSpec]) -> Int {
    ConvolutionRule().multiplyAccumulates(plainCall(call), outputs: outputs)
  }
}

extension OperatorTable {
  static let spectral: [String: any OperatorRule] = [
    "CumSum": ScanRule(start: 0, join: { $0 + $1 }), "CumProd": ScanRule(start: 1, join: { $0 * $1 }),
    "DFT": FourierRule(), "Det": DeterminantRule(), "DeformConv": DeformableRule(),
  ]
}
