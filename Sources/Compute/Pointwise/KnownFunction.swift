import CDNNL
import CPointwise

/// A function of one number that the library computes as it stores the result of a convolution or a product.
///
/// Exporters write activations out in many ways (`x · clip(x + 3, 0, 6) / 6`, `x · (0.5 + 0.5 · erf(…))`). They are recognised
/// by what they compute: an expression that agrees with a function at all of many arguments, on both sides of each of its
/// own constants too, is that function.
struct KnownFunction {
  let function: cdnnl_function
  var alpha: Float = 0
  var beta: Float = 0

  /// - Parameters:
  ///   - expression: of one operand.
  ///   - operand: that one.
  /// - Returns: `nil` where the expression is none of the library's functions.
  init?(_ expression: Pointwise, of operand: Pointwise.Operand) {
    let parts = expression.expressions()
    let constants = parts.compactMap(\.constant).filter(\.isFinite)
    let arguments =
      Self.arguments + constants.flatMap { [$0, $0 - 0.01, $0 + 0.01, -$0, -$0 - 0.01, 0.01 - $0] }
    guard let values = expression.values(of: operand, at: arguments) else { return nil }
    for row in Self.table {
      for alpha in row.hasParameter ? [1] + constants : [0] {
        let candidate = row.form(.operand(operand), .constant(alpha))
        guard let known = candidate.values(of: operand, at: arguments) else { continue }
        let agrees = arguments.indices.allSatisfy {
          abs(values[$0] - known[$0]) <= 1e-6 * max(abs(values[$0]), min(1, abs(arguments[$0])))
        }
        if agrees {
          function = row.function
          (self.alpha, beta) = row.hasParameter ? (alpha, 0) : row.parameters
          return
        }
      }
    }
    return nil
  }

  /// The functions, each as an expression of its argument and of its parameter, where it has one; the parameters that the
  /// library wants otherwise.
  private static let table:
    [(
      function: cdnnl_function, hasParameter: Bool, parameters: (Float, Float),
      form: @Sendable (Pointwise, Pointwise) -> Pointwise
    )] = [
      (CDNNL_SWISH, true, (0, 0), { $0.swish($1) }),
      (CDNNL_HARD_SWISH, false, (1 / 6, 1 / 2), { x, _ in x.hardSwish }),
      (CDNNL_GELU_ERF, false, (0, 0), { x, _ in x.gelu }),
      (CDNNL_GELU_TANH, false, (0, 0), { x, _ in x.geluByTanh }),
      (CDNNL_MISH, false, (0, 0), { x, _ in x.mish }),
      (CDNNL_ELU, true, (0, 0), { $0.elu($1) }),
      (CDNNL_SQUARE, false, (0, 0), { x, _ in x * x }),
      (CDNNL_ABS, false, (0, 0), { x, _ in x.magnitude }),
      (CDNNL_SOFT_RELU, false, (1, 0), { x, _ in x.softplus }),
    ]

  /// Arguments of both signs, from 10⁻³ to 10⁴.
  private static let arguments: [Float] = {
    let positive = (0..<96).map { Float(1e-3) * Float(1.1826).power($0) }
    return [0] + positive + positive.map { -$0 }
  }()

  var postOperation: cdnnl_post_operation {
    var operation = cdnnl_post_operation()
    operation.kind = CDNNL_POST_FUNCTION
    (operation.function, operation.alpha, operation.beta) = (function, alpha, beta)
    return operation
  }
}

extension Float {
  fileprivate func power(_ exponent: Int) -> Float {
    (0..<exponent).reduce(1) { product, _ in product * self }
  }
}

extension Pointwise {
  /// What the expression is where its operand has these values; `nil` where it has others.
  func values(of operand: Operand, at arguments: [Float]) -> [Float]? {
    guard let program = PointwiseProgram([self]), program.operands == [operand] else { return nil }
    return program.results(of: [arguments])[0]
  }
}
