import Graph

/// `ReduceSum`, `ReduceMean`, `ReduceMax`, `ReduceMin`, `ReduceL1`, `ReduceL2`, `ReduceSumSquare`,
/// `ReduceLogSum`.
struct ReductionKernel: Kernel {
  enum Kind: Sendable { case sum, mean, maximum, minimum, l1, l2, sumOfSquares, logSum }

  let kind: Kind

  init(_ kind: Kind) { self.kind = kind }

  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let value = try site.required(0)
    guard let output = site.output(0) else { return }
    let source = try plan.tensor(value)
    let (shape, kept) = (source.shape, try site.reducedShape())
    let count = Float(try site.call.reducedAxes().map { shape[$0] }.elementCount)
    let op = site.node.op
    var result: PlanTensor
    switch kind {
    case .sum, .mean, .logSum:
      result = try plan.reduced(op, SumReduction(), source, to: kept, ignoresPadding: true)
      if kind == .logSum { result = try plan.map(op, [result], shape: kept) { $0[0].log } }
      if kind == .mean { result = try plan.map(op, [result], shape: kept) { $0[0] * .constant(1 / count) } }
    case .maximum: result = try plan.reduced(op, MaximumReduction(), source, to: kept, ignoresPadding: false)
    case .minimum: result = try plan.reduced(op, MinimumReduction(), source, to: kept, ignoresPadding: false)
    case .l1: result = try plan.reduced(op, MagnitudeReduction(), source, to: kept, ignoresPadding: true)
    case .l2, .sumOfSquares:
      result = try plan.reduced(op, SquareReduction(), source, to: kept, ignoresPadding: true)
      if kind == .l2 { result = try plan.map(op, [result], shape: kept) { $0[0].squareRoot } }
    }
    if count == 0, plan.bound.specs[output.index]?.elementType == .bool {
      // The largest of no truth values is the smaller one of the two, not −∞.
      let end = try plan.table("truth", [kind == .minimum ? 1 : 0], [])
      result = try plan.map(op, [end], layout: .plain(kept), shape: kept) { $0[0] }
    }
    try plan.defineReduction(site, of: value, result) { [result] plan, label, g in
      var layout = source.layout
      if Frame(layout)?.spillsIntoPadding(kept) ?? true { layout = try .plain(shape) }
      switch kind {
      case .logSum:
        let part = try plan.map(label, [result, g], shape: kept) { $0[1] * (-$0[0]).exp }
        return try plan.map(label, [part], layout: layout, shape: shape) { $0[0] }
      case .sum: return try plan.map(label, [g], layout: layout, shape: shape) { $0[0] }
      case .mean:
        return try plan.map(label, [g], layout: layout, shape: shape) { $0[0] * .constant(1 / count) }
      case .maximum, .minimum:
        return try plan.map(label, [source, result, g], layout: layout, shape: shape) {
          .select($0[0] .== $0[1], $0[2], 0.0)
        }
      case .l1: return try plan.map(label, [source, g], layout: layout, shape: shape) { $0[0].sign * $0[1] }
      case .l2:
        return try plan.map(label, [source, result, g], layout: layout, shape: shape) {
          .select(0.0 < $0[1], $0[0] / $0[1] * $0[2], 0.0)
        }
      case .sumOfSquares:
        return try plan.map(label, [source, g], layout: layout, shape: shape) { 2.0 * $0[0] * $0[1] }
      }
    }
  }
}

extension KernelSite {
  /// The shape of a reduction's result with the reduced axes kept.
  func reducedShape() throws -> [Int] {
    let (axes, shape) = (try call.reducedAxes(), try call.shape(0))
    return shape.indices.map { axes.contains($0) ? 1 : shape[$0] }
  }
}

extension PlanBuilder {
  /// Makes `result`, whose reduced axes are kept, the output of a reduction of `value`.
  ///
  /// - Parameter share: the gradient of `value` from that of `result`, with the label of its steps.
  func defineReduction(
    _ site: KernelSite, of value: ValueID, _ result: PlanTensor,
    backward share:
      @escaping (
        _ plan: PlanBuilder, _ label: String, _ gradient: PlanTensor
      ) throws -> PlanTensor
  ) throws {
    guard let output = site.output(0) else { return }
    let (kept, final) = (result.shape, site.outputShapes[0])
    try define(output, final == kept ? result : reshaped(result, final))
    guard needsGradient(output) else { return }
    backward { plan in
      guard var gradient = try plan.gradient(of: output) else { return }
      if final != kept { gradient = try plan.reshaped(gradient, kept) }
      plan.contribute(try share(plan, site.node.op + ".backward", gradient), to: value)
    }
  }
}

struct MaximumReduction: ReduceFunction {
  static let identity = -Float.infinity
  @inline(__always) func prepare(_ element: Float) -> Float { element }
  @inline(__always) func join(_ a: Float, _ b: Float) -> Float { a > b ? a : b }
}

struct MinimumReduction: ReduceFunction {
  static let identity = Float.infinity
  @inline(__always) func prepare(_ element: Float) -> Float { element }
  @inline(__always) func join(_ a: Float, _ b: Float) -> Float { a < b ? a : b }
}

struct MagnitudeReduction: ReduceFunction {
  static let identity: Float = 0
  @inline(__always) func prepare(_ element: Float) -> Float { abs(element) }
  @inline(__always) func join(_ a: Float, _ b: Float) -> Float { a + b }
}

struct SquareReduction: ReduceFunction {
  static let identity: Float = 0
  @inline(__always) func prepare(_ element: Float) -> Float { element * element }
  @inline(__always) func join(_ a: Float, _ b: Float) -> Float { a + b }
}

extension KernelTable {
  static let reductions: [String: any Kernel] = [
    "ReduceSum": ReductionKernel(.sum), "ReduceMean": ReductionKernel(.mean),
    "ReduceMax": ReductionKernel(.maximum), "ReduceMin": ReductionKernel(.minimum),
    "ReduceL1": ReductionKernel(.l1), "ReduceL2": ReductionKernel(.l2),
    "ReduceSumSquare": ReductionKernel(.sumOfSquares), "ReduceLogSum": ReductionKernel(.logSum),
    "ReduceLogSumExp": LogSumExpKernel(), "ReduceProd": ProductKernel(),
  ]
}
