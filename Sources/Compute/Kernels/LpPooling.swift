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
    let powers = try plan.map(label, [source], shape: shape) { $0[0].magnitude.power(.constant(exponent)) }
    let sums: PlanTensor
    // The library's mean over all positions of a window, times their number, is their sum.
    var windows: (pooling: LibraryPooling, count: Float)?
    if isGlobal {
      sums = try plan.reduced(label, SumReduction(), powers, to: result, ignoresPadding: true)
    } else {
      let window = try site.call.slidingWindow(over: Array(shape[2...]), kernel: nil)
      let count = Float(window.kernel.elementCount)
      let pooling = try LibraryPooling(
        plan, label, CDNNL_POOL_MEAN_WITH_PADDING, powers, window, result: result,
        trains: plan.needsGradient(output))
      sums = try plan.map(label, [pooling.forward(plan)], shape: result) { $0[0] * .constant(count) }
      windows = (pooling, count)
    }
    let target = try plan.map(label, [sums], shape: result) { $0[0].magnitude.power(.constant(1 / exponent)) }
    try plan.define(output, target)
    guard plan.needsGradient(output) else { return }
    plan.backward { [windows] plan in
      guard let g = try plan.gradient(of: output) else { return }
      let label = label + ".backward"
      // ∂x = sign(x) |x|^(p−1) · Σ g y^(1−p) over the windows that x lies under.
      var shares = try plan.map(label, [target, g], shape: result) {
        .select(0.0 < $0[0], $0[1] * $0[0].power(.constant(1 - exponent)), 0.0)
      }
      if let (pooling, count) = windows {
        shares = try plan.map(label, [pooling.backward(plan, shares)], shape: shape) {
          $0[0] * .constant(count)
        }
      }
      plan.contribute(
        try plan.map(label, [source, shares], shape: shape) {
          $0[0].sign * $0[0].magnitude.power(.constant(exponent - 1)) * $0[1]
        }, to: value)
    }
  }
}
