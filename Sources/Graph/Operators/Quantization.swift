extension OperatorCall {
  /// The axis of `QuantizeLinear` and `DequantizeLinear` whose channels (or blocks of them) have a scale each;
  /// `nil` where one scale serves all.
  package func quantizationAxis() throws -> Int? {
    let (shape, scale) = (try shape(0), try shape(1))
    let block = int("block_size", default: 0)
    guard block >= 0 else { throw invalid("its block_size is \(block)") }
    // Exporters leave an axis beside a single scale that the tensor does not have.
    if block == 0, scale.isEmpty || scale == [1] { return nil }
    let axis = try axis(int("axis", default: 1), rank: shape.count)
    guard !shape.isEmpty else {
      throw invalid("its input is a scalar with a scale of shape \(scale.shapeText)")
    }
    var expected = [shape[axis]]
    if block > 0 { expected = shape.replacing(axis, with: (shape[axis] + block - 1) / block) }
    guard scale == expected else {
      throw invalid("its scale has the shape \(scale.shapeText) instead of \(expected.shapeText)")
    }
    return axis
  }

  /// How scale and zero point come to broadcast against the first input.
  package func quantizationMovements() throws -> [Movement] {
    let shape = try shape(0)
    let ones = [Int](repeating: 1, count: shape.count)
    guard let axis = try quantizationAxis() else { return [.reshape(ones)] }
    let block = int("block_size", default: 0)
    if block == 0 { return [.reshape(ones.replacing(axis, with: shape[axis]))] }
    let scale = try self.shape(1)
    var split = scale
    split.insert(1, at: axis + 1)
    let (whole, spread) = (scale[axis].times(block), split.replacing(axis + 1, with: block))
    guard spread.checkedElementCount != nil else { throw invalid("its block_size is \(block)") }
    return [
      .reshape(split), .expand(spread), .reshape(scale.replacing(axis, with: whole)),
      .narrow(axis: axis, start: 0, count: shape[axis], step: 1),
    ]
  }

  /// The integers that a quantizing node makes.
  ///
  /// - Parameter zeroPoint: the input whose type says it; without one, the attribute `output_dtype` or uint8.
  func quantizedType(zeroPoint: Int) throws -> ElementType {
    var type = has(zeroPoint) ? try input(zeroPoint).elementType : .uint8
    if !has(zeroPoint), let number = ints("output_dtype")?.first, number != 0 {
      guard let named = ElementType(onnxNumber: number) else {
        throw invalid("its output_dtype is \(number)")
      }
      type = named
    }
    guard type.quantizedRange != nil else { throw invalid("it makes elements of the type \(type.rawValue)") }
    return type
  }
}

extension ElementType {
  /// What quantized values of the type lie between.
  package var quantizedRange: ClosedRange<Double>? {
    switch self {
    case .int8: -128...127
    case .uint8: 0...255
    case .int16: -32768...32767
    case .uint16: 0...65535
    default: nil
    }
  }
}

/// `QuantizeLinear` and `DequantizeLinear`: one scale for all, one a channel, or one a block of channels.
struct QuantizationRule: OperatorRule {
  let quantizes: Bool

  var traits: OperatorTraits {
    OperatorTraits(
      .recoding(quantizes ? .quantization : .dequantization), operands: [.value, .value, .value],
      keepsFirstAxis: false)
  }

  func learnableInputs(_ call: OperatorCall) -> [Int] { quantizes ? [] : [0] }

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let input = try call.input(0)
    _ = try call.quantizationAxis()
    let (scales, zeros) = (try call.shape(1), call.has(2) ? try call.shape(2) : [])
    if zeros != scales, zeros.elementCount != 1 {
      throw call.invalid("its zero point and its scale differ in shape")
    }
    let scale = try call.input(1).elementType
    let type = try quantizes ? call.quantizedType(zeroPoint: 2) : scale
    return [TensorSpec(type, input.shape)]
  }

  func evaluate(_ call: OperatorCall) throws -> [Tensor]? {
    let input = try call.constant(0)
    let spec = try outputs(call)[0]
    let movements = try call.quantizationMovements() + [.expand(input.shape)]
    let scales = movements.apply(to: try call.constant(1).converted(to: .float64)).doubles
    var zeros = [Double](repeating: 0, count: scales.count)
    if call.has(2) {
      let zero = try call.constant(2)
      let own: [Movement] =
        zero.shape == (try call.shape(1)) ? movements : [.reshape([]), .expand(input.shape)]
      zeros = own.apply(to: zero).doubles
    }
    let values = input.doubles
    if !quantizes {
      return [
        Tensor(
          spec.elementType, values.indices.map { (values[$0] - zeros[$0]) * scales[$0] }, shape: spec.shape)
      ]
    }
    let range = spec.elementType.quantizedRange ?? 0...255
    let quantized = values.indices.map { index in
      let level = (values[index] / scales[index]).rounded(.toNearestOrEven) + zeros[index]
      return max(range.lowerBound, min(range.upperBound, level))
    }
    return [Tensor(spec.elementType, quantized, shape: spec.shape)]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    let scaled = try call.quantizationAxis()
    let isBlocked = call.int("block_size", default: 0) > 0
    let parameters = (1...2).filter { number in
      call.has(number) && call.inputs[number]?.shape == call.inputs[1]?.shape
    }
    var relations: [ChannelRelation] = []
    for axis in outputs[0].shape.indices {
      var same: [AxisReference] = [.input(0, axis: axis), .output(0, axis: axis)]
      if let scaled, isBlocked, axis != scaled { same += parameters.map { .input($0, axis: axis) } }
      if axis == scaled, !isBlocked { same += parameters.map { .input($0, axis: 0) } }
      relations.append(.same(same))
      if axis == scaled, isBlocked {
        relations.append(.frozen([.input(0, axis: axis)], reason: "blocks of them share a scale"))
      }
    }
    return relations
  }
}

/// `DynamicQuantizeLinear`: scale and zero point follow from the data.
struct DynamicQuantizationRule: OperatorRule {
  let traits = OperatorTraits.other(.value)

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let all = [
      TensorSpec(.uint8, try call.shape(0)), TensorSpec(try call.input(0).elementType, []),
      TensorSpec(.uint8, []),
    ]
    return Array(all.prefix(call.node.outputs.count))
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    let axes = try call.shape(0).indices
    return axes.map { .same([.input(0, axis: $0), .output(0, axis: $0)]) }
      + axes.map { .inexact([.input(0, axis: $0)], reason: "its scale follows from the largest of them") }
  }
}

/// `ConvInteger`, `QLinearConv`, `MatMulInteger`, `QLinearMatMul`: the operator on integers that zero points
/// are taken from, with scales where it has them.
package struct QuantizedProduct: Sendable {
  /// The inputs with the factors.
  package let first, second: Int
  /// The input with a bias, for operators that can have one.
  package let bias: Int?
  /// Zero points of the factors.
  package let firstZero, secondZero: Int
  /// The scales of the factors and of the result, and the result's zero point; `nil` where sums stay integers.
  package let scales: (first: Int, second: Int, result: Int, zero: Int)?
  /// Whether it is a convolution rather than a matrix product.
  package let isConvolution: Bool

  /// The form of a node's operator; `nil` for others.
  package init?(_ op: String) {
    switch op {
    case "ConvInteger", "MatMulInteger":
      (first, second, bias, firstZero, secondZero, scales) = (0, 1, nil, 2, 3, nil)
    case "QLinearConv", "QLinearMatMul":
      (first, second, firstZero, secondZero) = (0, 3, 2, 5)
      bias = op == "QLinearConv" ? 8 : nil
      scales = (1, 4, 6, 7)
    default: return nil
    }
    isConvolution = op.contains("Conv")
  }

  /// The same node as the operator on floating-point numbers sees it: both factors and the bias.
  package func plainCall(_ call: OperatorCall) throws -> OperatorCall {
    var inputs: [TensorSpec?] = []
    for number in [first, second] + (bias.map { call.has($0) ? [$0] : [] } ?? []) {
      inputs.append(TensorSpec(.float32, try call.shape(number)))
    }
    return OperatorCall(node: call.node, opset: call.opset, inputs: inputs)
  }
}

/// The rule of the products of integers.
struct QuantizedProductRule: OperatorRule {
  /// Its kernels are integers: no layer that is scored or trained.
  let traits = OperatorTraits.other(.value)
  let form: QuantizedProduct
  let product: any OperatorRule

  init(_ op: String) {
    form = QuantizedProduct(op)!
    product = form.isConvolution ? ConvolutionRule() : MatMulRule()
  }

  func learnableInputs(_ call: OperatorCall) -> [Int] { [form.second] + (form.bias.map { [$0] } ?? []) }

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let shape = try product.outputs(form.plainCall(call))[0].shape
    try checkParameters(call)
    guard let scales = form.scales else { return [TensorSpec(.int32, shape)] }
    return [TensorSpec(try call.quantizedType(zeroPoint: scales.zero), shape)]
  }

  /// Scales and zero points are one number, one a row of the first or a column of the second matrix (also as
  /// tensors that broadcast to them), or one a kernel.
  private func checkParameters(_ call: OperatorCall) throws {
    let (first, second) = (try call.shape(form.first), try call.shape(form.second))
    let areMatrices = !form.isConvolution && min(first.count, second.count) >= 2
    func check(_ number: Int?, against operand: [Int], along axis: Int?) throws {
      guard let number, call.has(number) else { return }
      let shape = try call.shape(number)
      if shape.count <= 1, shape.elementCount == 1 { return }
      if let axis {
        if shape == [operand[axis]] { return }
        if areMatrices, shape.count == operand.count,
          shape.indices.allSatisfy({
            shape[$0] == 1 || (shape[$0] == operand[$0] && $0 != 2 * operand.count - 3 - axis)
          })
        {
          return
        }
      }
      throw call.invalid("its input \(number) has the shape \(shape.shapeText)")
    }
    let row = areMatrices ? first.count - 2 : nil
    let column = form.isConvolution ? 0 : (areMatrices ? second.count - 1 : nil)
    try check(form.firstZero, against: first, along: row)
    try check(form.scales?.first, against: first, along: row)
    try check(form.secondZero, against: second, along: column)
    try check(form.scales?.second, against: second, along: column)
    try check(form.scales?.result, against: [], along: nil)
    try check(form.scales?.zero, against: [], along: nil)
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    let numbers = [form.first, form.second, form.bias ?? 0]
    func moved(_ axis: AxisReference) -> AxisReference {
      if case .input(let number) = axis.operand { .input(numbers[number], axis: axis.axis) } else { axis }
    }
    let relations = try product.relations(form.plainCall(call), outputs: outputs)
    let moving = relations.map { relation -> ChannelRelation in
      switch relation {
      case .same(let axes): .same(axes.map(moved))
      case .contracted(let axes): .contracted(axes.map(moved))
      case .grouped(let input, let inner, let output, let groups):
        .grouped(input: moved(input), inner: moved(inner), output: output.map(moved), groups: groups)
      case .frozen(let axes, let reason): .frozen(axes.map(moved), reason: reason)
      case .inexact(let axes, let reason): .inexact(axes.map(moved), reason: reason)
      case .elementwise, .moved, .joined, .normalized: relation
      }
    }
    // Scales and zero points of the weight's kernels, where each has its own.
    let weight = try call.shape(form.second)
    let kernels = form.isConvolution ? 0 : weight.count - 1
    let parameters = [form.secondZero, form.scales?.second].compactMap { $0 }.compactMap {
      number -> AxisReference? in
      guard call.has(number), let shape = call.inputs[number]?.shape, let index = shape.indices.last,
        shape.elementCount > 1, shape[form.isConvolution ? 0 : index] == weight[kernels]
      else { return nil }
      return .input(number, axis: form.isConvolution ? 0 : index)
    }
    guard !parameters.isEmpty else { return moving }
    return moving + [.same([.input(form.second, axis: kernels)] + parameters)]
  }

  func multiplyAccumulates(_ call: OperatorCall, outputs: [TensorSpec]) -> Int {
    guard let plain = try? form.plainCall(call) else { return 0 }
    return product.multiplyAccumulates(plain, outputs: outputs)
  }
}

extension OperatorTable {
  static let quantization: [String: any OperatorRule] = [
    "QuantizeLinear": QuantizationRule(quantizes: true),
    "DequantizeLinear": QuantizationRule(quantizes: false),
    "DynamicQuantizeLinear": DynamicQuantizationRule(), "ConvInteger": QuantizedProductRule("ConvInteger"),
    "MatMulInteger": QuantizedProductRule("MatMulInteger"),
    "QLinearConv": QuantizedProductRule("QLinearConv"),
    "QLinearMatMul": QuantizedProductRule("QLinearMatMul"),
  ]
}
