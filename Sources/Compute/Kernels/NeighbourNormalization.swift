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
    let bias = site.call.float("bias", default: 1)
    let (before, after) = ((size - 1) / 2, size / 2)
    let label = site.node.op
    let squares = try plan.map(label, [source], shape: shape) { $0[0] * $0[0] }
    let sums = try plan.channelSums(label, squares, before: before, after: after)
    let scale = try plan.map(label, [sums], shape: shape) { $0[0] * .constant(share) + .constant(bias) }
    try plan.define(
      output, plan.map(label, [source, scale], shape: shape) { $0[0] * $0[1].power(.constant(-beta)) })
    guard plan.needsGradient(output) else { return }
    plan.backward { plan in
      guard let gradient = try plan.gradient(of: output) else { return }
      let g = try plan.plain(gradient)
      let label = label + ".backward"
      // ∂x_i = g_i s_i^−β − 2αβ/n · x_i · Σ g_j x_j s_j^(−β−1) over those j that have i as a neighbour.
      let product = try plan.map(label, [g, source], shape: shape) { $0[0] * $0[1] }
      let terms = try plan.map(label, [product, scale], shape: shape) {
        $0[0] * $0[1].power(.constant(-beta - 1))
      }
      let sums = try plan.channelSums(label, terms, before: after, after: before)
      let own = try plan.map(label, [g, scale], shape: shape) { $0[0] * $0[1].power(.constant(-beta)) }
      let factor = try plan.map(label, [source], shape: shape) { $0[0] * .constant(2 * share * beta) }
      plan.contribute(
        try plan.map(label, [own, factor, sums], shape: shape) { $0[0] - $0[1] * $0[2] }, to: value)
    }
  }
}

extension PlanBuilder {
  /// Sums over a window of neighbouring channels of a tensor [N, C, …] in C order.
  func channelSums(
    _ label: String, _ source: PlanTensor, before: Int, after: Int
  ) throws -> PlanTensor {
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
