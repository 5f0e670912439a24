import CDNNL
import Graph

/// An activation that the library computes and whose gradient follows from its result: the argument is not kept, and the
/// gradient goes through where its shares are summed.
struct ActivationKernel: Kernel {
  let activation: Activation

  /// - Returns: `nil` where the node is no such activation.
  init?(_ call: OperatorCall) {
    guard let activation = Activation(call) else { return nil }
    self.activation = activation
  }

  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let value = try site.required(0)
    guard let output = site.output(0) else { return }
    var source = try plan.tensor(value, narrow: true)
    if source.layout.isPadded, !activation.keepsZero { source = try plan.plain(source) }
    let (kind, alpha, beta) = activation.function
    let layout = source.layout
    let forward = try Primitive.make(site.node.op) {
      cdnnl_function_make(
        plan.engine.handle, plan.needsGradient(output) ? CDNNL_TRAINING : CDNNL_INFERENCE, kind, alpha, beta,
        layout.handle, nil, nil, &$0)
    }
    let target = plan.make(layout)
    try plan.emit(
      site.node.op, forward, [(CDNNL_SOURCE, source)], [(CDNNL_DESTINATION, target)], donors: [source],
      isCheap: true)
    plan.activations[output] = activation
    try plan.define(output, target)
    plan.backward { plan in
      if let gradient = try plan.gradient(of: output, narrow: true) {
        plan.contribute(gradient, to: value)
      }
    }
  }
}

/// `Dropout`: nothing in inference; in training, elements are dropped by a seeded generator.
struct DropoutKernel: Kernel {
  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    var ratio = site.call.float("ratio", default: 0.5)
    if site.call.has(1), let given = try site.call.constant(1).floats.first { ratio = given }
    // Before opset 12 the program decides about training, since then an input does.
    var trains = plan.isTraining && plan.options.dropsOut
    if site.call.has(2), let mode = try site.call.constant(2).doubles.first { trains = trains && mode != 0 }
    let value = try site.required(0)
    guard trains, ratio > 0 else {
      if let mask = site.output(1) {
        try plan.define(
          mask,
          plan.map("Dropout.mask", [plan.tensor(value)], shape: site.outputShapes[1]) {
            .constant(1) + 0.0 * $0[0]
          })
      }
      guard let output = site.output(0) else { return }
      try plan.define(output, plan.tensor(value, narrow: true))
      return plan.backward { plan in
        if let gradient = try plan.gradient(of: output, narrow: true) {
          plan.contribute(gradient, to: value)
        }
      }
    }
    guard ratio < 1 else { throw site.unsupported("it drops everything") }
    let source = try plan.plain(value)
    let mask = plan.make(source.layout)
    var generator = SeededGenerator(seed: plan.options.seed &+ UInt64(site.index))
    let (kept, factor) = (1 - ratio, 1 / (1 - ratio))
    plan.emit("Dropout.mask", reads: [], writes: [mask]) {
      let elements = mask.stored
      return {
        for index in elements.indices { elements[index] = Float(generator.unit()) < kept ? factor : 0 }
      }
    }
    if let flags = site.output(1) {
      try plan.define(flags, plan.map("Dropout.mask", [mask], shape: mask.shape) { $0[0].truth })
    }
    guard let output = site.output(0) else { return }
    try plan.define(output, plan.multiplied(source, by: mask))
    plan.backward { plan in
      guard let gradient = try plan.gradient(of: output) else { return }
      plan.contribute(try plan.multiplied(plan.plain(gradient), by: mask), to: value)
    }
  }
}

extension KernelTable {
  /// The operators of the table of expressions. A sum and some activations have kernels of their own, which gradients pass
  /// without the argument; they serve where nothing pointwise stands beside them.
  static let elementwise: [String: any Kernel] = pointwise.reduce(into: ["Dropout": DropoutKernel()]) {
    table, row in
    table[row.key] = PointwiseKernel(rule: row.value) { call in
      switch row.key {
      case "Add": AdditionKernel()
      case "Cast", "CastLike": CastKernel(call)
      default: ActivationKernel(call)
      }
    }
  }
}
