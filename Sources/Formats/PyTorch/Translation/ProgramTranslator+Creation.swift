import Foundation
import Graph

/// Tensors that come from numbers, and numbers that come from shapes.
extension ProgramTranslator {
  mutating func creation() throws -> [ValueID?]? {
    switch call.op {
    case "zeros", "new_zeros": return [try filled(0, try sizes("size"))]
    case "ones", "new_ones": return [try filled(1, try sizes("size"))]
    case "full", "new_full": return [try filled(try call.number("fill_value"), try sizes("size"))]
    case "zeros_like", "ones_like", "full_like":
      let number = call.op == "zeros_like" ? 0 : (call.op == "ones_like" ? 1 : try call.number("fill_value"))
      return [try filled(number, one("Shape", [try tensor("self")], step: "shape", type: .int64))]
    case "scalar_tensor": return [scalar("number", try call.number("s"), resultType)]
    case "fill" where call.variant == "Tensor":
      let data = try tensor("self")
      let value = cast(try tensor("value"), to: type(data))
      return [one("Expand", [value, one("Shape", [data], step: "shape", type: .int64)])]
    case "zero", "fill":
      let number = call.op == "zero" ? 0 : try call.number("value")
      return [try filled(number, one("Shape", [try tensor("self")], step: "shape", type: .int64))]
    case "eye":
      let rows = try call.int("n")
      return [try diagonal(rows, try call.int("m", rows))]
    case "arange": return [try range()]
    case "sym_size":
      let (data, axis) = (try tensor("self"), try call.int("dim"))
      return [computedExtent(data, try self.axis(axis, rank: try rank(data)), isResult: true)]
    case "sym_numel": return [one("Size", [try tensor("self")])]
    case "_assert_scalar", "_assert_tensor_metadata", "sym_constrain_range_for_size", "sym_constrain_range",
      "_assert_async":
      return []
    default: return nil
    }
  }

  private mutating func filled(_ number: Double, _ sizes: [Size]) throws -> ValueID {
    try filled(number, vector("shape", sizes))
  }

  private mutating func filled(_ number: Double, _ shape: ValueID) throws -> ValueID {
    guard program.tensors[call.names.first ?? ""]?.elementType != nil else { throw Untranslated() }
    let value = one(
      "ConstantOfShape", [shape], ["value": .tensor(Tensor(resultType, [number], shape: [1]))])
    note(value, isFilledWith: number)
    return value
  }

  /// A matrix with ones on its diagonal.
  private mutating func diagonal(_ rows: Int, _ columns: Int) throws -> ValueID {
    guard rows >= 0, columns >= 0, rows.times(columns) <= 1 << 20 else { throw Untranslated() }
    var elements = [Double](repeating: 0, count: rows * columns)
    for index in 0..<min(rows, columns) { elements[index * columns + index] = 1 }
    let ones = constant("ones", Tensor(resultType, elements, shape: [rows, columns]))
    return one("Identity", [ones])
  }

  private mutating func range() throws -> ValueID {
    let bounds: [Size]
    switch call.variant {
    case "default": bounds = [.number(0)] + (try sizes("end"))
    default: bounds = try sizes("start") + (try sizes("end"))
    }
    let step = try call.int("step", 1)
    let values = (bounds + [.number(step)]).enumerated().map { number, bound -> ValueID in
      switch bound {
      case .number(let value): return constant("bound\(number)", Tensor([value], shape: []))
      case .value(let value): return value
      }
    }
    guard values.count == 3 else { throw Untranslated() }
    guard resultType != .int64 else { return one("Range", values) }
    let whole = one("Range", values, step: "whole", type: .int64)
    return one("Cast", [whole], ["to": .int(resultType.onnx.rawValue)])
  }

  // MARK: Numbers

  private static let symbols: [String: String] = [
    "_operator.add": "Add", "_operator.sub": "Sub", "_operator.mul": "Mul", "_operator.floordiv": "Div",
    "_operator.mod": "Mod", "_operator.neg": "Neg", "torch.sym_max": "Max", "torch.sym_min": "Min",
  ]

  /// What a program computes with whole numbers.
  mutating func symbol() throws -> [ValueID?]? {
    guard !call.isATen else { return nil }
    if let op = Self.symbols[call.node.target] {
      var operands: [ValueID] = []
      for input in call.node.inputs { operands.append(try operand(input.name, as: .int64)) }
      return [one(op, operands)]
    }
    // What is only asked whether it holds is not computed here.
    let questions =
      ["eq", "ne", "le", "ge", "lt", "gt", "and_", "or_"].map { "_operator.\($0)" } + ["torch.sym_not"]
    return questions.contains(call.node.target) ? call.names.map { _ in nil } : nil
  }
}
