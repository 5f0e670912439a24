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
    guard let place = soleConsumer(of: value), let activation = Activation(bound.call(at: place)),
      let output = bound.network.nodes[place].outputs[0]
    else { return nil }
    absorbed.insert(place)
    activations[output] = activation
    return (activation, output)
  }
}
