import Graph

/// What reduces axes to one number each.
extension ProgramTranslator {
  mutating func reduction() throws -> [ValueID?]? {
    switch call.op {
    case "mean": return [try reduced("ReduceMean")]
    case "sum": return [try reduced("ReduceSum")]
    case "amax": return [try reduced("ReduceMax")]
    case "amin": return [try reduced("ReduceMin")]
    case "prod": return [try reduced("ReduceProd")]
    case "logsumexp": return [try reduced("ReduceLogSumExp")]
    case "max", "min": return try extreme(call.op == "max" ? "ReduceMax" : "ReduceMin")
    case "argmax", "argmin": return [try position(call.op == "argmax" ? "ArgMax" : "ArgMin")]
    case "linalg_vector_norm", "norm", "frobenius_norm": return [try length()]
    case "var", "std", "var_mean", "std_mean": return try variance()
    case "cumsum":
      let data = cast(try tensor("self"), to: resultType)
      let axis = try axis(try call.int("dim"), rank: try rank(data))
      return [one("CumSum", [data, constant("axis", Tensor([axis], shape: []))])]
    default: return nil
    }
  }

  /// The axes that go; all of them where none are given.
  private mutating func axes(of data: ValueID) throws -> [Int] {
    let rank = try rank(data)
    guard let dims = try call.ints("dim"), !dims.isEmpty else { return Array(0..<rank) }
    return try dims.map { try axis($0, rank: rank) }
  }

  private mutating func reduced(
    _ op: String, _ data: ValueID? = nil, step: String? = nil, keepingAxes: Bool? = nil
  ) throws -> ValueID {
    let data = try data ?? cast(try tensor("self"), to: resultType)
    let axes = try axes(of: try tensor("self"))
    guard !axes.isEmpty else { return one("Identity", [data], step: step) }
    let keeps = try keepingAxes ?? call.bool("keepdim", false)
    return one(
      op, [data, integers("axes", axes)], ["keepdims": .int(keeps ? 1 : 0)], step: step)
  }

  private mutating func extreme(_ op: String) throws -> [ValueID?] {
    if call.variant == "other" {
      return [one(op == "ReduceMax" ? "Max" : "Min", [try tensor("self"), try tensor("other")])]
    }
    let value = try reduced(op)
    guard call.names.count > 1 else { return [value] }
    return [
      value,
      isRead(call.names[1])
        ? try position(op == "ReduceMax" ? "ArgMax" : "ArgMin", name: call.names[1]) : nil,
    ]
  }

  private mutating func position(_ op: String, name: String? = nil) throws -> ValueID {
    let data = try tensor("self")
    guard call.has("dim") else { throw Untranslated() }
    let attributes: [String: Attribute] = [
      "axis": .int(try axis(try call.int("dim"), rank: try rank(data))),
      "keepdims": .int(try call.bool("keepdim", false) ? 1 : 0),
    ]
    guard let name, let value = many(op, [data], attributes, names: [name])[0] else {
      return one(op, [data], attributes)
    }
    return value
  }

  private mutating func length() throws -> ValueID {
    let order = try call.number(call.op == "norm" ? "p" : "ord", 2)
    guard let op = [1.0: "ReduceL1", 2: "ReduceL2"][order] else {
      guard order == .infinity else { throw Untranslated() }
      return try reduced("ReduceMax", one("Abs", [try tensor("self")], step: "magnitude"))
    }
    return try reduced(op)
  }

  private mutating func variance() throws -> [ValueID?] {
    let data = try tensor("self")
    let axes = try axes(of: data)
    var correction = try call.number("correction", 1)
    if call.node["unbiased"] != nil { correction = try call.bool("unbiased", true) ? 1 : 0 }
    let givesMean = call.op.hasSuffix("_mean")
    let isRoot = call.op.hasPrefix("std")
    let mean = one(
      "ReduceMean", [data, integers("axes", axes)], ["keepdims": .int(1)], step: "mean")
    let difference = one("Sub", [data, mean], step: "difference")
    let squares = one("Mul", [difference, difference], step: "squares")
    let keeps = Attribute.int(try call.bool("keepdim", false) ? 1 : 0)
    var result = one(
      "ReduceMean", [squares, integers("axes", axes)], ["keepdims": keeps], step: "variance")
    if correction != 0 {
      // n / (n - correction), of as many elements as there are.
      let shape = one("Shape", [data], step: "shape", type: .int64)
      let extents = one(
        "Gather", [shape, integers("places", axes)], ["axis": .int(0)], step: "extents", type: .int64)
      let count = one("ReduceProd", [extents], ["keepdims": .int(0)], step: "count", type: .int64)
      let number = cast(count, to: type(data))
      let less = one("Sub", [number, scalar("correction", correction, type(data))], step: "less")
      result = one("Mul", [result, one("Div", [number, less], step: "factor")], step: "corrected")
    }
    let own = isRoot ? one("Sqrt", [result]) : one("Identity", [result])
    guard givesMean, call.names.count > 1 else { return [own] }
    return [
      own,
      many("ReduceMean", [data, integers("axes", axes)], ["keepdims": keeps], names: [call.names[1]])[0],
    ]
  }
}
