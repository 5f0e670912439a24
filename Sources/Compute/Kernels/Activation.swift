import CDNNL
import Graph

/// An activation that another kernel applies as it stores its result. Its gradient is computed from its result
/// alone, so that its argument need not be kept.
enum Activation: Hashable {
  case relu
  case leakyRelu(Float)
  case clip(lower: Float, upper: Float)
  case sigmoid
  case tanh

  /// The activation that a node is, if it is one of these.
  init?(_ call: OperatorCall) {
    switch call.node.qualifiedOp {
    case "Relu": self = .relu
    case "LeakyRelu":
      let slope = call.float("alpha", default: 0.01)
      // The sign of the result tells the side only for positive slopes.
      guard slope > 0 else { return nil }
      self = .leakyRelu(slope)
    case "Clip":
      guard let bounds = try? call.clipBounds(), bounds.lower < bounds.upper else { return nil }
      let limit = Double(Float.greatestFiniteMagnitude)
      self = .clip(lower: Float(max(bounds.lower, -limit)), upper: Float(min(bounds.upper, limit)))
    case "Sigmoid": self = .sigmoid
    case "Tanh": self = .tanh
    default: return nil
    }
  }

  /// The library's function and its parameters.
  var function: (kind: cdnnl_function, alpha: Float, beta: Float) {
    switch self {
    case .relu: (CDNNL_RELU, 0, 0)
    case .leakyRelu(let slope): (CDNNL_RELU, slope, 0)
    case .clip(let lower, let upper): (CDNNL_CLIP, lower, upper)
    case .sigmoid: (CDNNL_LOGISTIC, 0, 0)
    case .tanh: (CDNNL_TANH, 0, 0)
    }
  }

  /// Whether zero gives zero, so that padding stays zero.
  var keepsZero: Bool {
    switch self {
    case .relu, .leakyRelu, .tanh: true
    case .clip(let lower, let upper): lower <= 0 && upper >= 0
    case .sigmoid: false
    }
  }

  var postOperation: cdnnl_post_operation {
    var operation = cdnnl_post_operation()
    operation.kind = CDNNL_POST_FUNCTION
    (operation.function, operation.alpha, operation.beta) = function
    return operation
  }
}

extension PlanBuilder {
  /// The activation that follows the value and that its kernel can apply itself: the value behind it is then
  /// the one that the kernel defines.
  func fusedActivation(after value: ValueID) -> (activation: Activation, value: ValueID)? {
    guard let index = soleConsumer(of: value), let activation = Activation(bound.call(at: index)),
      let output = bound.network.nodes[index].outputs[0]
    else { return nil }
    absorbed.insert(index)
    activations[output] = activation
    return (activation, output)
  }
}

extension PlanBuilder {
  /// What the library applies to the results of a value's kernel as it stores them, with the value that they are then: an
  /// activation, or, to infer, any function that it knows.
  ///
  /// - Parameter accepts: whether the kernel can apply an operation at no loss.
  func fusedPost(
    after value: ValueID, accepts: (cdnnl_post_operation) throws -> Bool = { _ in true }
  ) throws -> (operation: cdnnl_post_operation, value: ValueID)? {
    if let index = soleConsumer(of: value), let activation = Activation(bound.call(at: index)) {
      guard try accepts(activation.postOperation), let (_, behind) = fusedActivation(after: value) else {
        return nil
      }
      return (activation.postOperation, behind)
    }
    guard case .infer = purpose, let (function, nodes, behind) = try knownFunction(of: value),
      try accepts(function.postOperation)
    else { return nil }
    absorbed.formUnion(nodes)
    return (function.postOperation, behind)
  }

  /// The longest row of pointwise nodes behind a value that make one of the library's functions of it, where nobody else
  /// looks at what lies between.
  private func knownFunction(
    of value: ValueID
  ) throws -> (function: KnownFunction, nodes: [Int], value: ValueID)? {
    guard !isWatched(value), let shape = bound.shape(of: value) else { return nil }
    let operand = Pointwise.Operand.value(value, shape: shape)
    guard let reader = topology.uses(of: value).first?.node, let end = regions.end(of: reader) else {
      return nil
    }
    var known: [ValueID: Pointwise] = [value: .operand(operand)]
    /// Reads of what is known that are still to come, by value.
    var open: [ValueID: Int] = [value: topology.uses(of: value).count]
    var (nodes, found): ([Int], (KnownFunction, [Int], ValueID)?) = ([], nil)
    for index in regions.region(endingAt: end).reversed() where !absorbed.contains(index) {
      let site = try KernelSite(bound, index)
      let inputs = site.node.inputs.compactMap { $0 }
      guard inputs.contains(where: { known[$0] != nil }) else { continue }
      guard site.outputShapes[0] == shape, let output = site.output(0),
        let kernel = KernelTable.standard.kernel(for: site.node) as? PointwiseKernel
      else { break }
      var arguments: [Pointwise] = []
      for (number, input) in inputs.enumerated() {
        if let expression = known[input] ?? constant(ofInput: number, of: site) {
          arguments.append(expression)
        }
      }
      guard arguments.count == site.node.inputs.count, let expression = try kernel.rule(site.call, arguments)
      else { break }
      nodes.append(index)
      for input in inputs where known[input] != nil { open[input, default: 0] -= 1 }
      known[output] = expression
      open[output] = topology.uses(of: output).count
      if open.allSatisfy({ $0.key == output || $0.value == 0 }),
        let function = KnownFunction(expression, of: operand)
      {
        found = (function, nodes, output)
      }
      if isWatched(output) { break }
    }
    return found.map { (function: $0.0, nodes: $0.1, value: $0.2) }
  }
}
