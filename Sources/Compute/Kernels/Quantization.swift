import CDNNL
import CPointwise
import Graph

/// `QuantizeLinear` and `DequantizeLinear`.
///
/// The gradient of a quantization passes straight through its rounding, and is 0 where the range cut the value
/// (Bengio et al., Estimating or Propagating Gradients Through Stochastic Neurons, 2013; Jacob et al. 2018): so a
/// network trained for quantization can be scored. Scales of a dequantization have a gradient too.
struct QuantizationKernel: Kernel {
  let quantizes: Bool
  var isDifferentiable: Bool { true }

  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let (value, scaleValue) = (try site.required(0), try site.required(1))
    guard let output = site.output(0) else { return }
    let source = try plan.tensor(value)
    let movements = try site.call.quantizationMovements()
    let given = try plan.tensor(scaleValue)
    let scale = try plan.move(given, movements)
    var zero = try plan.table("zero", [0], [1])
    if let point = site.input(2) {
      let tensor = try plan.tensor(point)
      zero =
        tensor.shape == given.shape
        ? try plan.move(tensor, movements) : try plan.reshaped(tensor, [1])
    }
    let (op, shape) = (site.node.op, site.outputShapes[0])
    if quantizes {
      let levels = Levels(of: plan.bound.specs[output.index]?.elementType)
      try plan.define(
        output, plan.map(op, [source, scale, zero], shape: shape) { levels.level($0[0], $0[1], $0[2]) })
      guard plan.needsGradient(value) else { return }
      let zeroPoint = zero
      return plan.backward { plan in
        guard let gradient = try plan.gradient(of: output) else { return }
        let inside = try plan.map("\(op).backward", [source, scale, zeroPoint], shape: shape) {
          levels.slope($0[0], $0[1], $0[2])
        }
        plan.contribute(
          try plan.map("\(op).backward", [gradient, inside], shape: shape) { $0[0] * $0[1] }, to: value)
      }
    }
    try plan.define(output, plan.map(op, [source, scale, zero], shape: shape) { ($0[0] - $0[2]) * $0[1] })
    guard plan.needsGradient(value) || plan.needsGradient(scaleValue) else { return }
    let zeroPoint = zero
    plan.backward { plan in
      guard let gradient = try plan.gradient(of: output) else { return }
      if plan.needsGradient(value) {
        plan.contribute(
          try plan.map("\(op).backward", [gradient, scale], shape: shape) { $0[0] * $0[1] }, to: value)
      }
      if plan.needsGradient(scaleValue) {
        let share = try plan.map("\(op).backward", [source, zeroPoint, gradient], shape: shape) {
          ($0[0] - $0[1]) * $0[2]
        }
        let sum = try plan.unbroadcast(share, to: scale.shape == shape ? shape : scale.shape)
        plan.contribute(try plan.moveBack(sum, movements, from: given.shape), to: scaleValue)
      }
    }
  }
}

/// `DynamicQuantizeLinear`: scale and zero point so that the data's range, zero included, fills eight bits.
struct DynamicQuantizationKernel: Kernel {
  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let source = try plan.plain(site.required(0))
    let count = source.shape.elementCount
    let results = try plan.loops(site.node.op, [source], [source.shape, [], []]) { from, to in
      let x = from[0]
      var (low, high): (Float, Float) = (0, 0)
      for i in 0..<count {
        low = min(low, x[i])
        high = max(high, x[i])
      }
      let scale = (high - low) / 255
      let zero = scale == 0 ? 0 : max(0, min(255, -low / scale)).rounded(.toNearestOrEven)
      to[1][0] = scale
      to[2][0] = zero
      for i in 0..<count {
        let level = scale == 0 ? 0 : (x[i] / scale).rounded(.toNearestOrEven)
        to[0][i] = max(0, min(255, level + zero))
      }
    }
    for (number, result) in results.enumerated() { try plan.define(site.output(number), result) }
  }
}

/// `ConvInteger`, `QLinearConv`, `MatMulInteger`, `QLinearMatMul`.
///
/// Zero points are taken off, the products summed as floats (exact up to 2²⁴) and rounded, and the sums brought to
/// the result's scale.
struct QuantizedProductKernel: Kernel {
  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    guard let output = site.output(0), let form = QuantizedProduct(site.node.op) else { return }
    let op = site.node.op
    let shape = site.outputShapes[0]
    func centred(_ number: Int, zero: Int, along axis: Int?) throws -> PlanTensor {
      let tensor = try plan.tensor(site.required(number))
      guard let point = site.input(zero) else { return tensor }
      let spread = try aligned(plan.tensor(point), along: axis, rank: tensor.shape.count, plan)
      return try plan.map(op + ".zero", [tensor, spread], shape: tensor.shape) { $0[0] - $0[1] }
    }
    let x = try centred(form.first, zero: form.firstZero, along: form.isConvolution ? nil : -2)
    let w = try centred(form.second, zero: form.secondZero, along: form.isConvolution ? 0 : -1)
    var sum: PlanTensor
    if form.isConvolution {
      let inner = KernelSite(
        index: site.index, call: try form.plainCall(site.call), outputShapes: site.outputShapes)
      sum = try convolution(inner, plan, x, w)
    } else {
      let shapes = MatrixShapes(x.shape, w.shape)
      let product = try plan.matmul(
        "MatMul", plan.reshaped(x, shapes.left), plan.reshaped(w, shapes.right), shape: shapes.product)
      sum = try plan.reshaped(product, shape)
    }
    sum = try plan.map(op + ".round", [sum], shape: shape) { .apply(CPW_ROUND, $0[0]) }
    if let bias = form.bias.flatMap({ site.input($0) }) {
      let spread = try aligned(plan.tensor(bias), along: 1, rank: shape.count, plan)
      sum = try plan.map(op + ".bias", [sum, spread], shape: shape) { $0[0] + $0[1] }
    }
    guard let scales = form.scales else { return try plan.define(output, sum) }
    let rank = shape.count
    let first = try aligned(
      plan.tensor(site.required(scales.first)), along: form.isConvolution ? nil : -2, rank: rank, plan)
    let second = try aligned(
      plan.tensor(site.required(scales.second)), along: form.isConvolution ? 1 : -1, rank: rank, plan)
    let last = try aligned(plan.tensor(site.required(scales.result)), along: nil, rank: rank, plan)
    let joint = zip(first.shape, second.shape).map { max($0, $1) }
    var factor = try plan.map(op + ".scale", [first, second], shape: joint) { $0[0] * $0[1] }
    factor = try plan.map(op + ".scale", [factor, last], shape: joint) { $0[0] / $0[1] }
    let zero = try aligned(plan.tensor(site.required(scales.zero)), along: nil, rank: rank, plan)
    let levels = Levels(of: plan.bound.specs[output.index]?.elementType, multiplies: true)
    try plan.define(
      output,
      plan.map(op + ".levels", [sum, factor, zero], shape: shape) { levels.level($0[0], $0[1], $0[2]) })
  }

  /// A vector along one axis, a single number along none; what has axes already keeps them.
  private func aligned(
    _ tensor: PlanTensor, along axis: Int?, rank: Int, _ plan: PlanBuilder
  ) throws -> PlanTensor {
    let count = tensor.shape.elementCount
    var shape = [Int](repeating: 1, count: max(rank, tensor.shape.count))
    if tensor.shape.count > 1 {
      shape.replaceSubrange((shape.count - tensor.shape.count)..., with: tensor.shape)
    } else if count > 1, let axis, rank > 0 {
      shape[max(0, axis < 0 ? rank + axis : axis)] = count
    }
    return try plan.reshaped(tensor, shape)
  }

  private func convolution(
    _ site: KernelSite, _ plan: PlanBuilder, _ x: PlanTensor, _ w: PlanTensor
  ) throws -> PlanTensor {
    var parts = try ConvolutionParts(site, isTransposed: false)
    parts.isExact = true
    let weights = PlanTensor(try parts.weightLayout(), try plan.plain(w).buffer)
    return try parts.convolve(plan, x, weights, trains: false, label: site.node.op)
  }
}

extension KernelSite {
  /// The node as another operator sees it.
  init(index: Int, call: OperatorCall, outputShapes: [[Int]]) {
    self.index = index
    self.call = call
    self.outputShapes = outputShapes
  }
}

/// round(x / scale) + zero, or round(x · scale) + zero, cut to the type's range.
private struct Levels {
  let lower: Float
  let upper: Float
  let multiplies: Bool

  init(of type: ElementType?, multiplies: Bool = false) {
    let range = type?.quantizedRange ?? 0...255
    (lower, upper) = (Float(range.lowerBound), Float(range.upperBound))
    self.multiplies = multiplies
  }

  private func rounded(_ x: Pointwise, _ scale: Pointwise, _ zero: Pointwise) -> Pointwise {
    .apply(CPW_ROUND, multiplies ? x * scale : x / scale) + zero
  }

  func level(_ x: Pointwise, _ scale: Pointwise, _ zero: Pointwise) -> Pointwise {
    .larger(.constant(lower), .smaller(.constant(upper), rounded(x, scale, zero)))
  }

  /// 1 / scale where the value is not cut to the type's range, 0 elsewhere.
  func slope(_ x: Pointwise, _ scale: Pointwise, _ zero: Pointwise) -> Pointwise {
    let level = rounded(x, scale, zero)
    return .select((level >= .constant(lower)) .& (level <= .constant(upper)), 1.0 / scale, 0.0)
  }
}

extension KernelTable {
  static let quantization: [String: any Kernel] = [
    "QuantizeLinear": QuantizationKernel(quantizes: true),
    "DequantizeLinear": QuantizationKernel(quantizes: false),
    "DynamicQuantizeLinear": DynamicQuantizationKernel(), "ConvInteger": QuantizedProductKernel(),
    "MatMulInteger": QuantizedProductKernel(), "QLinearConv": QuantizedProductKernel(),
    "QLinearMatMul": QuantizedProductKernel(),
  ]
}
