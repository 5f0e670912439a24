import Foundation
import Graph

/// `ReduceLogSumExp`: the largest element is taken out first, so that no exponential overflows.
struct LogSumExpKernel: Kernel {
  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let value = try site.required(0)
    let source = try plan.plain(value)
    let (shape, kept) = (source.shape, try site.reducedShape())
    let op = site.node.op
    let top = try plan.reduced(op, MaximumReduction(), source, to: kept, ignoresPadding: false)
    let parts = try plan.map(op, ShiftedExponential(), [source, top], shape: shape)
    let sum = try plan.reduced(op, SumReduction(), parts, to: kept, ignoresPadding: true)
    let result = try plan.map(op, ShiftedLogarithm(), [sum, top], shape: kept)
    try plan.defineReduction(site, of: value, result) { plan, label, g throws(ComputeError) in
      try plan.map(label, SoftmaxTimes(), [source, result, g], shape: shape)
    }
  }
}

/// `ReduceProd`. The gradient of an element is the product of the others, also where some are zero.
struct ProductKernel: Kernel {
  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let value = try site.required(0)
    let source = try plan.plain(value)
    let (shape, kept) = (source.shape, try site.reducedShape())
    let result = try plan.reduced(
      site.node.op, ProductReduction(), source, to: kept, ignoresPadding: false)
    try plan.defineReduction(site, of: value, result) { plan, label, g throws(ComputeError) in
      let zeros = try plan.reduced(label, ZeroCount(), source, to: kept, ignoresPadding: false)
      let rest = try plan.reduced(label, NonzeroProduct(), source, to: kept, ignoresPadding: false)
      // With no zero every element gets its share; with one zero only that one does.
      let shares = try plan.map(label, WhereCount(wanted: 0), [zeros, rest, g], shape: kept)
      let lone = try plan.map(label, WhereCount(wanted: 1), [zeros, rest, g], shape: kept)
      return try plan.map(label, ProductShare(), [source, shares, lone], shape: shape)
    }
  }
}

struct ProductReduction: ReduceFunction {
  static let identity: Float = 1
  @inline(__always) func prepare(_ element: Float) -> Float { element }
  @inline(__always) func join(_ a: Float, _ b: Float) -> Float { a * b }
}

struct NonzeroProduct: ReduceFunction {
  static let identity: Float = 1
  @inline(__always) func prepare(_ element: Float) -> Float { element == 0 ? 1 : element }
  @inline(__always) func join(_ a: Float, _ b: Float) -> Float { a * b }
}

struct ZeroCount: ReduceFunction {
  static let identity: Float = 0
  @inline(__always) func prepare(_ element: Float) -> Float { element == 0 ? 1 : 0 }
  @inline(__always) func join(_ a: Float, _ b: Float) -> Float { a + b }
}

/// product · g where so many zeros were counted.
struct WhereCount: MapFunction {
  static let arity = 3
  static let keepsZero = false
  let wanted: Float
  @inline(__always) func callAsFunction(_ count: Float, _ product: Float, _ g: Float) -> Float {
    count == wanted ? product * g : 0
  }
}

struct ProductShare: MapFunction {
  static let arity = 3
  static let keepsZero = false
  @inline(__always) func callAsFunction(_ x: Float, _ shares: Float, _ lone: Float) -> Float {
    x == 0 ? lone : shares / x
  }
}

struct Logarithm: MapFunction {
  static let arity = 1
  static let keepsZero = false
  @inline(__always) func callAsFunction(_ x: Float, _ b: Float, _ c: Float) -> Float { logf(x) }
}

/// The gradient of log x from y = log x: g / x.
struct LogarithmGradient: MapFunction {
  static let arity = 2
  static let keepsZero = false
  @inline(__always) func callAsFunction(_ y: Float, _ g: Float, _ c: Float) -> Float { g * expf(-y) }
}

/// exp(x − m); an infinite m (of no elements, or of infinite ones) is not taken out.
struct ShiftedExponential: MapFunction {
  static let arity = 2
  static let keepsZero = false
  @inline(__always) func callAsFunction(_ x: Float, _ m: Float, _ c: Float) -> Float {
    expf(x - (m.isFinite ? m : 0))
  }
}

struct ShiftedLogarithm: MapFunction {
  static let arity = 2
  static let keepsZero = false
  @inline(__always) func callAsFunction(_ x: Float, _ m: Float, _ c: Float) -> Float {
    logf(x) + (m.isFinite ? m : 0)
  }
}

/// exp(x − y) · g.
struct SoftmaxTimes: MapFunction {
  static let arity = 3
  static let keepsZero = false
  @inline(__always) func callAsFunction(_ x: Float, _ y: Float, _ g: Float) -> Float { expf(x - y) * g }
}
