/// `Gemm`: A [M, K] · B [K, N] + C, either transposed first.
struct GemmRule: OperatorRule {
  let traits = OperatorTraits(
    .layer(
      LayerForm(
        window: nil, kernelAxis: { $0.transposes(1) ? 0 : 1 },
        isPlain: { call in
          !call.transposes(0) && call.float("alpha", default: 1) == 1 && call.float("beta", default: 1) == 1
        })), operands: [.value, .weight, .bias], keepsFirstAxis: false)

  func learnableInputs(_ call: OperatorCall) -> [Int] { [1, 2] }

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let (a, b) = (try call.input(0), try call.shape(1))
    guard a.shape.count == 2, b.count == 2 else {
      throw call.invalid("its inputs have the shapes \(a.shape.shapeText) and \(b.shapeText)")
    }
    let (m, k) = call.transposes(0) ? (a.shape[1], a.shape[0]) : (a.shape[0], a.shape[1])
    let (inner, n) = call.transposes(1) ? (b[1], b[0]) : (b[0], b[1])
    guard k == inner else {
      throw call.invalid("its input has \(k) features; its weight \(b.shapeText) expects \(inner)")
    }
    if call.has(2), try call.broadcast(try call.shape(2), [m, n]) != [m, n] {
      throw call.invalid("its bias has the shape \(try call.shape(2).shapeText) for \(n) outputs")
    }
    try call.requireOneElementType()
    return [TensorSpec(a.elementType, [m, n])]
  }

  func evaluate(_ call: OperatorCall) throws -> [Tensor]? {
    let spec = try outputs(call)[0]
    let (a, b) = (try call.constant(0), try call.constant(1))
    guard
      let product = FoldedProduct(
        call.transposes(0) ? a.transposed : a, call.transposes(1) ? b.transposed : b)
    else { return nil }
    let alpha = Double(call.float("alpha", default: 1))
    var elements = product.elements.map { alpha * $0 }
    if call.has(2) {
      let beta = Double(call.float("beta", default: 1))
      let shift = try call.constant(2)
      let values = shift.doubles
      let strides = shift.shape.broadcastStrides(to: spec.shape)
      for index in elements.indices {
        let (row, column) = index.quotientAndRemainder(dividingBy: spec.shape[1])
        elements[index] += beta * values[row * strides[0] + column * strides[1]]
      }
    }
    return [Tensor(spec.elementType, elements, shape: spec.shape)]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    let (rows, features) = call.transposes(0) ? (1, 0) : (0, 1)
    let (inner, outer) = call.transposes(1) ? (1, 0) : (0, 1)
    var kernels: [AxisReference] = [.input(1, axis: outer), .output(0, axis: 1)]
    if call.has(2), let last = try call.shape(2).last, last == outputs[0].shape[1] {
      kernels.append(.input(2, axis: try call.shape(2).count - 1))
    }
    return [
      .same(kernels), .contracted([.input(0, axis: features), .input(1, axis: inner)]),
      .same([.input(0, axis: rows), .output(0, axis: 0)]),
    ]
  }

  func multiplyAccumulates(_ call: OperatorCall, outputs: [TensorSpec]) -> Int {
    guard let a = try? call.shape(0), a.count == 2, let output = outputs.first else { return 0 }
    return output.shape.elementCount.times(call.transposes(0) ? a[0] : a[1])
  }
}

extension OperatorCall {
  /// Whether a `Gemm` transposes its first (0) or second (1) input.
  package func transposes(_ input: Int) -> Bool { int(input == 0 ? "transA" : "transB", default: 0) != 0 }
}

/// `MatMul`: numpy's, with leading axes broadcast.
struct MatMulRule: OperatorRule {
  /// A constant is a weight on either side; a layer has it on the right.
  let traits = OperatorTraits(
    .layer(
      LayerForm(
        window: nil, kernelAxis: { ($0.inputs[safe: 1]??.shape.count ?? 2) - 1 }, isPlain: { _ in true })),
    operands: [.weight, .weight], keepsFirstAxis: false)

  func learnableInputs(_ call: OperatorCall) -> [Int] { [0, 1] }

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let (a, b) = (try call.input(0), try call.shape(1))
    guard let shape = try Self.shape(call, a.shape, b) else {
      throw call.invalid("the shapes \(a.shape.shapeText) and \(b.shapeText) cannot be multiplied")
    }
    try call.requireOneElementType()
    return [TensorSpec(a.elementType, shape)]
  }

  private static func shape(_ call: OperatorCall, _ a: [Int], _ b: [Int]) throws -> [Int]? {
    guard !a.isEmpty, !b.isEmpty else { return nil }
    let left = a.count == 1 ? [1] + a : a
    let right = b.count == 1 ? b + [1] : b
    guard left.last == right[right.count - 2] else { return nil }
    let lead = try call.broadcast(Array(left.dropLast(2)), Array(right.dropLast(2)))
    return lead + (a.count == 1 ? [] : [left[left.count - 2]])
      + (b.count == 1 ? [] : [right[right.count - 1]])
  }

  func evaluate(_ call: OperatorCall) throws -> [Tensor]? {
    let spec = try outputs(call)[0]
    guard let product = FoldedProduct(try call.constant(0), try call.constant(1)) else { return nil }
    return [Tensor(spec.elementType, product.elements, shape: spec.shape)]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    let (a, b, y) = (try call.shape(0), try call.shape(1), outputs[0].shape)
    var relations: [ChannelRelation] = [
      .contracted([.input(0, axis: a.count - 1), .input(1, axis: max(0, b.count - 2))])
    ]
    if b.count > 1 { relations.append(.same([.input(1, axis: b.count - 1), .output(0, axis: y.count - 1)])) }
    if a.count > 1 {
      relations.append(
        .same([.input(0, axis: a.count - 2), .output(0, axis: y.count - (b.count > 1 ? 2 : 1))]))
    }
    let lead = y.count - (a.count > 1 ? 1 : 0) - (b.count > 1 ? 1 : 0)
    for axis in 0..<max(0, lead) {
      var same: [AxisReference] = [.output(0, axis: axis)]
      let left = axis - (lead - (a.count - 2))
      let right = axis - (lead - (b.count - 2))
      if a.count > 2, left >= 0, a[left] == y[axis] { same.append(.input(0, axis: left)) }
      if b.count > 2, right >= 0, b[right] == y[axis] { same.append(.input(1, axis: right)) }
      if same.count > 1 { relations.append(.same(same)) }
    }
    return relations
  }

  func multiplyAccumulates(_ call: OperatorCall, outputs: [TensorSpec]) -> Int {
    guard let a = try? call.shape(0), let output = outputs.first else { return 0 }
    return output.shape.elementCount.times(a.last ?? 0)
  }
}

extension OperatorTable {
  static let linearAlgebra: [String: any OperatorRule] = ["Gemm": GemmRule(), "MatMul": MatMulRule()]
}
