import Graph

/// `Add`, with the ReLU behind it.
struct AdditionKernel: Kernel {
  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let (a, b) = (try site.required(0), try site.required(1))
    guard var output = site.output(0) else { return }
    let operands = [try plan.tensor(a, narrow: true), try plan.operand(1, of: site, narrow: true)]
    let shape = site.outputShapes[0]
    if let index = plan.soleConsumer(of: output), plan.bound.network.nodes[index].op == "Relu",
      let (_, value) = plan.fusedActivation(after: output)
    {
      output = value
      try plan.define(output, plan.map("Add.Relu", operands, shape: shape) { ($0[0] + $0[1]).relu })
    } else {
      try plan.define(output, plan.map("Add", operands, shape: shape) { $0[0] + $0[1] })
    }
    let result = output
    try plan.joinTerms(at: result, of: [a, b], operands)
    plan.backward { plan in
      guard let gradient = try plan.gradient(of: result, narrow: true) else { return }
      if plan.needsGradient(a) {
        plan.contribute(try plan.unbroadcast(gradient, to: operands[0].shape), to: a)
      }
      if plan.needsGradient(b) {
        try plan.contribute(plan.unbroadcast(gradient, to: operands[1].shape), as: b)
      }
    }
  }
}
