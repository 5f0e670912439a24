import Foundation
import Graph

/// `LRN` (Krizhevsky, Sutskever, Hinton 2012): y = x · s^−β with s = k + α/n · Σ x² over n neighbouring channels.
struct NeighbourNormalizationKernel: Kernel {
  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let value = try site.required(0)
    guard let output = site.output(0) else { return }
    let source = try plan.plain(value)
    let shape = source.shape
    let size = site.call.int("size", default: 1)
    let beta = site.call.float("beta", default: 0.75)
    let share = site.call.float("alpha", default: 1e-4) / Float(size)
    let (before, after) = ((size - 1) / 2, size / 2)
    let label = site.node.op
    let squares = try plan.map(label, Square(), [source], shape: shape)
    let sums = try plan.channelSums(label, squares, before: before, after: after)
    let scale = try plan.map(
      label, Linear(factor: share, offset: site.call.float("bias", default: 1)), [sums], shape: shape)
    try plan.define(output, plan.map(label, TimesPower(exponent: -beta), [source, scale], shape: shape))
    guard plan.needsGradient(output) else { return }
    plan.backward { plan throws(ComputeError) in
      guard let gradient = try plan.gradient(of: output) else { return }
      let g = try plan.plain(gradient)
      let label = label + ".backward"
      // ∂x_i = g_i s_i^−β − 2αβ/n · x_i · Σ g_j x_j s_j^(−β−1) over those j that have i as a neighbour.
      let product = try plan.map(label, Multiply(), [g, source], shape: shape)
      let terms = try plan.map(label, TimesPower(exponent: -beta - 1), [product, scale], shape: shape)
      let sums = try plan.channelSums(label, terms, before: after, after: before)
      let own = try plan.map(label, TimesPower(exponent: -beta), [g, scale], shape: shape)
      let factor = try plan.map(label, Scale(factor: 2 * share * beta), [source], shape: shape)
      plan.contribute(try plan.map(label, MinusProduct(), [own, factor, sums], shape: shape), to: value)
    }
  }
}

extension PlanBuilder {
  /// Sums over a window of neighbouring channels of a tensor [N, C, …] in C order.
  func channelSums(
    _ label: String, _ source: PlanTensor, before: Int, after: Int
  ) throws(ComputeError) -> PlanTensor {
    let (channels, space) = (source.shape[1], source.shape[2...].elementCount)
    let rows = source.shape[0] * channels
    return try loops(label, [source], shape: source.shape) { from, to in
      let from = from[0]
      parallelRanges(rows, grain: max(1, 8192 / max(1, space))) { range in
        for row in range {
          let channel = row % channels
          let first = row - min(channel, before)
          let last = row + min(channels - 1 - channel, after)
          let sum = to + row * space
          for i in 0..<space { sum[i] = 0 }
          for neighbour in first...last {
            let addend = from + neighbour * space
            for i in 0..<space { sum[i] += addend[i] }
          }
        }
      }
    }
  }
}

struct Square: MapFunction {
  static let arity = 1
  static let keepsZero = true
  @inline(__always) func callAsFunction(_ x: Float, _ b: Float, _ c: Float) -> Float { x * x }
}

/// a · bᵉ.
struct TimesPower: MapFunction {
  static let arity = 2
  static let keepsZero = false
  let exponent: Float
  @inline(__always) func callAsFunction(_ a: Float, _ b: Float, _ c: Float) -> Float { a * powf(b, exponent) }
}
