/// `BatchNormalization`: input [N, C, …] with scale, shift, mean and variance [C].
struct BatchNormalizationRule: OperatorRule {
  func learnableInputs(_ call: OperatorCall) -> [Int] { [1, 2] }

  func outputs(_ call: OperatorCall) throws(GraphError) -> [TensorSpec] {
    let input = try call.input(0)
    guard input.shape.count >= 2 else { throw call.invalid("an input of shape \(input.shape.shapeText)") }
    for number in 1...4 where try call.shape(number) != [input.shape[1]] {
      throw call.invalid(
        "its input has \(input.shape[1]) channels, its parameter \(number) the shape \(try call.shape(number).shapeText)"
      )
    }
    let statistics = TensorSpec(input.elementType, [input.shape[1]])
    return [TensorSpec(input.elementType, input.shape)]
      + [TensorSpec](repeating: statistics, count: max(0, call.node.outputs.count - 1))
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws(GraphError) -> [ChannelRelation] {
    let parameters = (1...4).map { AxisReference.input($0, axis: 0) }
    let statistics = outputs.indices.dropFirst().map { AxisReference.output($0, axis: 0) }
    return [.same([.input(0, axis: 1), .output(0, axis: 1)] + parameters + statistics)]
      + (2..<max(2, try call.shape(0).count)).map { axis in
        .same([.input(0, axis: axis), .output(0, axis: axis)])
      }
  }
}

/// `InstanceNormalization`: as batch normalization, over the space of each example.
struct InstanceNormalizationRule: OperatorRule {
  func learnableInputs(_ call: OperatorCall) -> [Int] { [1, 2] }

  func outputs(_ call: OperatorCall) throws(GraphError) -> [TensorSpec] {
    let input = try call.input(0)
    guard input.shape.count >= 3, try call.shape(1) == [input.shape[1]], try call.shape(2) == [input.shape[1]]
    else { throw call.invalid("its parameters do not fit its input of shape \(input.shape.shapeText)") }
    return [TensorSpec(input.elementType, input.shape)]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws(GraphError) -> [ChannelRelation] {
    let rank = try call.shape(0).count
    return [.same([.input(0, axis: 1), .output(0, axis: 1), .input(1, axis: 0), .input(2, axis: 0)])]
      + (2..<rank).flatMap { axis -> [ChannelRelation] in
        [
          .same([.input(0, axis: axis), .output(0, axis: axis)]),
          .inexact([.input(0, axis: axis)], reason: "its statistics run over them"),
        ]
      }
  }
}

/// `LayerNormalization` over the last axes from `axis` on.
struct LayerNormalizationRule: OperatorRule {
  func learnableInputs(_ call: OperatorCall) -> [Int] { [1, 2] }

  func outputs(_ call: OperatorCall) throws(GraphError) -> [TensorSpec] {
    let input = try call.input(0)
    let axis = try call.axis(call.int("axis", default: -1), rank: input.shape.count)
    guard try call.broadcast(try call.shape(1), input.shape) == input.shape else {
      throw call.invalid("its scale does not fit its input of shape \(input.shape.shapeText)")
    }
    let statistics = TensorSpec(
      .float32, input.shape[..<axis] + [Int](repeating: 1, count: input.shape.count - axis))
    return [TensorSpec(input.elementType, input.shape)]
      + [TensorSpec](repeating: statistics, count: max(0, call.node.outputs.count - 1))
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws(GraphError) -> [ChannelRelation] {
    let rank = try call.shape(0).count
    let axis = try call.axis(call.int("axis", default: -1), rank: rank)
    return [
      .elementwise(inputs: Array(call.inputs.indices), outputs: [0]),
      .inexact((axis..<rank).map { .input(0, axis: $0) }, reason: "its statistics run over them"),
    ]
  }
}

/// `Softmax`, `LogSoftmax`: every element of an axis depends on all of them.
struct SoftmaxRule: OperatorRule {
  func outputs(_ call: OperatorCall) throws(GraphError) -> [TensorSpec] {
    let input = try call.input(0)
    _ = try Self.axes(call, rank: input.shape.count)
    return [TensorSpec(input.elementType, input.shape)]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws(GraphError) -> [ChannelRelation] {
    let axes = try Self.axes(call, rank: outputs[0].shape.count)
    return [
      .elementwise(inputs: [0], outputs: [0]),
      .pinned(axes.map { .input(0, axis: $0) }, reason: "it normalises over them"),
    ]
  }

  /// Before opset 13 all axes from the given one on are one axis.
  static func axes(_ call: OperatorCall, rank: Int) throws(GraphError) -> Range<Int> {
    let axis = try call.axis(call.int("axis", default: call.opset < 13 ? 1 : -1), rank: rank)
    return axis..<(call.opset < 13 ? rank : axis + 1)
  }
}

extension OperatorCall {
  /// The axes that a `Softmax` or `LogSoftmax` normalises over, as one.
  public func softmaxAxes() throws(GraphError) -> Range<Int> {
    try SoftmaxRule.axes(self, rank: try shape(0).count)
  }
}

/// `ReduceMean`, `ReduceSum`, `ReduceMax` …: some axes become one element.
struct ReductionRule: OperatorRule {
  /// What the reduction does to a list of elements; `nil` for those that are never folded.
  var function: (@Sendable ([Double]) -> Double)?

  func outputs(_ call: OperatorCall) throws(GraphError) -> [TensorSpec] {
    let input = try call.input(0)
    let axes = try call.reducedAxes()
    let keeps = call.int("keepdims", default: 1) != 0
    let shape = input.shape.indices.compactMap { axis in
      axes.contains(axis) ? (keeps ? 1 : nil) : input.shape[axis]
    }
    return [TensorSpec(input.elementType, shape)]
  }

  func evaluate(_ call: OperatorCall) throws(GraphError) -> [Tensor]? {
    guard let function else { return nil }
    let input = try call.constant(0)
    let spec = try outputs(call)[0]
    let axes = try call.reducedAxes()
    let kept = input.shape.indices.map { axes.contains($0) ? 1 : input.shape[$0] }
    var buckets = [[Double]](repeating: [], count: kept.elementCount)
    let strides = kept.denseStrides.enumerated().map { axes.contains($0) ? 0 : $1 }
    let values = input.doubles
    StridedCopy(
      extents: input.shape, sourceOffset: 0, sourceStrides: input.shape.denseStrides, destinationOffset: 0,
      destinationStrides: strides
    ).forEachElement { buckets[$1].append(values[$0]) }
    return [Tensor(spec.elementType, buckets.map(function), shape: spec.shape)]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws(GraphError) -> [ChannelRelation] {
    let axes = try call.reducedAxes()
    let keeps = call.int("keepdims", default: 1) != 0
    var place = 0
    var relations: [ChannelRelation] = []
    for axis in try call.shape(0).indices {
      if axes.contains(axis) {
        place += keeps ? 1 : 0
        relations.append(.pinned([.input(0, axis: axis)], reason: "it reduces over them"))
      } else {
        relations.append(.same([.input(0, axis: axis), .output(0, axis: place)]))
        place += 1
      }
    }
    return relations
  }
}

extension OperatorCall {
  /// The axes that a reduction reduces, from its attribute or its input, resolved.
  public func reducedAxes() throws(GraphError) -> Set<Int> {
    let rank = try shape(0).count
    if let axes = try axes(input: 1, rank: rank), !axes.isEmpty { return Set(axes) }
    return int("noop_with_empty_axes", default: 0) != 0 ? [] : Set(0..<rank)
  }
}

extension OperatorTable {
  static let normalizations: [String: any OperatorRule] = [
    "BatchNormalization": BatchNormalizationRule(), "InstanceNormalization": InstanceNormalizationRule(),
    "LayerNormalization": LayerNormalizationRule(), "Softmax": SoftmaxRule(), "LogSoftmax": SoftmaxRule(),
    "ReduceMean": ReductionRule { $0.reduce(0, +) / Double(max(1, $0.count)) },
    "ReduceSum": ReductionRule { $0.reduce(0, +) }, "ReduceProd": ReductionRule { $0.reduce(1, *) },
    "ReduceMax": ReductionRule { $0.max() ?? -.infinity },
    "ReduceMin": ReductionRule { $0.min() ?? .infinity },
    "ReduceL1": ReductionRule { $0.reduce(0) { $0 + abs($1) } },
    "ReduceL2": ReductionRule { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() },
    "ReduceSumSquare": ReductionRule { $0.reduce(0) { $0 + $1 * $1 } },
    "ReduceLogSum": ReductionRule(), "ReduceLogSumExp": ReductionRule(),
  ]
}
