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
    // The library's mean over all places of a window, times their number, is their sum.
    var windows: (pooling: LibraryPooling, count: Scale)?
    if isGlobal {
      sums = try plan.reduced(label, SumReduction(), powers, to: result, ignoresPadding: true)
    } else {
      let window = try site.call.slidingWindow(over: Array(shape[2...]), kernel: nil)
      let count = Scale(factor: Float(window.kernel.elementCount))
      let pooling = try LibraryPooling(
        plan, label, CDNNL_POOL_MEAN_WITH_PADDING, powers, window, result: result,
        trains: plan.needsGradient(output))
      sums = try plan.map(label, count, [pooling.forward(plan)], shape: result)
      windows = (pooling, count)
    }
    let target = try plan.map(label, MagnitudePower(exponent: 1 / exponent), [sums], shape: result)
    try plan.define(output, target)
    guard plan.needsGradient(output) else { return }
    plan.backward { [windows] plan throws(ComputeError) in
      guard let g = try plan.gradient(of: output) else { return }
      let label = label + ".backward"
      // ∂x = sign(x) |x|^(p−1) · Σ g y^(1−p) over the windows that x lies under.
      var shares = try plan.map(label, RootGradient(exponent: exponent), [target, g], shape: result)
      if let (pooling, count) = windows {
        shares = try plan.map(label, count, [pooling.backward(plan, shares)], shape: shape)
      }
      plan.contribute(
        try plan.map(label, SignedPower(exponent: exponent - 1), [source, shares], shape: shape), to: value)
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
