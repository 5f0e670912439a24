import Foundation
import Graph

/// What is done element by element, and products of matrices.
extension SymbolTranslator {
  mutating func arithmetic(_ call: SymbolCall) throws -> [ValueID]? {
    if let op = Self.unary[call.op] { return [try one(op, [try call.operand(0)])] }
    if let op = Self.binary[call.op] { return [try one(op, [try call.operand(0), try call.operand(1)])] }
    if let (op, isFirst) = Self.withNumber[call.op] { return [try combined(call, op, numberFirst: isFirst)] }
    switch call.op {
    case "Activation": return [try activation(call)]
    case "LeakyReLU": return [try leaky(call)]
    case "hard_sigmoid":
      return [
        try one(
          "HardSigmoid", [try call.operand(0)],
          [
            "alpha": .float(Float(try call.attributes.float("alpha", default: 0.2))),
            "beta": .float(Float(try call.attributes.float("beta", default: 0.5))),
          ])
      ]
    case "square":
      let data = try call.operand(0)
      return [try one("Mul", [data, data])]
    case "rsqrt":
      return [try one("Reciprocal", [try one("Sqrt", [try call.operand(0)], step: "root")])]
    case "add_n", "ElementWiseSum", "_sum": return [try one("Sum", call.operands)]
    case "clip": return [try clip(call)]
    case "Cast", "cast", "amp_cast": return [try cast(call)]
    case "FullyConnected": return [try fullyConnected(call)]
    case "dot", "batch_dot", "linalg_gemm2", "_linalg_gemm2": return [try product(call)]
    case "Embedding":
      let (data, weight) = (try call.operand(0), try call.operand(1))
      return [try one("Gather", [weight, try indices(data)])]
    case "take":
      let axis = try call.attributes.int("axis", default: 0)
      let (data, positions) = (try call.operand(0), try call.operand(1))
      return [try one("Gather", [data, try indices(positions)], ["axis": .int(axis)])]
    default: return nil
    }
  }

  /// Names of MXNet's first versions stand beside those of today.
  private static let unary: [String: String] = [
    "relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh", "softsign": "Softsign", "exp": "Exp", "log": "Log",
    "sqrt": "Sqrt", "abs": "Abs", "negative": "Neg", "_np_negative": "Neg", "erf": "Erf", "floor": "Floor",
    "ceil": "Ceil", "sign": "Sign", "reciprocal": "Reciprocal", "sin": "Sin", "cos": "Cos",
    "identity": "Identity", "_copy": "Identity", "BlockGrad": "Identity", "stop_gradient": "Identity",
    "MakeLoss": "Identity", "make_loss": "Identity", "Dropout": "Identity", "_CrossDeviceCopy": "Identity",
    "IdentityAttachKLSparseReg": "Identity", "LinearRegressionOutput": "Identity",
    "MAERegressionOutput": "Identity", "SVMOutput": "Identity", "LogisticRegressionOutput": "Sigmoid",
  ]

  private static let binary: [String: String] = {
    var table: [String: String] = [:]
    for (op, names) in [
      "Add": ["add", "plus"], "Sub": ["sub", "minus"], "Mul": ["mul"], "Div": ["div"],
      "Pow": ["power", "pow"],
      "Max": ["maximum"], "Min": ["minimum"],
    ] {
      for name in names {
        let capitalised = name.prefix(1).uppercased() + name.dropFirst()
        for spelling in ["elemwise_\(name)", "broadcast_\(name)", "_\(name)", "_\(capitalised)"] {
          table[spelling] = op
        }
      }
    }
    table["_grad_add"] = "Add"
    return table
  }()

  private static let withNumber: [String: (op: String, numberFirst: Bool)] = {
    var table: [String: (op: String, numberFirst: Bool)] = [:]
    for (name, op) in [
      ("plus", "Add"), ("minus", "Sub"), ("mul", "Mul"), ("div", "Div"), ("power", "Pow"), ("maximum", "Max"),
      ("minimum", "Min"),
    ] {
      let capitalised = name.prefix(1).uppercased() + name.dropFirst()
      table["_\(name)_scalar"] = (op, false)
      table["_\(capitalised)Scalar"] = (op, false)
      table["_r\(name)_scalar"] = (op, true)
      table["_R\(capitalised)Scalar"] = (op, true)
    }
    return table
  }()

  private mutating func combined(
    _ call: SymbolCall, _ op: String, numberFirst: Bool
  ) throws -> ValueID {
    let data = try call.operand(0)
    let number = scalar("scalar", try call.attributes.float("scalar", default: 1), like: data)
    return try one(op, numberFirst ? [number, data] : [data, number])
  }

  private mutating func activation(_ call: SymbolCall) throws -> ValueID {
    let data = try call.operand(0)
    switch call.attributes.string("act_type") ?? "" {
    case "relu": return try one("Relu", [data])
    case "sigmoid": return try one("Sigmoid", [data])
    case "tanh": return try one("Tanh", [data])
    case "softrelu": return try one("Softplus", [data])
    case "softsign": return try one("Softsign", [data])
    case let other: throw call.attributes.invalid("its act_type is \(other)")
    }
  }

  private mutating func leaky(_ call: SymbolCall) throws -> ValueID {
    let data = try call.operand(0)
    let slope = try call.attributes.float("slope", default: 0.25)
    switch call.attributes.string("act_type") ?? "leaky" {
    case "leaky": return try one("LeakyRelu", [data], ["alpha": .float(Float(slope))])
    case "elu": return try one("Elu", [data], ["alpha": .float(Float(slope))])
    case "selu": return try one("Selu", [data])
    case "rrelu":
      // What is drawn while training is its mean afterwards.
      let bounds = (
        try call.attributes.float("lower_bound", default: 0.125),
        try call.attributes.float("upper_bound", default: 0.334)
      )
      return try one("LeakyRelu", [data], ["alpha": .float(Float((bounds.0 + bounds.1) / 2))])
    case "prelu":
      return try one("PRelu", [data, try call.operand(1)])
    case "gelu":
      // x/2 · (1 + erf(x/√2)); one operator for it came to ONNX with set 20.
      let scaled = try one("Div", [data, scalar("root", 2.0.squareRoot(), like: data)], step: "scaled")
      let error = try one("Erf", [scaled], step: "erf")
      let sum = try one("Add", [error, scalar("one", 1, like: data)], step: "sum")
      let product = try one("Mul", [data, sum], step: "product")
      return try one("Mul", [product, scalar("half", 0.5, like: data)])
    case let other: throw call.attributes.invalid("its act_type is \(other)")
    }
  }

  private mutating func clip(_ call: SymbolCall) throws -> ValueID {
    let data = try call.operand(0)
    let (lower, upper) = (
      try call.attributes.float("a_min", default: -.infinity),
      try call.attributes.float("a_max", default: .infinity)
    )
    return try one("Clip", [data, scalar("min", lower, like: data), scalar("max", upper, like: data)])
  }

  private static let castCodes = [
    "float32": 1, "uint8": 2, "int8": 3, "int32": 6, "int64": 7, "bool": 9, "float16": 10, "float64": 11,
  ]

  private mutating func cast(_ call: SymbolCall) throws -> ValueID {
    let name = call.attributes.string("dtype") ?? ""
    guard let code = Self.castCodes[name] else { throw call.attributes.invalid("its dtype is \(name)") }
    return try one("Cast", [try call.operand(0)], ["to": .int(code)])
  }

  /// Whole numbers, which MXNet feeds as floating-point ones.
  private mutating func indices(_ data: ValueID) throws -> ValueID {
    guard spec(data)?.elementType.isFloatingPoint ?? true else { return data }
    return try one("Cast", [data], ["to": .int(7)], step: "indices")
  }

  // MARK: Matrices

  private mutating func fullyConnected(_ call: SymbolCall) throws -> ValueID {
    var data = try call.operand(0)
    let weight = try call.operand(1)
    let bias = try call.attributes.bool("no_bias", default: false) ? [] : [try call.operand(2)]
    let flattens = try call.attributes.bool("flatten", default: true)
    if flattens || shape(data).count == 2 {
      if shape(data).count != 2 { data = try one("Flatten", [data], ["axis": .int(1)], step: "flatten") }
      return try one("Gemm", [data, weight] + bias, ["transB": .int(1)])
    }
    let turned = try one("Transpose", [weight], ["perm": .ints([1, 0])], step: "weight")
    guard let shift = bias.first else { return try one("MatMul", [data, turned]) }
    return try one("Add", [try one("MatMul", [data, turned], step: "product"), shift])
  }

  private mutating func product(_ call: SymbolCall) throws -> ValueID {
    var factors = [try call.operand(0), try call.operand(1)]
    let ranks = factors.map { shape($0).count }
    guard ranks[0] == ranks[1], ranks[0] >= 2, call.op != "dot" || ranks[0] == 2,
      try call.attributes.float("alpha", default: 1) == 1
    else {
      throw call.attributes.invalid(
        "its inputs have \(ranks[0]) and \(ranks[1]) axes, or it scales its result")
    }
    for (number, name) in ["transpose_a", "transpose_b"].enumerated()
    where try call.attributes.bool(name, default: false) {
      var axes = Array(0..<ranks[number])
      axes.swapAt(axes.count - 1, axes.count - 2)
      factors[number] = try one(
        "Transpose", [factors[number]], ["perm": .ints(axes)], step: "turned\(number)")
    }
    return try one("MatMul", factors.map(Optional.some))
  }
}
