import Foundation

// The functions of element-wise kernels and, behind each, its derivatives. `x` is an operand, `y` the result and
// `g` the gradient of the result.

struct Add: MapFunction {
  static let arity = 2
  static let keepsZero = true
  @inline(__always) func callAsFunction(_ a: Float, _ b: Float, _ c: Float) -> Float { a + b }
}

struct AddRelu: MapFunction {
  static let arity = 2
  static let keepsZero = true
  @inline(__always) func callAsFunction(_ a: Float, _ b: Float, _ c: Float) -> Float { max(a + b, 0) }
}

struct Subtract: MapFunction {
  static let arity = 2
  static let keepsZero = true
  @inline(__always) func callAsFunction(_ a: Float, _ b: Float, _ c: Float) -> Float { a - b }
}

struct Divide: MapFunction {
  static let arity = 2
  static let keepsZero = false
  @inline(__always) func callAsFunction(_ a: Float, _ b: Float, _ c: Float) -> Float { a / b }
}

/// d(a / b)/db · g, from a, b and g.
struct DivideSecondGradient: MapFunction {
  static let arity = 3
  static let keepsZero = false
  @inline(__always) func callAsFunction(_ a: Float, _ b: Float, _ g: Float) -> Float { -a / (b * b) * g }
}

struct Power: MapFunction {
  static let arity = 2
  static let keepsZero = false
  @inline(__always) func callAsFunction(_ a: Float, _ b: Float, _ c: Float) -> Float { powf(a, b) }
}

struct PowerFirstGradient: MapFunction {
  static let arity = 3
  static let keepsZero = false
  @inline(__always) func callAsFunction(_ a: Float, _ b: Float, _ g: Float) -> Float {
    b == 0 ? 0 : b * powf(a, b - 1) * g
  }
}

struct PowerSecondGradient: MapFunction {
  static let arity = 3
  static let keepsZero = false
  @inline(__always) func callAsFunction(_ a: Float, _ b: Float, _ g: Float) -> Float {
    a > 0 ? powf(a, b) * logf(a) * g : 0
  }
}

struct Maximum: MapFunction {
  static let arity = 2
  static let keepsZero = true
  @inline(__always) func callAsFunction(_ a: Float, _ b: Float, _ c: Float) -> Float { a > b ? a : b }
}

struct Minimum: MapFunction {
  static let arity = 2
  static let keepsZero = true
  @inline(__always) func callAsFunction(_ a: Float, _ b: Float, _ c: Float) -> Float { a < b ? a : b }
}

/// g where a > b, half of it where they are equal.
struct GreaterGradient: MapFunction {
  static let arity = 3
  static let keepsZero = true
  @inline(__always) func callAsFunction(_ a: Float, _ b: Float, _ g: Float) -> Float {
    a > b ? g : (a == b ? g * 0.5 : 0)
  }
}

struct Negate: MapFunction {
  static let arity = 1
  static let keepsZero = true
  @inline(__always) func callAsFunction(_ a: Float, _ b: Float, _ c: Float) -> Float { -a }
}

/// a · factor + offset.
struct Linear: MapFunction {
  static let arity = 1
  static let keepsZero = false
  var factor: Float = 1
  var offset: Float = 0
  @inline(__always) func callAsFunction(_ a: Float, _ b: Float, _ c: Float) -> Float { a * factor + offset }
}

struct Scale: MapFunction {
  static let arity = 1
  static let keepsZero = true
  let factor: Float
  @inline(__always) func callAsFunction(_ a: Float, _ b: Float, _ c: Float) -> Float { a * factor }
}

struct Reciprocal: MapFunction {
  static let arity = 1
  static let keepsZero = false
  @inline(__always) func callAsFunction(_ a: Float, _ b: Float, _ c: Float) -> Float { 1 / a }
}

/// −g · y².
struct ReciprocalGradient: MapFunction {
  static let arity = 2
  static let keepsZero = true
  @inline(__always) func callAsFunction(_ y: Float, _ g: Float, _ c: Float) -> Float { -g * y * y }
}

/// max(0, min(1, αx + β)).
struct HardSigmoid: MapFunction {
  static let arity = 1
  static let keepsZero = false
  let alpha: Float
  let beta: Float
  @inline(__always) func callAsFunction(_ x: Float, _ b: Float, _ c: Float) -> Float {
    max(0, min(1, alpha * x + beta))
  }
}

struct HardSigmoidGradient: MapFunction {
  static let arity = 2
  static let keepsZero = true
  let alpha: Float
  let beta: Float
  @inline(__always) func callAsFunction(_ x: Float, _ g: Float, _ c: Float) -> Float {
    let line = alpha * x + beta
    return line > 0 && line < 1 ? alpha * g : 0
  }
}

/// x · max(0, min(1, x/6 + 1/2)).
struct HardSwish: MapFunction {
  static let arity = 1
  static let keepsZero = true
  @inline(__always) func callAsFunction(_ x: Float, _ b: Float, _ c: Float) -> Float {
    x * max(0, min(1, x * (1 / 6) + 0.5))
  }
}

struct HardSwishGradient: MapFunction {
  static let arity = 2
  static let keepsZero = true
  @inline(__always) func callAsFunction(_ x: Float, _ g: Float, _ c: Float) -> Float {
    let slope: Float = x <= -3 ? 0 : (x >= 3 ? 1 : x * (1 / 3) + 0.5)
    return slope * g
  }
}

struct LeakySlope: MapFunction {
  static let arity = 2
  static let keepsZero = true
  @inline(__always) func callAsFunction(_ x: Float, _ slope: Float, _ c: Float) -> Float {
    x < 0 ? x * slope : x
  }
}

struct LeakySlopeGradient: MapFunction {
  static let arity = 3
  static let keepsZero = true
  @inline(__always) func callAsFunction(_ x: Float, _ slope: Float, _ g: Float) -> Float {
    x < 0 ? g * slope : g
  }
}

/// The gradient of the slope of `PRelu`: x · g where x is negative.
struct SlopeGradient: MapFunction {
  static let arity = 2
  static let keepsZero = true
  @inline(__always) func callAsFunction(_ x: Float, _ g: Float, _ c: Float) -> Float { x < 0 ? x * g : 0 }
}

/// The error function by a rational approximation, within a few units in the last place of a float.
struct ErrorFunction: MapFunction {
  static let arity = 1
  static let keepsZero = true
  @inline(__always) func callAsFunction(_ a: Float, _ b: Float, _ c: Float) -> Float {
    let x = max(-4, min(4, a))
    let s = x * x
    var p: Float = -2.72614225801306e-10
    p = p * s + 2.77068142495902e-08
    p = p * s - 2.10102402082508e-06
    p = p * s - 5.69250639462346e-05
    p = p * s - 7.34990630326855e-04
    p = p * s - 2.95459980854025e-03
    p = p * s - 1.60960333262415e-02
    var q: Float = -1.45660718464996e-05
    q = q * s - 2.13374055278905e-04
    q = q * s - 1.68282697438203e-03
    q = q * s - 7.37332916720468e-03
    q = q * s - 1.42647390514189e-02
    return x * p / q
  }
}

/// 2/√π · exp(−x²) · g.
struct ErrorFunctionGradient: MapFunction {
  static let arity = 2
  static let keepsZero = true
  @inline(__always) func callAsFunction(_ x: Float, _ g: Float, _ c: Float) -> Float {
    1.1283791671 * expf(-x * x) * g
  }
}

/// b where the condition a holds, else c.
struct Select: MapFunction {
  static let arity = 3
  static let keepsZero = true
  @inline(__always) func callAsFunction(_ a: Float, _ b: Float, _ c: Float) -> Float { a != 0 ? b : c }
}

struct SelectGradient: MapFunction {
  static let arity = 2
  static let keepsZero = true
  let ofFirst: Bool
  @inline(__always) func callAsFunction(_ condition: Float, _ g: Float, _ c: Float) -> Float {
    (condition != 0) == ofFirst ? g : 0
  }
}

/// Comparisons give 1 or 0.
struct Compare: MapFunction {
  enum Relation: Sendable { case equal, less, lessOrEqual, greater, greaterOrEqual, and, or, xor }
  static let arity = 2
  static let keepsZero = false
  let relation: Relation
  @inline(__always) func callAsFunction(_ a: Float, _ b: Float, _ c: Float) -> Float {
    let holds =
      switch relation {
      case .equal: a == b
      case .less: a < b
      case .lessOrEqual: a <= b
      case .greater: a > b
      case .greaterOrEqual: a >= b
      case .and: a != 0 && b != 0
      case .or: a != 0 || b != 0
      case .xor: (a != 0) != (b != 0)
      }
    return holds ? 1 : 0
  }
}

/// Functions of one element that are constant between their steps.
struct Stepwise: MapFunction {
  enum Kind: Sendable { case floor, ceil, round, sign, not, truncate }
  static let arity = 1
  static let keepsZero = false
  let kind: Kind
  @inline(__always) func callAsFunction(_ x: Float, _ b: Float, _ c: Float) -> Float {
    switch kind {
    case .floor: x.rounded(.down)
    case .ceil: x.rounded(.up)
    case .round: x.rounded(.toNearestOrEven)
    case .sign: x > 0 ? 1 : (x < 0 ? -1 : 0)
    case .not: x == 0 ? 1 : 0
    case .truncate: x.rounded(.towardZero)
    }
  }
}

/// γ̂x + β̂, and ReLU where asked.
struct Affine: MapFunction {
  static let arity = 3
  static let keepsZero = true
  @inline(__always) func callAsFunction(_ x: Float, _ factor: Float, _ offset: Float) -> Float {
    x * factor + offset
  }
}

struct AffineRelu: MapFunction {
  static let arity = 3
  static let keepsZero = true
  @inline(__always) func callAsFunction(_ x: Float, _ factor: Float, _ offset: Float) -> Float {
    max(x * factor + offset, 0)
  }
}
