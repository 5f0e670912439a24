/// `Gather`: lines of the data along an axis; a movement where the indices are known, else chosen by data.
struct GatherRule: OperatorRule {
  /// The rule for indices that are known.
  static let fixed = MovementRule(.gathering, sizes: 1) { call in
    try call.gatherMovements()
  }

  var traits: OperatorTraits { Self.fixed.traits }

  private func isFixed(_ call: OperatorCall) -> Bool { call.has(1) && call.inputs[1]?.constant != nil }

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    if isFixed(call) { return try Self.fixed.outputs(call) }
    let data = try call.input(0)
    _ = try call.indexedBlocks()
    let axis = try call.axis(call.int("axis", default: 0), rank: data.shape.count)
    let shape = data.shape[..<axis] + (try call.shape(1)) + data.shape[(axis + 1)...]
    return [TensorSpec(data.elementType, Array(shape))]
  }

  func evaluate(_ call: OperatorCall) throws -> [Tensor]? { try Self.fixed.evaluate(call) }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    if isFixed(call) { return try Self.fixed.relations(call, outputs: outputs) }
    let rank = try call.shape(0).count
    let added = try call.shape(1).count - 1
    let axis = try call.axis(call.int("axis", default: 0), rank: rank)
    return (0..<rank).map { index in
      if index == axis {
        return .frozen([.input(0, axis: axis)], reason: "which of them it takes depends on the data")
      }
      return .same([.input(0, axis: index), .output(0, axis: index < axis ? index : index + added)])
    }
  }
}

/// `GatherElements` and `GatherND`: elements or blocks that indices name.
struct GatherElementsRule: OperatorRule {
  let traits = OperatorTraits.other(.value, .value)

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let data = try call.input(0)
    _ = try call.indexedBlocks()
    var shape = try call.shape(1)
    if call.node.op == "GatherND" {
      let named = call.int("batch_dims", default: 0) + shape.removeLast()
      shape += data.shape[named...]
    }
    return [TensorSpec(data.elementType, shape)]
  }

  func evaluate(_ call: OperatorCall) throws -> [Tensor]? {
    let spec = try outputs(call)[0]
    let blocks = try call.indexedBlocks()
    guard let offsets = blocks.offsets(try call.numbers(1)) else { throw call.outsideData() }
    let data = try call.constant(0).doubles
    let values = offsets.flatMap { data[$0..<($0 + blocks.blockLength)] }
    return [Tensor(spec.elementType, values, shape: spec.shape)]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    if call.node.op == "GatherND" {
      let named = call.int("batch_dims", default: 0) + (try call.shape(1).last ?? 0)
      let rank = try call.shape(0).count
      let lead = outputs[0].shape.count - rank
      let kept = (named..<max(named, rank)).map { axis -> ChannelRelation in
        .same([.input(0, axis: axis), .output(0, axis: axis + lead)])
      }
      let first = (0..<min(named, rank)).map { AxisReference.input(0, axis: $0) }
      return kept + [.frozen(first, reason: "its indices name them")]
    }
    return try call.keepingAll([0, 1], reason: "its indices name single elements")
  }
}

/// `ScatterND`, `ScatterElements` and the older `Scatter`: the data with some of their elements updated.
struct ScatterRule: OperatorRule {
  let traits = OperatorTraits.other(.value, .value, .value)

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let data = try call.input(0)
    let blocks = try call.indexedBlocks()
    _ = try call.scatterReduction()
    let expected: [Int]
    if call.node.op == "ScatterND" {
      let indices = try call.shape(1)
      expected = indices.dropLast() + data.shape[(indices.last ?? 0)...]
    } else {
      expected = try call.shape(1)
    }
    guard try call.shape(2) == expected, blocks.count.times(blocks.blockLength) == expected.elementCount
    else {
      throw call.invalid(
        "its updates have the shape \(try call.shape(2).shapeText) where its indices ask for \(expected.shapeText)"
      )
    }
    return [TensorSpec(data.elementType, data.shape)]
  }

  func evaluate(_ call: OperatorCall) throws -> [Tensor]? {
    let spec = try outputs(call)[0]
    let blocks = try call.indexedBlocks()
    let reduction = try call.scatterReduction()
    guard let offsets = blocks.offsets(try call.numbers(1)) else { throw call.outsideData() }
    var data = try call.constant(0).doubles
    let updates = try call.constant(2).doubles
    for (block, offset) in offsets.enumerated() {
      for index in 0..<blocks.blockLength {
        data[offset + index] = reduction(data[offset + index], updates[block * blocks.blockLength + index])
      }
    }
    return [Tensor(spec.elementType, data, shape: spec.shape)]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    let rank = try call.shape(0).count
    guard call.node.op == "ScatterND" else {
      return try call.keepingAll([0, 1, 2], reason: "its indices name single elements")
    }
    let width = try call.shape(1).last ?? 0
    let lead = try call.shape(2).count - rank
    let kept = (width..<max(width, rank)).map { axis -> ChannelRelation in
      .same([.input(0, axis: axis), .input(2, axis: axis + lead), .output(0, axis: axis)])
    }
    let first = (0..<min(width, rank)).map { AxisReference.input(0, axis: $0) }
    return kept + [.frozen(first, reason: "its indices name them")]
  }
}

extension OperatorTable {
  static let indexing: [String: any OperatorRule] = [
    "GatherElements": GatherElementsRule(), "GatherND": GatherElementsRule(), "ScatterND": ScatterRule(),
    "ScatterElements": ScatterRule(), "Scatter": ScatterRule(), "TopK": TopKRule(),
    "ArgMax": ArgumentRule(largest: true), "ArgMin": ArgumentRule(largest: false), "Hardmax": HardmaxRule(),
    "OneHot": OneHotRule(),
  ]
}
