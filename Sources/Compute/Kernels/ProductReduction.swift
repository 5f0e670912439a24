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
    let parts = try plan.map(op, [source, top], shape: shape) { ($0[0] - finite($0[1])).exp }
    let sum = try plan.reduced(op, SumReduction(), parts, to: kept, ignoresPadding: true)
    let result = try plan.map(op, [sum, top], shape: kept) { $0[0].log + finite($0[1]) }
    try plan.defineReduction(site, of: value, result) { plan, label, g in
      try plan.map(label, [source, result, g], shape: shape) { ($0[0] - $0[1]).exp * $0[2] }
    }
  }
}

/// The largest element where it is finite: an infinite one (of no elements, or of infinite ones) is not taken out.
private func finite(_ top: Pointwise) -> Pointwise {
  .select(top.magnitude < .constant(.infinity), top, 0.0)
}

/// `ReduceProd`. The gradient of an element is the product of the others, also where some are zero.
struct ProductKernel: Kernel {
  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let value = try site.required(0)
    let source = try plan.plain(value)
    let (shape, kept) = (source.shape, try site.reducedShape())
    let result = try plan.reduced(
      site.node.op, ProductReduction(), source, to: kept, ignoresPadding: false)
    try plan.defineReduction(site, of: value, result) { plan, label, g in
      let zeros = try plan.reduced(label, ZeroCount(), source, to: kept, ignoresPadding: false)
      let rest = try plan.reduced(label, NonzeroProduct(), source, to: kept, ignoresPadding: false)
      // With no zero every element gets its share; with one zero only that one does.
      let shares = try plan.map(label, [zeros, rest, g], shape: kept) { .select($0[0], 0.0, $0[1] * $0[2]) }
      let lone = try plan.map(label, [zeros, rest, g], shape: kept) {
        .select($0[0] .== 1.0, $0[1] * $0[2], 0.0)
      }
      return try plan.map(label, [source, shares, lone], shape: shape) {
        .select($0[0], $0[1] / $0[0], $0[2])
      }
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
