import CPointwise
import Graph

extension Pointwise {
  /// The gradients of the operands, each as an expression of the operands and of the result's gradient.
  ///
  /// What a gradient needs of the result is computed again: that is cheaper than to read it from memory.
  ///
  /// - Parameter wanted: the operands whose gradients are asked for; those that none reaches are left out.
  func derivatives(for wanted: Set<Operand>) -> [Operand: Pointwise] {
    let order = expressions()
    // Only what leads to a wanted operand has to know its gradient.
    var carries = Set<ObjectIdentifier>()
    for expression in order {
      let leads =
        switch expression.form {
        case .operand(let operand): wanted.contains(operand)
        case .constant: false
        case .apply(_, let arguments): arguments.contains { carries.contains(ObjectIdentifier($0)) }
        }
      if leads { carries.insert(ObjectIdentifier(expression)) }
    }
    var gradients = [ObjectIdentifier(self): Pointwise.operand(.gradient)]
    var result: [Operand: Pointwise] = [:]
    for expression in order.reversed() {
      guard let gradient = gradients[ObjectIdentifier(expression)] else { continue }
      switch expression.form {
      case .operand(let operand):
        if wanted.contains(operand) { result[operand] = result[operand].map { $0 + gradient } ?? gradient }
      case .constant: break
      case .apply(let operation, let arguments):
        for (argument, share) in zip(arguments, Self.shares(of: operation, arguments, expression, gradient)) {
          let key = ObjectIdentifier(argument)
          guard let share, carries.contains(key) else { continue }
          gradients[key] = gradients[key].map { $0 + share } ?? share
        }
      }
    }
    return result
  }

  /// Every expression that this one is made of, arguments first, itself last.
  func expressions() -> [Pointwise] {
    var seen = Set<ObjectIdentifier>()
    var order: [Pointwise] = []
    func visit(_ expression: Pointwise) {
      guard seen.insert(ObjectIdentifier(expression)).inserted else { return }
      for argument in expression.arguments { visit(argument) }
      order.append(expression)
    }
    visit(self)
    return order
  }

  /// What each argument of an operation gets of the gradient `g` of its result `y`; nothing where the operation is
  /// constant between its steps.
  private static func shares(
    of operation: cpw_operation, _ arguments: [Pointwise], _ y: Pointwise, _ g: Pointwise
  ) -> [Pointwise?] {
    let a = arguments[0]
    let b = arguments.count > 1 ? arguments[1] : a
    /// Where no gradient comes, none goes, though the slope be infinite.
    func sloping(_ slope: Pointwise) -> Pointwise { .select(g, slope * g, 0.0) }
    switch operation {
    case CPW_ADD: return [g, g]
    case CPW_SUBTRACT: return [g, -g]
    case CPW_MULTIPLY: return [g * b, g * a]
    case CPW_DIVIDE: return [g / b, -(g * y) / b]
    case CPW_MAXIMUM: return [upper(a, b, g), upper(b, a, g)]
    case CPW_MINIMUM: return [upper(b, a, g), upper(a, b, g)]
    case CPW_SELECT: return [nil, .select(a, g, 0.0), .select(a, 0.0, g)]
    case CPW_RELU: return [.select(y, g, 0.0)]
    case CPW_NEGATE: return [-g]
    case CPW_ABSOLUTE: return [g * a.sign]
    case CPW_RECIPROCAL: return [-(g * y * y)]
    case CPW_SQUARE_ROOT: return [sloping(0.5 / y)]
    case CPW_EXP: return [g * y]
    case CPW_EXPM1: return [g * (y + 1.0)]
    case CPW_LOG: return [sloping(1.0 / a)]
    case CPW_LOG1P: return [sloping(1.0 / (1.0 + a))]
    case CPW_LOGISTIC: return [g * y * (1.0 - y)]
    case CPW_TANH: return [g * (1.0 - y * y)]
    case CPW_ERF: return [g * (1.1283791671 * (-(a * a)).exp)]
    case CPW_POWER:
      return [
        .select(b, sloping(b * a.power(b - 1.0)), 0.0),
        .select(0.0 < a, y * a.log * g, 0.0),
      ]
    case CPW_REMAINDER: return [g, -((a / b).truncated * g)]
    case CPW_SIN: return [g * .apply(CPW_COS, a)]
    case CPW_COS: return [-(g * .apply(CPW_SIN, a))]
    case CPW_TAN: return [sloping(1.0 + y * y)]
    case CPW_ASIN: return [sloping(1.0 / (1.0 - a * a).squareRoot)]
    case CPW_ACOS: return [-sloping(1.0 / (1.0 - a * a).squareRoot)]
    case CPW_ATAN: return [g / (1.0 + a * a)]
    case CPW_SINH: return [g * .apply(CPW_COSH, a)]
    case CPW_COSH: return [g * .apply(CPW_SINH, a)]
    case CPW_ASINH: return [g / (1.0 + a * a).squareRoot]
    case CPW_ACOSH: return [sloping(1.0 / (a * a - 1.0).squareRoot)]
    case CPW_ATANH: return [sloping(1.0 / (1.0 - a * a))]
    default: return arguments.map { _ in nil }
    }
  }

  /// g where a > b, half of it where they are equal.
  private static func upper(_ a: Pointwise, _ b: Pointwise, _ g: Pointwise) -> Pointwise {
    .select(b < a, g, .select(a .== b, g * 0.5, 0.0))
  }
}
