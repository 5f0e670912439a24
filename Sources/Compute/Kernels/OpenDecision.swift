import Graph

/// An `If` that the sizes decided: what the branch gives that is taken, as it is.
struct OpenDecisionKernel: Kernel {
  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    for (index, number) in try site.call.taken().enumerated() {
      guard let output = site.output(index) else { continue }
      let value = try site.required(number)
      try plan.define(output, plan.tensor(value, narrow: true))
      plan.backward { plan in
        if let gradient = try plan.gradient(of: output, narrow: true) { plan.contribute(gradient, to: value) }
      }
    }
  }
}

extension KernelTable {
  static let decisions: [String: any Kernel] = [OpenDecision.qualifiedOp: OpenDecisionKernel()]
}
