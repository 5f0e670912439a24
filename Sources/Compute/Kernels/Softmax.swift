import CDNNL
import CPointwise
import Graph

/// `Softmax` and `LogSoftmax`.
struct SoftmaxKernel: Kernel {
  let isLogarithm: Bool

  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let value = try site.required(0)
    guard let output = site.output(0) else { return }
    let shape = site.outputShapes[0]
    let axes = try site.call.softmaxAxes()
    // Several axes at once (before opset 13) are one axis of a flat view.
    let flat = [
      shape[..<axes.lowerBound].elementCount, shape[axes].elementCount,
      shape[axes.upperBound...].elementCount,
    ]
    if flat[2] > 1 { return try lowerAcross(site, value, to: output, flat, into: plan) }
    let source = try plan.reshaped(plan.tensor(value), flat)
    let trains = plan.needsGradient(output)
    let (layout, logarithm) = (source.layout, isLogarithm)
    func make(_ direction: cdnnl_direction, _ hint: Primitive?) throws -> Primitive {
      try Primitive.make("a softmax of \(shape.shapeText)") {
        cdnnl_softmax_make(plan.engine.handle, direction, logarithm, 1, layout.handle, hint?.handle, &$0)
      }
    }
    let forward = try make(trains ? CDNNL_TRAINING : CDNNL_INFERENCE, nil)
    let target = plan.make(layout)
    try plan.emit(site.node.op, forward, [(CDNNL_SOURCE, source)], [(CDNNL_DESTINATION, target)])
    try plan.define(output, plan.reshaped(target, shape))
    guard trains else { return }
    plan.backward { plan in
      guard let gradient = try plan.gradient(of: output) else { return }
      let backward = try make(CDNNL_BACKWARD_DATA, forward)
      let result = plan.make(layout)
      try plan.emit(
        site.node.op + ".backward", backward,
        [
          (CDNNL_DESTINATION, target),
          (CDNNL_GRADIENT_DESTINATION, try plan.reshaped(gradient, flat)),
        ], [(CDNNL_GRADIENT_SOURCE, result)])
      plan.contribute(try plan.reshaped(result, shape), to: value)
    }
  }

  /// Along an axis behind which others lie, for which the library has only its slow way: elements beside each other are
  /// computed together.
  ///
  /// - Parameter flat: what lies before the axis, along it and behind it.
  private func lowerAcross(
    _ site: KernelSite, _ value: ValueID, to output: ValueID, _ flat: [Int], into plan: PlanBuilder
  ) throws {
    let shape = site.outputShapes[0]
    let logs: Int32 = isLogarithm ? 1 : 0
    let axis = cpw_axis(count: Int64(flat[1]), step: Int64(flat[2]))
    /// Calls `body` with the first position and the number of lanes of pieces that threads share.
    @Sendable func forEachPiece(_ body: (_ first: Int, _ lanes: Int) -> Void) {
      let width = min(flat[2], max(64, (1 << 14) / flat[1] / 64 * 64))
      let pieces = (flat[2] + width - 1) / width
      parallel(flat[0] * pieces) { index in
        let lane = index % pieces * width
        body(index / pieces * flat[1] * flat[2] + lane, min(width, flat[2] - lane))
      }
    }
    let target = try plan.loops(site.node.op, [plan.tensor(value)], shape: shape) { from, to in
      forEachPiece { first, lanes in cpw_softmax([axis], logs, from[0] + first, to + first, Int64(lanes)) }
    }
    try plan.define(output, target)
    guard plan.needsGradient(output) else { return }
    plan.backward { plan in
      guard let gradient = try plan.gradient(of: output) else { return }
      let share = try plan.loops(site.node.op + ".backward", [target, gradient], shape: shape) { from, to in
        forEachPiece { first, lanes in
          cpw_softmax_gradient([axis], logs, from[0] + first, from[1] + first, to + first, Int64(lanes))
        }
      }
      plan.contribute(share, to: value)
    }
  }
}

extension KernelTable {
  static let softmax: [String: any Kernel] = [
    "Softmax": SoftmaxKernel(isLogarithm: false), "LogSoftmax": SoftmaxKernel(isLogarithm: true),
  ]
}
