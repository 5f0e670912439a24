import CPointwise
import Graph

/// An element-wise operator as an expression of its inputs; nothing for a form that has to be computed by itself.
typealias PointwiseRule = @Sendable (OperatorCall, [Pointwise]) throws -> Pointwise?

extension KernelTable {
  /// What is pointwise, by operator. To add one is to add a row; its gradient follows from it.
  static let pointwise: [String: PointwiseRule] = [
    "Add": { $1[0] + $1[1] }, "Sub": { $1[0] - $1[1] }, "Mul": { $1[0] * $1[1] },
    "Div": { call, x in
      let quotient = x[0] / x[1]
      return try call.input(0).elementType.isFloatingPoint ? quotient : quotient.truncated
    },
    "Pow": { $1[0].power($1[1]) },
    "Mod": { call, x in
      let rest = Pointwise.apply(CPW_REMAINDER, x[0], x[1])
      // The remainder has the sign of the dividend, or else that of the divisor.
      if call.int("fmod", default: 0) != 0 { return rest }
      let agrees = rest .== 0.0 .| ((rest < 0.0) .== (x[1] < 0.0))
      return .select(agrees, rest, rest + x[1])
    },
    "Max": { $1.dropFirst().reduce($1[0], Pointwise.larger) },
    "Min": { $1.dropFirst().reduce($1[0], Pointwise.smaller) },
    "Sum": { $1.dropFirst().reduce($1[0], +) },
    "Mean": { $1.dropFirst().reduce($1[0], +) * .constant(1 / Float($1.count)) },
    "Where": { .select($1[0], $1[1], $1[2]) },
    "Equal": { $1[0] .== $1[1] }, "Less": { $1[0] < $1[1] }, "LessOrEqual": { $1[0] <= $1[1] },
    "Greater": { $1[0] > $1[1] }, "GreaterOrEqual": { $1[0] >= $1[1] },
    "And": { $1[0] .& $1[1] }, "Or": { $1[0] .| $1[1] },
    "Xor": { .select($1[0], $1[1].inverse, $1[1].truth) }, "Not": { $1[0].inverse },
    "IsNaN": { ($1[0] .== $1[0]).inverse },
    "IsInf": { call, x in
      let finds: [Pointwise] = [("detect_positive", Float.infinity), ("detect_negative", -.infinity)]
        .filter { call.int($0.0, default: 1) != 0 }.map { x[0] .== .constant($0.1) }
      return finds.dropFirst().reduce(finds.first ?? 0.0 * x[0], .|)
    },

    "Identity": { $1[0] }, "Neg": { -$1[0] }, "Abs": { $1[0].magnitude }, "Sign": { $1[0].sign },
    "Reciprocal": { 1.0 / $1[0] }, "Sqrt": { $1[0].squareRoot }, "Exp": { $1[0].exp }, "Log": { $1[0].log },
    "Floor": { $1[0].floor }, "Ceil": { .apply(CPW_CEIL, $1[0]) }, "Round": { .apply(CPW_ROUND, $1[0]) },
    "Erf": { $1[0].erf }, "Tanh": { $1[0].tanh }, "Sigmoid": { $1[0].logistic },
    "Sin": { .apply(CPW_SIN, $1[0]) }, "Cos": { .apply(CPW_COS, $1[0]) }, "Tan": { .apply(CPW_TAN, $1[0]) },
    "Asin": { .apply(CPW_ASIN, $1[0]) }, "Acos": { .apply(CPW_ACOS, $1[0]) },
    "Atan": { .apply(CPW_ATAN, $1[0]) }, "Sinh": { .apply(CPW_SINH, $1[0]) },
    "Cosh": { .apply(CPW_COSH, $1[0]) }, "Asinh": { .apply(CPW_ASINH, $1[0]) },
    "Acosh": { .apply(CPW_ACOSH, $1[0]) }, "Atanh": { .apply(CPW_ATANH, $1[0]) },

    "Relu": { $1[0].relu },
    "LeakyRelu": { below(0, $1[0], $1[0] * .constant($0.float("alpha", default: 0.01))) },
    "PRelu": { below(0, $1[0], $1[0] * $1[1]) },
    "ThresholdedRelu": { .select($1[0] > .constant($0.float("alpha", default: 1)), $1[0], 0.0) },
    "Clip": { call, x in
      let bounds = try call.clipBounds()
      guard bounds.lower < bounds.upper else { return nil }
      return x[0].clipped(Float(bounds.lower), Float(bounds.upper))
    },
    "Elu": { $1[0].elu(.constant($0.float("alpha", default: 1))) },
    "Selu": { call, x in
      let (alpha, gamma) = call.seluFactors
      return .constant(gamma) * x[0].elu(.constant(alpha))
    },
    "Celu": { call, x in
      let alpha = Pointwise.constant(call.float("alpha", default: 1))
      return below(0, x[0], alpha * (x[0] / alpha).expLessOne)
    },
    "HardSigmoid": {
      let (alpha, beta) = ($0.float("alpha", default: 0.2), $0.float("beta", default: 0.5))
      return (.constant(alpha) * $1[0] + .constant(beta)).clipped(0, 1)
    },
    "HardSwish": { $1[0].hardSwish },
    "Gelu": { $0.string("approximate", default: "none") == "tanh" ? $1[0].geluByTanh : $1[0].gelu },
    "Swish": { $1[0].swish(.constant($0.float("alpha", default: 1))) },
    "Mish": { $1[0].mish },
    "Softplus": { $1[0].softplus }, "Softsign": { $1[0] / (1.0 + $1[0].magnitude) },
    "Shrink": { call, x in
      let (bias, lambda) = (call.float("bias", default: 0), call.float("lambd", default: 0.5))
      let above = Pointwise.select(x[0] > .constant(lambda), x[0] - .constant(bias), 0.0)
      return .select(x[0] < .constant(-lambda), x[0] + .constant(bias), above)
    },
    "Cast": cast, "CastLike": { try cast($0, Array($1.prefix(1))) },
  ]

  /// What an expression is from a bound on, and another one below it.
  private static func below(_ bound: Float, _ x: Pointwise, _ other: Pointwise) -> Pointwise {
    .select(x < .constant(bound), other, x)
  }

  /// Among floats nothing changes, since everything is computed in `float32`. Fractions are cut, truths are 1 or 0, and
  /// whole numbers wrap round in a narrower type; what a float cannot hold exactly stays as it is.
  private static let cast: PointwiseRule = { call, x in
    let from = try call.input(0).elementType
    guard let type = try OperatorTable.standard.rule(for: call.node)?.outputs(call).first?.elementType else {
      return nil
    }
    if type.isFloatingPoint || from == type || from == .bool {
      // Only bfloat16 loses digits, and there is no instruction for that.
      return type == .bfloat16 && from != .bfloat16 ? nil : x[0]
    }
    if type == .bool { return x[0].truth }
    let whole = x[0].truncated
    let range: (lower: Float, count: Float)
    switch type {
    case .uint8: range = (0, 256)
    case .int8: range = (-128, 256)
    case .uint16: range = (0, 65536)
    case .int16: range = (-32768, 65536)
    default: return whole
    }
    let (lower, count) = (Pointwise.constant(range.lower), Pointwise.constant(range.count))
    if from.isFloatingPoint {
      // A float that does not fit is undefined in ONNX: the nearest number that does.
      return .larger(lower, .smaller(.constant(range.lower + range.count - 1), whole))
    }
    let index = whole - lower
    return index - (index / count).floor * count + lower
  }
}
