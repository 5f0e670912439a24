import Foundation
import Graph

/// The functions that gates of recurrent operators apply, with the derivative behind each.
struct RecurrentActivation {
  enum Function: String {
    case relu, tanh, sigmoid, affine, leakyrelu, thresholdedrelu, scaledtanh, hardsigmoid, elu, softsign
    case softplus

    /// α and β where the node gives none; `nil` where the function has no such number.
    var defaults: (alpha: Float?, beta: Float?) {
      switch self {
      case .relu, .tanh, .sigmoid, .softsign, .softplus: (nil, nil)
      case .affine: (1, 0)
      case .leakyrelu: (0.01, nil)
      case .thresholdedrelu, .elu: (1, nil)
      case .scaledtanh: (1, 1)
      case .hardsigmoid: (0.2, 0.5)
      }
    }
  }

  let function: Function
  let alpha: Float
  let beta: Float

  func value(_ x: Float) -> Float {
    switch function {
    case .relu: max(x, 0)
    case .tanh: tanhf(x)
    case .sigmoid: 1 / (1 + expf(-x))
    case .affine: alpha * x + beta
    case .leakyrelu: x < 0 ? alpha * x : x
    case .thresholdedrelu: x > alpha ? x : 0
    case .scaledtanh: alpha * tanhf(beta * x)
    case .hardsigmoid: max(0, min(1, alpha * x + beta))
    case .elu: x < 0 ? alpha * expm1f(x) : x
    case .softsign: x / (1 + abs(x))
    case .softplus: max(x, 0) + log1pf(expf(-abs(x)))
    }
  }

  /// The derivative at x, where the function's value is y.
  func slope(_ x: Float, _ y: Float) -> Float {
    switch function {
    case .relu: x > 0 ? 1 : 0
    case .tanh: 1 - y * y
    case .sigmoid: y * (1 - y)
    case .affine: alpha
    case .leakyrelu: x < 0 ? alpha : 1
    case .thresholdedrelu: x > alpha ? 1 : 0
    case .scaledtanh: beta * (alpha - y * y / alpha)
    case .hardsigmoid: y > 0 && y < 1 ? alpha : 0
    case .elu: x < 0 ? y + alpha : 1
    case .softsign: 1 / ((1 + abs(x)) * (1 + abs(x)))
    case .softplus: 1 / (1 + expf(-x))
    }
  }

  /// The functions of a node, those of one direction after another; numbers are consumed in order by the
  /// functions that have them.
  static func list(_ call: OperatorCall, _ shape: RecurrentShape) throws -> [RecurrentActivation] {
    let standard: [String] =
      switch shape.cell {
      case .LSTM: ["Sigmoid", "Tanh", "Tanh"]
      case .GRU: ["Sigmoid", "Tanh"]
      case .RNN: ["Tanh"]
      }
    var names = (0..<shape.directions).flatMap { _ in standard }
    if case .strings(let given)? = call.node.attributes["activations"] {
      guard given.count == names.count else {
        throw call.invalid("it has \(given.count) activations and needs \(names.count)")
      }
      names = given
    }
    var (alphas, betas) = (call.floats("activation_alpha")[...], call.floats("activation_beta")[...])
    var result: [RecurrentActivation] = []
    for name in names {
      guard let function = Function(rawValue: name.lowercased()) else {
        throw call.invalid("its activation is \(name)")
      }
      let (alpha, beta) = function.defaults
      result.append(
        RecurrentActivation(
          function: function, alpha: alpha.map { alphas.popFirst() ?? $0 } ?? 0,
          beta: beta.map { betas.popFirst() ?? $0 } ?? 0))
    }
    return result
  }
}

extension OperatorCall {
  fileprivate func floats(_ name: String) -> [Float] {
    if case .floats(let list)? = node.attributes[name] { list } else { [] }
  }
}
