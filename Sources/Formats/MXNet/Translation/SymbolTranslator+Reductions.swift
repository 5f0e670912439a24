import Graph

/// Sums, means and extremes over axes.
extension SymbolTranslator {
  private static let reductions = [
    "mean": "ReduceMean", "sum": "ReduceSum", "sum_axis": "ReduceSum", "max": "ReduceMax",
    "max_axis": "ReduceMax",
    "min": "ReduceMin", "min_axis": "ReduceMin", "prod": "ReduceProd",
  ]

  mutating func reduction(_ call: SymbolCall) throws -> [ValueID]? {
    var op = Self.reductions[call.op]
    if call.op == "norm" { op = try call.attributes.int("ord", default: 2) == 1 ? "ReduceL1" : "ReduceL2" }
    guard let op else { return nil }
    let data = try call.operand(0)
    let rank = shape(data).count
    var axes = try (call.attributes.ints("axis") ?? []).map { axis in
      let index = axis < 0 ? axis + rank : axis
      guard 0..<max(1, rank) ~= index else { throw call.attributes.invalid("its axis is \(axis)") }
      return index
    }
    if try call.attributes.bool("exclude", default: false) { axes = (0..<rank).filter { !axes.contains($0) } }
    if axes.isEmpty { axes = Array(0..<rank) }
    let keeps = Attribute.int(try call.attributes.bool("keepdims", default: false) ? 1 : 0)
    // The axes of a sum are an operand since set 13, those of the others since 18.
    if op == "ReduceSum" { return [try one(op, [data, integers("axes", axes)], ["keepdims": keeps])] }
    return [try one(op, [data], ["axes": .ints(axes), "keepdims": keeps])]
  }
}
