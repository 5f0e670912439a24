import Foundation
import Graph

/// What is done element by element.
extension ProgramTranslator {
  private static let unary: [String: String] = [
    "exp": "Exp", "log": "Log", "sqrt": "Sqrt", "abs": "Abs", "neg": "Neg", "reciprocal": "Reciprocal",
    "erf": "Erf", "floor": "Floor", "ceil": "Ceil", "sign": "Sign", "sgn": "Sign", "sin": "Sin", "cos": "Cos",
    "tan": "Tan", "asin": "Asin", "acos": "Acos", "atan": "Atan", "sinh": "Sinh", "cosh": "Cosh",
    "asinh": "Asinh", "acosh": "Acosh", "atanh": "Atanh", "logical_not": "Not", "isnan": "IsNaN",
  ]

  private static let arithmetic: [String: String] = [
    "add": "Add", "sub": "Sub", "mul": "Mul", "multiply": "Mul", "div": "Div", "divide": "Div",
    "true_divide": "Div", "pow": "Pow", "maximum": "Max", "minimum": "Min", "remainder": "Mod", "fmod": "Mod",
  ]

  private static let comparisons: [String: String] = [
    "eq": "Equal", "lt": "Less", "le": "LessOrEqual", "gt": "Greater", "ge": "GreaterOrEqual",
  ]

  private static let logic: [String: String] = [
    "logical_and": "And", "logical_or": "Or", "logical_xor": "Xor", "bitwise_and": "And", "bitwise_or": "Or",
    "bitwise_xor": "Xor",
  ]

  mutating func elementwise() throws -> [ValueID?]? {
    if let op = Self.unary[call.op] { return [try unary(op)] }
    if let op = Self.arithmetic[call.op] { return [try arithmetic(op)] }
    if let op = Self.comparisons[call.op] { return [try comparison(op)] }
    if let op = Self.logic[call.op] {
      // Of whole numbers these are about bits.
      guard resultType == .bool else { throw Untranslated() }
      return [one(op, [try operand("self", as: .bool), try operand("other", as: .bool)])]
    }
    switch call.op {
    case "round":
      guard try call.int("decimals", 0) == 0 else { throw Untranslated() }
      return [try unary("Round")]
    case "ne": return [one("Not", [try comparison("Equal", step: "equal")])]
    case "bitwise_not":
      guard resultType == .bool else { throw Untranslated() }
      return [one("Not", [try tensor("self")])]
    case "square":
      let data = try tensor("self")
      return [one("Mul", [data, data])]
    case "rsqrt":
      return [one("Reciprocal", [one("Sqrt", [cast(try tensor("self"), to: resultType)], step: "root")])]
    case "log1p":
      let data = try tensor("self")
      return [one("Log", [one("Add", [data, scalar("one", 1, type(data))], step: "sum")])]
    case "expm1":
      let data = try tensor("self")
      return [one("Sub", [one("Exp", [data], step: "exp"), scalar("one", 1, type(data))])]
    case "rsub":
      let (data, other) = (try operand("self", as: resultType), try scaled("other"))
      return [one("Sub", [other, data])]
    case "floor_divide":
      let quotient = one(
        "Div", [try operand("self", as: resultType), try operand("other", as: resultType)], step: "quotient")
      return [resultType.isFloatingPoint ? one("Floor", [quotient]) : one("Identity", [quotient])]
    case "addcmul", "addcdiv": return [try combined(call.op == "addcmul" ? "Mul" : "Div")]
    case "lerp":
      let (data, end) = (try tensor("self"), try tensor("end"))
      let difference = one("Sub", [end, data], step: "difference")
      let weight = try operand("weight", as: type(data))
      return [one("Add", [data, one("Mul", [difference, weight], step: "part")])]
    case "clamp", "clip", "clamp_min", "clamp_max": return [try clamped()]
    case "where":
      return [
        one(
          "Where",
          [
            try tensor("condition"), try operand("self", as: resultType),
            try operand("other", as: resultType),
          ])
      ]
    case "masked_fill":
      return [
        one("Where", [try tensor("mask"), try operand("value", as: resultType), try tensor("self")])
      ]
    default: return nil
    }
  }

  private mutating func unary(_ op: String) throws -> ValueID {
    let data = try tensor("self")
    // Functions of whole numbers give others.
    let isConverted = resultType.isFloatingPoint && !type(data).isFloatingPoint
    return one(op, [isConverted ? cast(data, to: resultType) : data])
  }

  /// The second operand, times `alpha`.
  private mutating func scaled(_ name: String) throws -> ValueID {
    let other = try operand(name, as: resultType)
    let alpha = try call.number("alpha", 1)
    if alpha == 1 { return other }
    return one("Mul", [other, scalar("alpha", alpha, resultType)], step: "scaled")
  }

  private mutating func arithmetic(_ op: String) throws -> ValueID {
    let second = call.node["exponent"] != nil ? "exponent" : "other"
    let (data, other) = (try operand("self", as: resultType), try scaled(second))
    guard op == "Div", call.has("rounding_mode") else {
      return one(op, [data, other], op == "Mod" && call.op == "fmod" ? ["fmod": .int(1)] : [:])
    }
    let quotient = one("Div", [data, other], step: "quotient")
    switch try call.string("rounding_mode", "") {
    case "floor": return resultType.isFloatingPoint ? one("Floor", [quotient]) : one("Identity", [quotient])
    case "trunc" where !resultType.isFloatingPoint: return one("Identity", [quotient])
    default: throw Untranslated()
    }
  }

  private mutating func comparison(_ op: String, step: String? = nil) throws -> ValueID {
    let data = try tensor("self")
    var common = type(data)
    if case .tensor(let name)? = call.node["other"], let other = program.tensors[name]?.elementType,
      other.isFloatingPoint
    {
      common = common.isFloatingPoint ? common : other
    } else if case .float? = call.node["other"], !common.isFloatingPoint {
      common = .float32
    }
    return one(op, [cast(data, to: common), try operand("other", as: common)], step: step, type: .bool)
  }

  private mutating func combined(_ op: String) throws -> ValueID {
    let data = try tensor("self")
    var product = one(op, [try tensor("tensor1"), try tensor("tensor2")], step: "product")
    let value = try call.number("value", 1)
    if value != 1 { product = one("Mul", [product, scalar("value", value, type(data))], step: "scaled") }
    return one("Add", [data, product])
  }

  private mutating func clamped() throws -> ValueID {
    let data = cast(try tensor("self"), to: resultType)
    let isTensor = ["min", "max"].contains { name in
      switch call.node[name] {
      case .tensor?, .optionalTensor(.some)?: true
      default: false
      }
    }
    guard isTensor else {
      let bounds = try ["min", "max"].map { name in
        call.has(name) ? scalar(name, try call.number(name), type(data)) : nil
      }
      return one("Clip", [data] + bounds)
    }
    let lower = try optional("min").map { one("Max", [data, $0], step: "raised") } ?? data
    return try optional("max").map { one("Min", [lower, $0]) } ?? one("Identity", [lower])
  }

  // MARK: Activations

  mutating func activation() throws -> [ValueID?]? {
    switch call.op {
    case "relu": return [one("Relu", [try tensor("self")])]
    case "sigmoid", "special_expit": return [one("Sigmoid", [try tensor("self")])]
    case "tanh": return [one("Tanh", [try tensor("self")])]
    case "mish": return [one("Mish", [try tensor("self")])]
    case "hardswish": return [one("HardSwish", [try tensor("self")])]
    case "selu": return [one("Selu", [try tensor("self")])]
    case "celu":
      return [one("Celu", [try tensor("self")], ["alpha": .float(Float(try call.number("alpha", 1)))])]
    case "hardsigmoid":
      return [one("HardSigmoid", [try tensor("self")], ["alpha": .float(1 / 6), "beta": .float(0.5)])]
    case "relu6": return [try bounded(0, 6)]
    case "hardtanh": return [try bounded(try call.number("min_val", -1), try call.number("max_val", 1))]
    case "silu", "swish":
      let data = try tensor("self")
      return [one("Mul", [data, one("Sigmoid", [data], step: "sigmoid")])]
    case "gelu":
      return [
        one("Gelu", [try tensor("self")], ["approximate": .string(try call.string("approximate", "none"))])
      ]
    case "elu":
      guard try call.number("scale", 1) == 1, try call.number("input_scale", 1) == 1 else {
        throw Untranslated()
      }
      return [one("Elu", [try tensor("self")], ["alpha": .float(Float(try call.number("alpha", 1)))])]
    case "leaky_relu":
      return [
        one(
          "LeakyRelu", [try tensor("self")],
          ["alpha": .float(Float(try call.number("negative_slope", 0.01)))])
      ]
    case "threshold":
      guard try call.number("value") == 0 else { throw Untranslated() }
      return [
        one(
          "ThresholdedRelu", [try tensor("self")],
          ["alpha": .float(Float(try call.number("threshold")))])
      ]
    case "prelu", "_prelu_kernel": return [try slope()]
    case "softplus":
      guard try call.number("beta", 1) == 1 else { throw Untranslated() }
      return [one("Softplus", [try tensor("self")])]
    case "softsign": return [one("Softsign", [try tensor("self")])]
    case "log_sigmoid", "log_sigmoid_forward":
      return [one("Log", [one("Sigmoid", [try tensor("self")], step: "sigmoid")]), nil]
    case "softshrink", "hardshrink":
      let threshold = Attribute.float(Float(try call.number("lambd", 0.5)))
      return [
        one(
          "Shrink", [try tensor("self")],
          call.op == "softshrink" ? ["lambd": threshold, "bias": threshold] : ["lambd": threshold])
      ]
    case "glu":
      let data = try tensor("self")
      let axis = try axis(try call.int("dim", -1), rank: try rank(data))
      let halves = parts(of: data, axis: axis, count: 2)
      return [one("Mul", [halves[0], one("Sigmoid", [halves[1]], step: "sigmoid")])]
    case "softmax", "_softmax", "_safe_softmax", "special_softmax": return [try probabilities("Softmax")]
    case "log_softmax", "_log_softmax": return [try probabilities("LogSoftmax")]
    default: return nil
    }
  }

  private mutating func bounded(_ lower: Double, _ upper: Double) throws -> ValueID {
    let data = try tensor("self")
    return one("Clip", [data, scalar("min", lower, type(data)), scalar("max", upper, type(data))])
  }

  /// A slope a channel stands behind the batch.
  private mutating func slope() throws -> ValueID {
    let (data, weight) = (try tensor("self"), try tensor("weight"))
    let (rank, shape) = (try rank(data), try shape(weight))
    guard shape.count == 1, shape[0] != 1, rank > 2 else { return one("PRelu", [data, weight]) }
    let column = one(
      "Unsqueeze", [weight, integers("axes", Array(1..<rank - 1))], step: "slope")
    return one("PRelu", [data, column])
  }

  private mutating func probabilities(_ op: String) throws -> ValueID {
    let data = cast(try tensor("self"), to: resultType)
    return one(op, [data], ["axis": .int(try axis(try call.int("dim"), rank: try rank(data)))])
  }
}
