import Foundation
import Graph

/// A function of one element with its derivative.
protocol ElementFunction: Sendable {
  /// Whether zero gives zero, so that the padding of a blocked layout stays zero.
  static var keepsZero: Bool { get }
  func value(_ x: Float) -> Float
  func slope(_ x: Float) -> Float
}

/// The function over a tensor.
struct ElementValue<F: ElementFunction>: MapFunction {
  static var arity: Int { 1 }
  static var keepsZero: Bool { F.keepsZero }
  let function: F
  @inline(__always) func callAsFunction(_ x: Float, _ b: Float, _ c: Float) -> Float { function.value(x) }
}

/// Its derivative times the gradient; where no gradient comes, none goes, whatever the derivative is there.
struct ElementSlope<F: ElementFunction>: MapFunction {
  static var arity: Int { 2 }
  static var keepsZero: Bool { true }
  let function: F
  @inline(__always) func callAsFunction(_ x: Float, _ g: Float, _ c: Float) -> Float {
    g == 0 ? 0 : function.slope(x) * g
  }
}

@inline(__always) private func logistic(_ x: Float) -> Float { 1 / (1 + expf(-x)) }

@inline(__always) private func softplus(_ x: Float) -> Float { max(x, 0) + log1pf(expf(-abs(x))) }

/// γ · (x above zero, α(exp(x/s) − 1) below): `Selu` with s = 1, `Celu` with s = α.
struct ExponentialBelow: ElementFunction {
  static let keepsZero = true
  let gamma: Float
  let alpha: Float
  let scale: Float
  func value(_ x: Float) -> Float { gamma * (x > 0 ? x : alpha * expm1f(x / scale)) }
  func slope(_ x: Float) -> Float { gamma * (x > 0 ? 1 : alpha / scale * expf(x / scale)) }
}

/// x · tanh(log(1 + eˣ)).
struct Mish: ElementFunction {
  static let keepsZero = true
  func value(_ x: Float) -> Float { x * tanhf(softplus(x)) }
  func slope(_ x: Float) -> Float {
    let t = tanhf(softplus(x))
    return t + x * (1 - t * t) * logistic(x)
  }
}

/// x · σ(αx).
struct Swish: ElementFunction {
  static let keepsZero = true
  let alpha: Float
  func value(_ x: Float) -> Float { x * logistic(alpha * x) }
  func slope(_ x: Float) -> Float {
    let s = logistic(alpha * x)
    return s + alpha * x * s * (1 - s)
  }
}

/// x / (1 + |x|).
struct Softsign: ElementFunction {
  static let keepsZero = true
  func value(_ x: Float) -> Float { x / (1 + abs(x)) }
  func slope(_ x: Float) -> Float {
    let s = 1 + abs(x)
    return 1 / (s * s)
  }
}

/// x above a threshold, else 0.
struct ThresholdedRelu: ElementFunction {
  // A threshold below zero lets zero through as zero.
  static let keepsZero = true
  let threshold: Float
  func value(_ x: Float) -> Float { x > threshold ? x : 0 }
  func slope(_ x: Float) -> Float { x > threshold ? 1 : 0 }
}

/// x drawn towards zero by a bias where it is farther from it than λ, else 0.
struct Shrink: ElementFunction {
  // λ below zero sends zero to the bias.
  static let keepsZero = false
  let bias: Float
  let lambda: Float
  func value(_ x: Float) -> Float { x < -lambda ? x + bias : (x > lambda ? x - bias : 0) }
  func slope(_ x: Float) -> Float { x < -lambda || x > lambda ? 1 : 0 }
}

struct Sine: ElementFunction {
  static let keepsZero = true
  func value(_ x: Float) -> Float { sinf(x) }
  func slope(_ x: Float) -> Float { cosf(x) }
}

struct Cosine: ElementFunction {
  static let keepsZero = false
  func value(_ x: Float) -> Float { cosf(x) }
  func slope(_ x: Float) -> Float { -sinf(x) }
}

struct Tangent: ElementFunction {
  static let keepsZero = true
  func value(_ x: Float) -> Float { tanf(x) }
  func slope(_ x: Float) -> Float {
    let t = tanf(x)
    return 1 + t * t
  }
}

struct ArcSine: ElementFunction {
  static let keepsZero = true
  func value(_ x: Float) -> Float { asinf(x) }
  func slope(_ x: Float) -> Float { 1 / (1 - x * x).squareRoot() }
}

struct ArcCosine: ElementFunction {
  static let keepsZero = false
  func value(_ x: Float) -> Float { acosf(x) }
  func slope(_ x: Float) -> Float { -1 / (1 - x * x).squareRoot() }
}

struct ArcTangent: ElementFunction {
  static let keepsZero = true
  func value(_ x: Float) -> Float { atanf(x) }
  func slope(_ x: Float) -> Float { 1 / (1 + x * x) }
}

struct HyperbolicSine: ElementFunction {
  static let keepsZero = true
  func value(_ x: Float) -> Float { sinhf(x) }
  func slope(_ x: Float) -> Float { coshf(x) }
}

struct HyperbolicCosine: ElementFunction {
  static let keepsZero = false
  func value(_ x: Float) -> Float { coshf(x) }
  func slope(_ x: Float) -> Float { sinhf(x) }
}

struct AreaSine: ElementFunction {
  static let keepsZero = true
  func value(_ x: Float) -> Float { asinhf(x) }
  func slope(_ x: Float) -> Float { 1 / (1 + x * x).squareRoot() }
}

struct AreaCosine: ElementFunction {
  // Zero is outside of its domain.
  static let keepsZero = false
  func value(_ x: Float) -> Float { acoshf(x) }
  func slope(_ x: Float) -> Float { 1 / (x * x - 1).squareRoot() }
}

struct AreaTangent: ElementFunction {
  static let keepsZero = true
  func value(_ x: Float) -> Float { atanhf(x) }
  func slope(_ x: Float) -> Float { 1 / (1 - x * x) }
}

extension KernelTable {
  /// A kernel of a function that is made of the node's attributes.
  private static func map<F: ElementFunction>(
    _ make: @escaping @Sendable (OperatorCall) -> F
  ) -> MapKernel {
    MapKernel(
      forward: { call, plan, x throws(ComputeError) in
        try plan.map(call.node.op, ElementValue(function: make(call)), [x], shape: x.shape)
      },
      backward: { call, plan, x, _, g throws(ComputeError) in
        try plan.map(
          call.node.op + ".backward", ElementSlope(function: make(call)), [x, g], shape: g.shape)
      })
  }

  static let elementFunctions: [String: any Kernel] = [
    "Selu": map { call in
      let (alpha, gamma) = call.seluFactors
      return ExponentialBelow(gamma: gamma, alpha: alpha, scale: 1)
    },
    "Celu": map { call in
      let alpha = call.float("alpha", default: 1)
      return ExponentialBelow(gamma: 1, alpha: alpha, scale: alpha)
    },
    "Mish": map { _ in Mish() }, "Swish": map { Swish(alpha: $0.float("alpha", default: 1)) },
    "Softsign": map { _ in Softsign() },
    "ThresholdedRelu": map { ThresholdedRelu(threshold: $0.float("alpha", default: 1)) },
    "Shrink": map { Shrink(bias: $0.float("bias", default: 0), lambda: $0.float("lambd", default: 0.5)) },
    "Sin": map { _ in Sine() }, "Cos": map { _ in Cosine() }, "Tan": map { _ in Tangent() },
    "Asin": map { _ in ArcSine() }, "Acos": map { _ in ArcCosine() }, "Atan": map { _ in ArcTangent() },
    "Sinh": map { _ in HyperbolicSine() }, "Cosh": map { _ in HyperbolicCosine() },
    "Asinh": map { _ in AreaSine() }, "Acosh": map { _ in AreaCosine() }, "Atanh": map { _ in AreaTangent() },
  ]
}
