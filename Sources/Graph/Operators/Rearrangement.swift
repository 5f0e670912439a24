/// `Trilu`: the upper or lower triangle of each matrix, zeros elsewhere.
struct TriangleRule: OperatorRule {
  let traits = OperatorTraits.other(.value, .size)

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let input = try call.input(0)
    guard input.shape.count >= 2 else { throw call.invalid("its input is no matrix") }
    return [TensorSpec(input.elementType, input.shape)]
  }

  func evaluate(_ call: OperatorCall) throws -> [Tensor]? {
    let input = try call.constant(0)
    guard input.elementCount > 0 else { return [input] }
    let mask = try call.triangle()
    let values = input.doubles.enumerated().map { mask[$0 % mask.count] ? $1 : 0 }
    return [Tensor(input.elementType, values, shape: input.shape)]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    let shape = try call.shape(0)
    return shape.indices.map { axis in
      axis < shape.count - 2
        ? .same([.input(0, axis: axis), .output(0, axis: axis)])
        : .frozen([.input(0, axis: axis)], reason: "it keeps a triangle of them")
    }
  }
}

/// `EyeLike`: ones on a diagonal, known from the shape of its input.
struct EyeRule: ShapeReadingRule {
  let traits = OperatorTraits.other(.value)

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let input = try call.input(0)
    guard input.shape.count == 2 else {
      throw call.invalid("its input of shape \(input.shape.shapeText) is no matrix")
    }
    var type = input.elementType
    if call.node.attributes["dtype"] != nil {
      guard let known = ElementType(onnxNumber: call.int("dtype", default: 0)), known != .string else {
        throw call.invalid("its data type is number \(call.int("dtype", default: 0))")
      }
      type = known
    }
    return [TensorSpec(type, input.shape)]
  }

  func evaluate(_ call: OperatorCall) throws -> [Tensor]? {
    let spec = try outputs(call)[0]
    let diagonal = call.int("k", default: 0)
    let columns = spec.shape[1]
    let values = (0..<spec.shape.elementCount).map { index -> Double in
      index % columns - index / columns == diagonal ? 1 : 0
    }
    return [Tensor(spec.elementType, values, shape: spec.shape)]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    try call.free(0)
  }
}

/// `ReverseSequence`: the first elements of each line in reverse, as many as the data say.
struct ReverseSequenceRule: OperatorRule {
  let traits = OperatorTraits.other(.value, .size)

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let input = try call.input(0)
    let (batch, _) = try call.reversedAxes()
    guard try call.shape(1) == [input.shape[batch]] else {
      throw call.invalid("it has \(try call.shape(1).shapeText) lengths for a batch of \(input.shape[batch])")
    }
    return [TensorSpec(input.elementType, input.shape)]
  }

  func evaluate(_ call: OperatorCall) throws -> [Tensor]? {
    let input = try call.constant(0)
    let (batch, time) = try call.reversedAxes()
    let lengths = try call.numbers(1)
    guard lengths.allSatisfy({ 0...input.shape[time] ~= $0 }) else { throw call.outsideData() }
    let strides = input.shape.denseStrides
    let values = input.doubles
    let result = values.indices.map { index -> Double in
      let step = index / strides[time] % input.shape[time]
      let length = lengths[index / strides[batch] % input.shape[batch]]
      return step < length ? values[index + (length - 1 - 2 * step) * strides[time]] : values[index]
    }
    return [Tensor(input.elementType, result, shape: input.shape)]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    let (batch, time) = try call.reversedAxes()
    return try call.shape(0).indices.map { axis in
      axis == batch || axis == time
        ? .frozen([.input(0, axis: axis)], reason: "it turns them round")
        : .same([.input(0, axis: axis), .output(0, axis: axis)])
    }
  }
}

/// `Col2Im`: patches [N, C·patch, L] summed to where they came from, [N, C, …].
struct PatchSumRule: OperatorRule {
  let traits = OperatorTraits.other(.value, .size, .size)

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let input = try call.input(0)
    let patches = try call.patches()
    return [
      TensorSpec(
        input.elementType,
        [input.shape[0], input.shape[1] / patches.window.kernel.elementCount] + patches.image)
    ]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    try call.keepingAll([0], reason: "each of its channels is a position of a patch")
  }
}

extension OperatorCall {
  /// For each element of the last two axes of a `Trilu`, whether it stays.
  package func triangle() throws -> [Bool] {
    let shape = try shape(0)
    let (rows, columns) = (shape[shape.count - 2], shape[shape.count - 1])
    let given = has(1) ? try numbers(1).first ?? 0 : 0
    let diagonal = max(-rows - columns, min(rows + columns, given))
    let keepsUpper = int("upper", default: 1) != 0
    return (0..<rows * columns).map { index in
      let distance = index % columns - index / columns
      return keepsUpper ? distance >= diagonal : distance <= diagonal
    }
  }

  /// The axes of a `ReverseSequence`: that of the examples and that which is turned round.
  package func reversedAxes() throws -> (batch: Int, time: Int) {
    let rank = try shape(0).count
    let batch = try axis(int("batch_axis", default: 1), rank: rank)
    let time = try axis(int("time_axis", default: 0), rank: rank)
    guard rank >= 2, batch != time else { throw invalid("its two axes are one") }
    return (batch, time)
  }

  /// The window with which the patches of a `Col2Im` were cut, and the image that they make up.
  package func patches() throws -> (window: SlidingWindow, image: [Int]) {
    let shape = try shape(0)
    let (image, kernel) = (try numbers(1), try numbers(2))
    guard shape.count == 3, image.count == kernel.count, let size = kernel.checkedElementCount, size > 0,
      image.allSatisfy({ $0 > 0 }), image.checkedElementCount != nil, shape[1] % size == 0
    else {
      throw invalid("patches of \(kernel) in \(shape.shapeText) columns do not make up an image of \(image)")
    }
    let window = try slidingWindow(over: image, kernel: kernel)
    guard window.outputExtents(image).elementCount == shape[2] else {
      throw invalid(
        "it has \(shape[2]) patches where its window takes \(window.outputExtents(image)) positions")
    }
    return (window, image)
  }

  func centerCropPadMovements() throws -> [Movement] {
    let shape = try shape(0)
    let target = try numbers(1)
    let axes = try (ints("axes") ?? Array(shape.indices)).map { value in
      try axis(value, rank: shape.count)
    }
    guard target.count == axes.count, target.allSatisfy({ 1...(1 << 24) ~= $0 }) else {
      throw invalid("its target is \(target) for \(axes.count) axes")
    }
    var before = [Int](repeating: 0, count: shape.count)
    var after = before
    for (axis, extent) in zip(axes, target) {
      // Of an odd number the smaller half goes before (crop and pad alike).
      let change = extent - shape[axis]
      before[axis] = change / 2
      after[axis] = change - change / 2
    }
    return [.pad(before: before, after: after, mode: .constant(0))]
  }
}

extension OperatorTable {
  private static let isInfinite = UnaryRule(
    traits: .other(.value),
    function: { call in
      let negative = call.int("detect_negative", default: 1) != 0
      let positive = call.int("detect_positive", default: 1) != 0
      return { ($0 == .infinity && positive) || ($0 == -.infinity && negative) ? 1 : 0 }
    }, result: .bool)

  static let rearrangements: [String: any OperatorRule] = [
    "Trilu": TriangleRule(), "EyeLike": EyeRule(), "ReverseSequence": ReverseSequenceRule(),
    "Col2Im": PatchSumRule(), "IsInf": isInfinite, "CastLike": PassThroughRule.castLike,
  ]
}
