/// `Shape`: the extents of its input, known before the data are.
struct ShapeRule: ShapeReadingRule {
  let traits = OperatorTraits.other(.value)

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    [TensorSpec(.int64, [try extents(call).count])]
  }

  func evaluate(_ call: OperatorCall) throws -> [Tensor]? { [Tensor(try extents(call))] }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    try call.free(0)
  }

  private func extents(_ call: OperatorCall) throws -> [Int] {
    let shape = try call.shape(0)
    func bound(_ name: String, _ otherwise: Int) -> Int {
      let value = call.int(name, default: otherwise)
      return max(0, min(shape.count, value < 0 ? value + shape.count : value))
    }
    let (start, end) = (bound("start", 0), bound("end", shape.count))
    return start < end ? Array(shape[start..<end]) : []
  }
}

/// `Size`: the number of elements of its input.
struct SizeRule: ShapeReadingRule {
  let traits = OperatorTraits.other(.value)

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] { [TensorSpec(.int64, [])] }

  func evaluate(_ call: OperatorCall) throws -> [Tensor]? {
    [Tensor([try call.shape(0).elementCount], shape: [])]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    try call.free(0)
  }
}

/// `ConstantOfShape`: one value, repeated.
struct ConstantOfShapeRule: OperatorRule {
  let traits = OperatorTraits.other(.size)

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let shape = try call.numbers(0)
    guard shape.checkedElementCount != nil else { throw call.invalid("its shape is \(shape)") }
    return [TensorSpec(value(call).elementType, shape)]
  }

  func evaluate(_ call: OperatorCall) throws -> [Tensor]? {
    let spec = try outputs(call)[0]
    let element = value(call).doubles.first ?? 0
    return [
      Tensor(
        spec.elementType, [Double](repeating: element, count: spec.shape.elementCount), shape: spec.shape)
    ]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] { [] }

  private func value(_ call: OperatorCall) -> Tensor {
    if case .tensor(let tensor)? = call.node.attributes["value"] {
      tensor
    } else {
      Tensor([Float(0)], shape: [1])
    }
  }
}

/// `Range`: start, limit and step, all known.
struct RangeRule: OperatorRule {
  let traits = OperatorTraits.other(.size, .size, .size)

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    [TensorSpec(try call.input(0).elementType, [try steps(call).count])]
  }

  func evaluate(_ call: OperatorCall) throws -> [Tensor]? {
    let (start, step, count) = try steps(call)
    let values = (0..<count).map { index in start + Double(index) * step }
    return [Tensor(try call.input(0).elementType, values, shape: [count])]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] { [] }

  private func steps(_ call: OperatorCall) throws -> (start: Double, step: Double, count: Int) {
    guard let start = try call.constant(0).doubles.first, let limit = try call.constant(1).doubles.first,
      let step = try call.constant(2).doubles.first, step != 0
    else { throw call.invalid("its start, limit or step is missing or zero") }
    let count: Double = max(0, ((limit - start) / step).rounded(.up))
    guard count <= Double(SizeLimit.extent) else { throw call.invalid("it counts \(count) steps") }
    return (start, step, Int(cut: count))
  }
}

extension OperatorCall {
  /// No relation, and nothing frozen either: only the extents of the input are read, not its channels.
  func free(_ input: Int) throws -> [ChannelRelation] {
    try shape(input).indices.map { .same([.input(input, axis: $0)]) }
  }
}

extension OperatorTable {
  static let shapeArithmetic: [String: any OperatorRule] = [
    "Shape": ShapeRule(), "Size": SizeRule(), "ConstantOfShape": ConstantOfShapeRule(), "Range": RangeRule(),
  ]
}
