import CPointwise
import Foundation
import Graph

/// An element-wise expression over operands that broadcast to one shape.
///
/// It is a graph: an expression that stands in two places is computed once. Operators simplify as they build, so that the
/// rules of the table can be written as the specification writes them.
final class Pointwise: Sendable {
  /// What an expression is made of.
  enum Form: Sendable {
    case operand(Operand)
    case constant(Float)
    case apply(cpw_operation, [Pointwise])
  }

  /// Something that a step reads.
  enum Operand: Hashable, Sendable {
    /// A value of the network as a tensor of a shape, which may have axes of extent 1 more than the value's own.
    case value(ValueID, shape: [Int])
    /// The gradient of the result.
    case gradient
    /// A tensor that the caller numbers.
    case tensor(Int)
  }

  let form: Form

  init(_ form: Form) { self.form = form }

  static func operand(_ operand: Operand) -> Pointwise { Pointwise(.operand(operand)) }

  /// A number.
  static func constant(_ value: Float) -> Pointwise { Pointwise(.constant(value)) }

  /// The number, where the expression is one.
  var constant: Float? { if case .constant(let value) = form { value } else { nil } }

  /// A function of one expression.
  static func apply(_ operation: cpw_operation, _ a: Pointwise) -> Pointwise {
    Pointwise(.apply(operation, [a]))
  }

  /// A function of two.
  static func apply(_ operation: cpw_operation, _ a: Pointwise, _ b: Pointwise) -> Pointwise {
    Pointwise(.apply(operation, [a, b]))
  }

  /// `yes` where the condition is not 0, else `no`.
  static func select(_ condition: Pointwise, _ yes: Pointwise, _ no: Pointwise) -> Pointwise {
    if let known = condition.constant { return known != 0 ? yes : no }
    return Pointwise(.apply(CPW_SELECT, [condition, yes, no]))
  }

  /// The arguments; none of operands and constants.
  var arguments: [Pointwise] { if case .apply(_, let arguments) = form { arguments } else { [] } }
}

extension Pointwise: ExpressibleByFloatLiteral {
  convenience init(floatLiteral value: Float) { self.init(.constant(value)) }
}

extension Pointwise {
  static func + (a: Pointwise, b: Pointwise) -> Pointwise {
    switch (a.constant, b.constant) {
    case (let x?, let y?): .constant(x + y)
    case (0, _): b
    case (_, 0): a
    default: .apply(CPW_ADD, a, b)
    }
  }

  static func - (a: Pointwise, b: Pointwise) -> Pointwise {
    switch (a.constant, b.constant) {
    case (let x?, let y?): .constant(x - y)
    case (_, 0): a
    case (0, _): -b
    default: .apply(CPW_SUBTRACT, a, b)
    }
  }

  static func * (a: Pointwise, b: Pointwise) -> Pointwise {
    switch (a.constant, b.constant) {
    case (let x?, let y?): .constant(x * y)
    case (1, _): b
    case (_, 1): a
    case (-1, _): -b
    case (_, -1): -a
    default: .apply(CPW_MULTIPLY, a, b)
    }
  }

  static func / (a: Pointwise, b: Pointwise) -> Pointwise {
    switch (a.constant, b.constant) {
    case (let x?, let y?): return .constant(x / y)
    case (_, 1): return a
    case (1, _): return .apply(CPW_RECIPROCAL, b)
    case (_, let y?) where (1 / y).isNormal && y.significand == 1:
      // A division by a power of two is a multiplication to the last bit.
      return a * .constant(1 / y)
    default: return .apply(CPW_DIVIDE, a, b)
    }
  }

  static prefix func - (a: Pointwise) -> Pointwise {
    if let x = a.constant { return .constant(-x) }
    if case .apply(CPW_NEGATE, let arguments) = a.form { return arguments[0] }
    return .apply(CPW_NEGATE, a)
  }

  /// 1 where a < b, else 0.
  static func < (a: Pointwise, b: Pointwise) -> Pointwise { .apply(CPW_LESS, a, b) }
  static func > (a: Pointwise, b: Pointwise) -> Pointwise { b < a }
  static func <= (a: Pointwise, b: Pointwise) -> Pointwise { .apply(CPW_LESS_OR_EQUAL, a, b) }
  static func >= (a: Pointwise, b: Pointwise) -> Pointwise { b <= a }
  /// 1 where both are the same number, else 0.
  static func .== (a: Pointwise, b: Pointwise) -> Pointwise { .apply(CPW_EQUAL, a, b) }
  /// 1 where both conditions hold, else 0.
  static func .& (a: Pointwise, b: Pointwise) -> Pointwise { .select(a, b.truth, 0.0) }
  /// 1 where one of the conditions holds, else 0.
  static func .| (a: Pointwise, b: Pointwise) -> Pointwise { .select(a, 1.0, b.truth) }

  /// 1 where the condition holds, else 0.
  var truth: Pointwise { .select(self, 1.0, 0.0) }
  /// 0 where the condition holds, else 1.
  var inverse: Pointwise { .select(self, 0.0, 1.0) }

  var relu: Pointwise { .apply(CPW_RELU, self) }
  var magnitude: Pointwise { .apply(CPW_ABSOLUTE, self) }
  var sign: Pointwise { .apply(CPW_SIGN, self) }
  var squareRoot: Pointwise { .apply(CPW_SQUARE_ROOT, self) }
  var exp: Pointwise { .apply(CPW_EXP, self) }
  /// eˣ − 1, exact near zero.
  var expLessOne: Pointwise { .apply(CPW_EXPM1, self) }
  var log: Pointwise { .apply(CPW_LOG, self) }
  /// ln(1 + x), exact near zero.
  var logOfMore: Pointwise { .apply(CPW_LOG1P, self) }
  var logistic: Pointwise { .apply(CPW_LOGISTIC, self) }
  var tanh: Pointwise { .apply(CPW_TANH, self) }
  var erf: Pointwise { .apply(CPW_ERF, self) }
  /// ln(1 + eˣ).
  var softplus: Pointwise { relu + (-magnitude).exp.logOfMore }
  /// x / (1 + e^(−αx)).
  func swish(_ alpha: Pointwise) -> Pointwise { self * (alpha * self).logistic }
  var hardSwish: Pointwise { self * (self * .constant(1 / 6) + 0.5).clipped(0, 1) }
  var gelu: Pointwise { 0.5 * self * (1.0 + (self * .constant(Float(0.5).squareRoot())).erf) }
  var geluByTanh: Pointwise {
    let inner = .constant((2 / Float.pi).squareRoot()) * (self + 0.044715 * (self * self * self))
    return 0.5 * self * (1.0 + inner.tanh)
  }
  var mish: Pointwise { self * softplus.tanh }
  /// α (eˣ − 1) below 0, x from there on.
  func elu(_ alpha: Pointwise) -> Pointwise { .select(self < 0.0, alpha * expLessOne, self) }
  var truncated: Pointwise { .apply(CPW_TRUNCATE, self) }
  var floor: Pointwise { .apply(CPW_FLOOR, self) }

  /// The larger of two.
  static func larger(_ a: Pointwise, _ b: Pointwise) -> Pointwise { .apply(CPW_MAXIMUM, a, b) }
  /// The smaller of two.
  static func smaller(_ a: Pointwise, _ b: Pointwise) -> Pointwise { .apply(CPW_MINIMUM, a, b) }

  /// The expression between bounds; no gradient passes on or beyond them.
  func clipped(_ lower: Float, _ upper: Float) -> Pointwise {
    let below = lower == -.infinity ? self : .select(self > .constant(lower), self, .constant(lower))
    return upper == .infinity ? below : .select(self < .constant(upper), below, .constant(upper))
  }

  /// The expression to a power; the usual exponents are products, roots and quotients.
  func power(_ exponent: Pointwise) -> Pointwise {
    switch exponent.constant {
    case 0: .constant(1)
    case 1: self
    case 2: self * self
    case 3: self * self * self
    case 4: (self * self) * (self * self)
    case 0.5: squareRoot
    case -0.5: 1.0 / squareRoot
    case -1: 1.0 / self
    case -2: 1.0 / (self * self)
    default: .apply(CPW_POWER, self, exponent)
    }
  }
}

infix operator .== : ComparisonPrecedence
infix operator .& : LogicalConjunctionPrecedence
infix operator .| : LogicalDisjunctionPrecedence
