import Foundation

extension OperatorTable {
  /// An activation function without attributes.
  private static func activation(_ function: @escaping @Sendable (Double) -> Double) -> UnaryRule {
    UnaryRule(traits: .activation(.value), function: { _ in function })
  }

  /// An activation function with attributes.
  private static func parametric(
    _ function: @escaping @Sendable (OperatorCall) -> (Double) -> Double
  ) -> UnaryRule {
    UnaryRule(traits: .activation(.value), function: function)
  }

  /// A function that does not stand behind layers.
  private static func function(_ function: @escaping @Sendable (Double) -> Double) -> UnaryRule {
    UnaryRule(traits: .other(.value), function: { _ in function })
  }

  private static func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

  /// log(1 + eˣ), without overflow.
  private static func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }

  static let activations: [String: any OperatorRule] = [
    "Relu": activation { max($0, 0) }, "Sigmoid": activation(logistic), "Softplus": activation(softplus),
    "Tanh": activation(tanh), "Softsign": activation { $0 / (1 + abs($0)) },
    "Mish": activation { $0 * tanh(softplus($0)) },
    "HardSwish": activation { $0 * max(0, min(1, $0 / 6 + 0.5)) },
    "LeakyRelu": parametric { call in
      let slope = Double(call.float("alpha", default: 0.01))
      return { $0 < 0 ? slope * $0 : $0 }
    },
    "ThresholdedRelu": parametric { call in
      let threshold = Double(call.float("alpha", default: 1))
      return { $0 > threshold ? $0 : 0 }
    },
    "Elu": parametric { call in
      let alpha = Double(call.float("alpha", default: 1))
      return { $0 > 0 ? $0 : alpha * expm1($0) }
    },
    "Selu": parametric { call in
      let (alpha, gamma) = call.seluFactors
      return { Double(gamma) * ($0 > 0 ? $0 : Double(alpha) * expm1($0)) }
    },
    "Celu": parametric { call in
      let alpha = Double(call.float("alpha", default: 1))
      return { $0 > 0 ? $0 : alpha * expm1($0 / alpha) }
    },
    "Swish": parametric { call in
      let alpha = Double(call.float("alpha", default: 1))
      return { $0 * logistic(alpha * $0) }
    },
    "Gelu": parametric { call in
      let usesTanh = call.string("approximate", default: "none") == "tanh"
      let factor = (2 / Double.pi).squareRoot()
      return { x in
        usesTanh
          ? 0.5 * x * (1 + tanh(factor * (x + 0.044715 * x * x * x)))
          : 0.5 * x * (1 + erf(x / 2.0.squareRoot()))
      }
    },
    "HardSigmoid": parametric { call in
      let alpha = Double(call.float("alpha", default: 0.2))
      let beta = Double(call.float("beta", default: 0.5))
      return { max(0, min(1, alpha * $0 + beta)) }
    },
    "Shrink": UnaryRule(traits: .other(.value)) { call in
      let bias = Double(call.float("bias", default: 0))
      let threshold = Double(call.float("lambd", default: 0.5))
      return { $0 < -threshold ? $0 + bias : ($0 > threshold ? $0 - bias : 0) }
    },
    "Sin": function(sin), "Cos": function(cos), "Tan": function(tan), "Asin": function(asin),
    "Acos": function(acos),
    "Atan": function(atan), "Sinh": function(sinh), "Cosh": function(cosh), "Asinh": function(asinh),
    "Acosh": function(acosh), "Atanh": function(atanh),
  ]
}

extension OperatorCall {
  /// The factors of a `Selu`, α of the exponential and γ of all.
  package var seluFactors: (alpha: Float, gamma: Float) {
    // Opset 1 wrote fewer digits.
    (
      float("alpha", default: opset < 6 ? 1.6732 : 1.67326319217681884765625),
      float("gamma", default: opset < 6 ? 1.0507 : 1.05070102214813232421875)
    )
  }
}
