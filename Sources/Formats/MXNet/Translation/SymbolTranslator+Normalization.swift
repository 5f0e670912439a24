import Graph

/// Normalizations, and what becomes probabilities.
extension SymbolTranslator {
  mutating func normalization(_ call: SymbolCall) throws -> [ValueID]? {
    switch call.op {
    case "BatchNorm", "BatchNorm_v1", "CuDNNBatchNorm", "_contrib_SyncBatchNorm":
      [
        try withChannelsSecond(call, axis: try call.attributes.int("axis", default: 1)) { translator, call in
          try translator.batchNorm(call)
        }
      ]
    case "InstanceNorm":
      [
        try one(
          "InstanceNormalization", [try call.operand(0), try call.operand(1), try call.operand(2)],
          ["epsilon": .float(Float(try call.attributes.float("eps", default: 1e-3)))])
      ]
    case "LayerNorm": [try layerNorm(call)]
    case "L2Normalization": [try l2Normalization(call)]
    case "LRN": [try neighbours(call)]
    case "softmax", "log_softmax": [try softmax(call)]
    case "SoftmaxActivation":
      call.attributes.string("mode") == "channel"
        ? [try one("Softmax", [try call.operand(0)], ["axis": .int(1)])]
        : [try flatSoftmax(try call.operand(0))]
    case "SoftmaxOutput", "Softmax":
      if try call.attributes.bool("multi_output", default: false) {
        [try one("Softmax", [try call.operand(0)], ["axis": .int(1)])]
      } else if try call.attributes.bool("preserve_shape", default: false) {
        [try one("Softmax", [try call.operand(0)], ["axis": .int(-1)])]
      } else {
        [try flatSoftmax(try call.operand(0))]
      }
    default: nil
    }
  }

  private mutating func batchNorm(_ call: SymbolCall) throws -> ValueID {
    let inputs = [try call.operand(0), try call.operand(1), try call.operand(2)]
    var statistics = Array(call.operands.dropFirst(3))
    if statistics.isEmpty {
      for name in ["moving_mean", "moving_var"] {
        statistics.append(try constant(ofArray: "\(call.node.name)_\(name)"))
      }
    }
    guard statistics.count == 2 else { throw call.attributes.invalid("it has \(call.operands.count) inputs") }
    return try one(
      "BatchNormalization", inputs + statistics,
      [
        "epsilon": .float(Float(try call.attributes.float("eps", default: 1e-3))),
        "momentum": .float(Float(try call.attributes.float("momentum", default: 0.9))),
      ])
  }

  private mutating func layerNorm(_ call: SymbolCall) throws -> ValueID {
    let data = try call.operand(0)
    let axis = try call.attributes.int("axis", default: -1)
    guard axis == -1 || axis == shape(data).count - 1 else {
      throw call.attributes.invalid("its axis is \(axis), and secateur reads the last one")
    }
    return try one(
      "LayerNormalization", [data, try call.operand(1), try call.operand(2)],
      ["axis": .int(-1), "epsilon": .float(Float(try call.attributes.float("eps", default: 1e-5)))])
  }

  /// x / √(Σ x² + ε).
  private mutating func l2Normalization(_ call: SymbolCall) throws -> ValueID {
    let data = try call.operand(0)
    let rank = shape(data).count
    let list: [Int]
    switch call.attributes.string("mode") ?? "instance" {
    case "instance": list = Array(1..<max(1, rank))
    case "channel": list = [1]
    case "spatial": list = Array(2..<max(2, rank))
    case let other: throw call.attributes.invalid("its mode is \(other)")
    }
    let squares = try one("Mul", [data, data], step: "squares")
    let sum = try one("ReduceSum", [squares, integers("axes", list)], ["keepdims": .int(1)], step: "sum")
    let epsilon = scalar("eps", try call.attributes.float("eps", default: 1e-10), like: data)
    let shifted = try one("Add", [sum, epsilon], step: "shifted")
    return try one("Div", [data, try one("Sqrt", [shifted], step: "norm")])
  }

  private mutating func neighbours(_ call: SymbolCall) throws -> ValueID {
    guard let size = try call.attributes.int("nsize") else {
      throw call.attributes.invalid("it has no nsize")
    }
    return try one(
      "LRN", [try call.operand(0)],
      [
        "size": .int(size), "alpha": .float(Float(try call.attributes.float("alpha", default: 1e-4))),
        "beta": .float(Float(try call.attributes.float("beta", default: 0.75))),
        "bias": .float(Float(try call.attributes.float("knorm", default: 2))),
      ])
  }

  private mutating func softmax(_ call: SymbolCall) throws -> ValueID {
    var data = try call.operand(0)
    guard call.operands.count == 1 else { throw call.attributes.invalid("it is given lengths") }
    let temperature = try call.attributes.float("temperature", default: 1)
    if temperature != 1 {
      data = try one("Div", [data, scalar("temperature", temperature, like: data)], step: "cooled")
    }
    return try one(
      call.op == "softmax" ? "Softmax" : "LogSoftmax", [data],
      ["axis": .int(try call.attributes.int("axis", default: -1))])
  }

  /// Over all that belongs to an example.
  private mutating func flatSoftmax(_ data: ValueID) throws -> ValueID {
    let before = shape(data)
    guard before.count > 2 else { return try one("Softmax", [data], ["axis": .int(-1)]) }
    let flat = try one("Flatten", [data], ["axis": .int(1)], step: "flat")
    let made = try one("Softmax", [flat], ["axis": .int(-1)], step: "made")
    return try one("Reshape", [made, integers("shape", [0] + before.dropFirst())])
  }
}
