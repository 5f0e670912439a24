import Graph

/// An operator that the table of expressions knows: alone or, with the pointwise operators around it, as one step.
struct PointwiseKernel: Kernel {
  let rule: PointwiseRule
  /// What computes the operator where it stands alone, or has a form that is no expression; nothing where expressions do
  /// that too.
  let alone: @Sendable (OperatorCall) -> (any Kernel)?

  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let region = plan.regions.region(endingAt: site.index).filter { !plan.absorbed.contains($0) }
    let isInner = plan.regions.isInner(site.index)
    if !isInner, plan.prefersAlone(region), let alone = alone(site.call) {
      return try alone.lower(site, into: plan)
    }
    guard let output = site.output(0) else { return }
    guard site.output(1) == nil else { throw site.unsupported("its second output is used") }
    let shape = site.outputShapes[0]
    let arguments = try site.node.inputs.indices.map {
      try plan.expression(ofInput: $0, of: site, shape: shape)
    }
    guard let expression = try rule(site.call, arguments) else {
      guard let alone = alone(site.call) else {
        throw site.unsupported("it has a form that is no expression")
      }
      return try alone.lower(site, into: plan)
    }
    let waiting = WaitingExpression(
      expression: expression, shape: shape, operators: plan.operators(of: site))
    if isInner {
      plan.waiting[output] = waiting
    } else {
      try plan.define(output, as: waiting)
    }
  }
}

/// An expression that no step computes yet, since its reader may compute it on the way.
struct WaitingExpression {
  let expression: Pointwise
  let shape: [Int]
  /// The operators that it was made of, in order.
  let operators: [String]

  /// The operators as a profile shows them.
  var label: String {
    operators.count <= 4
      ? operators.joined(separator: "·") : "\(operators.prefix(3).joined(separator: "·"))…\(operators.count)"
  }
}

extension PlanBuilder {
  /// The regions of pointwise nodes.
  func makeRegions() -> PointwiseRegions {
    PointwiseRegions(
      bound, topology,
      isPointwise: { [bound] index in
        guard let kernel = KernelTable.standard.kernel(for: bound.network.nodes[index]) as? PointwiseKernel
        else {
          return false
        }
        let call = bound.call(at: index)
        let operands = call.inputs.indices.map { Pointwise.operand(.tensor($0)) }
        return ((try? kernel.rule(call, operands)) ?? nil) != nil
      }, isWatched: isWatched)
  }

  /// Whether a region is computed operator by operator: a single operator by its own kernel, and a sum with its ReLU by
  /// that of the sum, which gradients pass without the argument.
  func prefersAlone(_ region: [Int]) -> Bool {
    let operators = region.reversed().map { bound.network.nodes[$0].qualifiedOp }
    return operators.count <= 1 || operators == ["Add", "Relu"]
  }

  /// What a node's operators are called: its own behind those that wait for it.
  func operators(of site: KernelSite) -> [String] {
    let before = site.node.inputs.compactMap { $0 }.flatMap { waiting[$0]?.operators ?? [] }
    return before + [site.node.op]
  }

  /// An input of a pointwise node as an expression.
  func expression(ofInput number: Int, of site: KernelSite, shape: [Int]) throws -> Pointwise {
    let value = try site.required(number)
    if let inner = waiting[value], inner.shape == shape { return inner.expression }
    let own = try site.call.broadcastShape(of: number)
    return constant(ofInput: number, of: site) ?? .operand(.value(value, shape: own))
  }

  /// An input that is a single number which does not change.
  func constant(ofInput number: Int, of site: KernelSite) -> Pointwise? {
    guard let value = site.input(number), !needsGradient(value), let constant = bound.constant(of: value),
      constant.elementCount == 1, let number = constant.doubles.first
    else { return nil }
    return .constant(Float(number))
  }

  /// Computes a value's expression and registers the way of the gradient through it.
  func define(_ value: ValueID, as waiting: WaitingExpression) throws {
    let (expression, shape, label) = (waiting.expression, waiting.shape, waiting.label)
    if case .operand(.value(let same, shape)) = expression.form, bound.shape(of: same) == shape {
      // Nothing is computed: the value has another name.
      try define(value, tensor(same, narrow: true))
      return backward { plan in
        if let gradient = try plan.gradient(of: value, narrow: true) { plan.contribute(gradient, to: same) }
      }
    }
    let tensors = try compute(label, [(expression, shape)], over: shape) { operand, plan in
      try plan.tensor(operand, gradient: nil)
    }
    try define(value, tensors[0])
    guard needsGradient(value) else { return }
    backward { plan in
      guard let gradient = try plan.gradient(of: value, narrow: true) else { return }
      let wanted = expression.expressions().compactMap { part -> Pointwise.Operand? in
        guard case .operand(let operand) = part.form, case .value(let source, _) = operand,
          plan.needsGradient(source)
        else { return nil }
        return operand
      }
      let derivatives = expression.derivatives(for: Set(wanted))
      // In the order of the expression, so that every run sums alike.
      var targets: [(value: ValueID, expression: Pointwise, shape: [Int])] = []
      var seen = Set<Pointwise.Operand>()
      for operand in wanted where seen.insert(operand).inserted {
        guard case .value(let source, let own) = operand, let share = derivatives[operand] else { continue }
        targets.append((source, share, own))
      }
      // The terms of points that nothing else reads are summed on the way.
      let points = targets.filter { $0.shape == shape && plan.isReadOnly(by: value, $0.value) }
      let sums = points.compactMap { point in
        plan.extentsOfTerms(of: point.value).map {
          (Pointwise.operand(.value(point.value, shape: shape)) * point.expression, $0)
        }
      }
      let results = try plan.compute(
        label + ".backward", targets.map { ($0.expression, $0.shape) } + sums, over: shape
      ) { operand, plan in try plan.tensor(operand, gradient: gradient) }
      for (target, share) in zip(targets, results) { try plan.contribute(share, as: target.value) }
      for (point, sum) in zip(points, results.dropFirst(targets.count)) {
        try plan.define(terms: plan.reshaped(sum, plan.termShape(of: point.value)), of: point.value)
      }
    }
  }

  /// Whether a point's gradient comes from the region that ends in a value alone, and its terms are sums on the
  /// way.
  private func isReadOnly(by end: ValueID, _ value: ValueID) -> Bool {
    guard isPoint(value), !outputs.contains(value), terms[value] == nil, activations[value] == nil,
      residuals[value] == nil, extentsOfTerms(of: value) != nil,
      let producer = topology.producer(of: end)
    else { return false }
    return topology.uses(of: value).allSatisfy { regions.end(of: $0.node) == producer }
  }

  private func tensor(
    _ operand: Pointwise.Operand, gradient: PlanTensor?
  ) throws -> PlanTensor {
    switch operand {
    case .value(let value, let shape):
      let tensor = try tensor(value, narrow: true)
      return tensor.shape == shape ? tensor : try reshaped(tensor, shape)
    case .gradient, .tensor:
      guard let gradient else { preconditionFailure("an expression without a gradient was given one") }
      return gradient
    }
  }
}
