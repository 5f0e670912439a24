import CDNNL
import Foundation
import Graph

/// `LpPool` and `GlobalLpPool`: (Σ |x|ᵖ)^(1/p) over a window, or over all of the space.
struct LpPoolKernel: Kernel {
  var isGlobal = false

  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let value = try site.required(0)
    guard let output = site.output(0) else { return }
    let source = try plan.tensor(value)
    let (shape, result, label) = (source.shape, site.outputShapes[0], site.node.op)
    let exponent = site.call.float("p", default: 2)
    guard exponent > 0 else { throw site.unsupported("its p is \(exponent)") }
    guard shape.count > 2 else { throw site.unsupported("its input has no spatial dimensions") }
    let powers = try plan.map(label, MagnitudePower(exponent: exponent), [source], shape: shape)
    let sums: PlanTensor
    var pooling: SumPooling?
    if isGlobal {
      sums = try plan.reduced(label, SumReduction(), powers, to: result, ignoresPadding: true)
    } else {
      let window = PoolingWindow(try site.call.slidingWindow(over: Array(shape[2...]), kernel: nil))
      let made = try SumPooling(
        plan, label, powers.layout, window, result, trains: plan.needsGradient(output))
      sums = try made.forward(plan, powers)
      pooling = made
    }
    let target = try plan.map(label, MagnitudePower(exponent: 1 / exponent), [sums], shape: result)
    try plan.define(output, target)
    guard plan.needsGradient(output) else { return }
    let windows = pooling
    plan.backward { plan throws(ComputeError) in
      guard let g = try plan.gradient(of: output) else { return }
      let label = label + ".backward"
      // ∂x = sign(x) |x|^(p−1) · Σ g y^(1−p) over the windows that x lies under.
      var shares = try plan.map(label, RootGradient(exponent: exponent), [target, g], shape: result)
      if let windows { shares = try windows.backward(plan, shares) }
      plan.contribute(
        try plan.map(label, SignedPower(exponent: exponent - 1), [source, shares], shape: shape), to: value)
    }
  }
}

/// Sums over windows: oneDNN's mean over all places of a window, times their number.
private struct SumPooling {
  private let label: String
  private let source: Layout
  private let area: cdnnl_window
  private let count: Float
  private let primitive: Primitive

  init(
    _ plan: PlanBuilder, _ label: String, _ source: Layout, _ window: PoolingWindow, _ result: [Int],
    trains: Bool
  ) throws(ComputeError) {
    self.label = label
    self.source = source
    area = window.area(over: Array(source.shape[2...]), result: Array(result[2...]))
    count = Float(window.kernel.reduce(1, *))
    primitive = try Self.make(
      plan, trains ? CDNNL_TRAINING : CDNNL_INFERENCE, source, .any(result), area, nil)
  }

  func forward(_ plan: PlanBuilder, _ tensor: PlanTensor) throws(ComputeError) -> PlanTensor {
    let target = plan.make(try primitive.layout(CDNNL_DESTINATION))
    try plan.emit(label, primitive, [(CDNNL_SOURCE, tensor)], [(CDNNL_DESTINATION, target)])
    return try plan.map(label, Scale(factor: count), [target], shape: target.shape)
  }

  func backward(_ plan: PlanBuilder, _ gradient: PlanTensor) throws(ComputeError) -> PlanTensor {
    let destination = try primitive.layout(CDNNL_DESTINATION)
    let backward = try Self.make(plan, CDNNL_BACKWARD_DATA, source, destination, area, primitive)
    let target = plan.make(try backward.layout(CDNNL_GRADIENT_SOURCE))
    let moved = try plan.reordered(gradient, to: backward.layout(CDNNL_GRADIENT_DESTINATION))
    try plan.emit(
      label + ".backward", backward, [(CDNNL_GRADIENT_DESTINATION, moved)], [(CDNNL_GRADIENT_SOURCE, target)])
    return try plan.map(label + ".backward", Scale(factor: count), [target], shape: target.shape)
  }

  private static func make(
    _ plan: PlanBuilder, _ direction: cdnnl_direction, _ source: Layout, _ target: Layout,
    _ area: cdnnl_window, _ hint: Primitive?
  ) throws(ComputeError) -> Primitive {
    var area = area
    return try Primitive.make("a pooling of \(source.shape.shapeText)") {
      cdnnl_pooling_make(
        plan.engine.handle, direction, CDNNL_POOL_MEAN_WITH_PADDING, source.handle, target.handle, &area,
        hint?.handle, &$0)
    }
  }
}

/// |x|ᵉ.
struct MagnitudePower: MapFunction {
  static let arity = 1
  static let keepsZero = true
  let exponent: Float
  @inline(__always) func callAsFunction(_ x: Float, _ b: Float, _ c: Float) -> Float {
    if exponent == 2 { return x * x }
    if exponent == 0.5 { return abs(x).squareRoot() }
    return exponent == 1 ? abs(x) : powf(abs(x), exponent)
  }
}

/// g · y^(1−p), nothing where y is zero.
struct RootGradient: MapFunction {
  static let arity = 2
  static let keepsZero = true
  let exponent: Float
  @inline(__always) func callAsFunction(_ y: Float, _ g: Float, _ c: Float) -> Float {
    y > 0 ? g * powf(y, 1 - exponent) : 0
  }
}

/// sign(x) · |x|ᵉ · g.
struct SignedPower: MapFunction {
  static let arity = 2
  static let keepsZero = true
  let exponent: Float
  @inline(__always) func callAsFunction(_ x: Float, _ g: Float, _ c: Float) -> Float {
    if exponent == 1 { return x * g }
    return x == 0 ? 0 : (x > 0 ? 1 : -1) * powf(abs(x), exponent) * g
  }
}
