import CDNNL
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
    let source = try plan.reshaped(plan.tensor(value), flat)
    let trains = plan.needsGradient(output)
    let (layout, logarithm) = (source.layout, isLogarithm)
    func make(_ direction: cdnnl_direction, _ hint: Primitive?) throws(ComputeError) -> Primitive {
      try Primitive.make("a softmax of \(shape.shapeText)") {
        cdnnl_softmax_make(plan.engine.handle, direction, logarithm, 1, layout.handle, hint?.handle, &$0)
      }
    }
    let forward = try make(trains ? CDNNL_TRAINING : CDNNL_INFERENCE, nil)
    let target = plan.make(layout)
    try plan.emit(site.node.op, forward, [(CDNNL_SOURCE, source)], [(CDNNL_DESTINATION, target)])
    try plan.define(output, plan.reshaped(target, shape))
    guard trains else { return }
    plan.backward { plan throws(ComputeError) in
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
}

extension KernelTable {
  static let softmax: [String: any Kernel] = [
    "Softmax": SoftmaxKernel(isLogarithm: false), "LogSoftmax": SoftmaxKernel(isLogarithm: true),
  ]
}
