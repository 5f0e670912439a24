/// An operator that moves the elements of one input: everything follows from its movements.
struct MovementRule: OperatorRule {
  let traits: OperatorTraits
  /// The movements that this node makes.
  let movements: @Sendable (OperatorCall) throws -> [Movement]

  /// - Parameter sizes: how many inputs behind the first say where the elements go.
  init(
    _ kind: OperatorRole.MovementKind, sizes: Int,
    _ movements: @escaping @Sendable (OperatorCall) throws -> [Movement]
  ) {
    traits = OperatorTraits(
      .movement(kind), operands: [.value] + [OperandRole](repeating: .size, count: sizes),
      keepsFirstAxis: false)
    self.movements = movements
  }

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let input = try call.input(0)
    var shape = input.shape
    for movement in try movements(call) {
      shape = try call.spec(input.elementType, movement.shape(from: shape)).shape
    }
    return [TensorSpec(input.elementType, shape)]
  }

  func evaluate(_ call: OperatorCall) throws -> [Tensor]? {
    let input = try call.constant(0)
    guard input.elementType != .string else { return nil }
    return [try movements(call).apply(to: input)]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    [.moved(input: 0, output: 0, by: try movements(call))]
  }
}

/// `Concat`: the inputs one after another along an axis.
struct ConcatRule: OperatorRule {
  let traits = OperatorTraits(.movement(.joining), operands: [.value], keepsFirstAxis: false)

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let first = try call.input(0)
    let axis = try call.axis(call.int("axis", default: 1), rank: first.shape.count)
    var shape = first.shape
    guard !shape.isEmpty else { throw call.invalid("its inputs are scalars") }
    shape[axis] = 0
    for number in call.inputs.indices {
      let input = try call.shape(number)
      guard input.count == shape.count,
        shape.indices.allSatisfy({ $0 == axis || input[$0] == first.shape[$0] })
      else {
        throw call.invalid(
          "its inputs of shapes \(first.shape.shapeText) and \(input.shapeText) differ outside axis \(axis)")
      }
      shape[axis] += input[axis]
    }
    return [TensorSpec(first.elementType, shape)]
  }

  func evaluate(_ call: OperatorCall) throws -> [Tensor]? {
    let spec = try outputs(call)[0]
    let axis = try call.axis(call.int("axis", default: 1), rank: spec.shape.count)
    var values = [Double](repeating: 0, count: spec.shape.elementCount)
    var start = 0
    for number in call.inputs.indices {
      let tensor = try call.constant(number)
      let source = tensor.doubles
      let copy = StridedCopy(
        extents: tensor.shape, sourceOffset: 0, sourceStrides: tensor.shape.denseStrides,
        destinationOffset: start * spec.shape.denseStrides[axis],
        destinationStrides: spec.shape.denseStrides)
      copy.forEachElement { values[$1] = source[$0] }
      start += tensor.shape[axis]
    }
    return [Tensor(spec.elementType, values, shape: spec.shape)]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    let axis = try call.axis(call.int("axis", default: 1), rank: outputs[0].shape.count)
    return [.joined(inputs: Array(call.inputs.indices), output: 0, axis: axis)]
  }
}

/// `Split`: consecutive pieces of an axis.
struct SplitRule: OperatorRule {
  let traits = OperatorTraits(.movement(.splitting), operands: [.value, .size], keepsFirstAxis: false)

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let input = try call.input(0)
    let (axis, sizes) = try call.splitSizes()
    return sizes.map { TensorSpec(input.elementType, input.shape.replacing(axis, with: $0)) }
  }

  func evaluate(_ call: OperatorCall) throws -> [Tensor]? {
    let input = try call.constant(0)
    return try call.splitMovements().map { [$0].apply(to: input) }
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    try call.splitMovements().enumerated().map { number, movement in
      .moved(input: 0, output: number, by: [movement])
    }
  }
}

extension OperatorTable {
  static let movements: [String: any OperatorRule] = [
    "Reshape": MovementRule(.regrouping, sizes: 1) { call in
      [.reshape(try call.reshapeTarget())]
    },
    "Flatten": MovementRule(.regrouping, sizes: 0) { call in
      [.reshape(try call.flattenedShape())]
    },
    "Squeeze": MovementRule(.regrouping, sizes: 1) { call in
      [.reshape(try call.squeezedShape())]
    },
    "Unsqueeze": MovementRule(.regrouping, sizes: 1) { call in
      [.reshape(try call.unsqueezedShape())]
    },
    "Transpose": MovementRule(.transposition, sizes: 0) { call in
      [.permute(try call.transposeOrder())]
    },
    "Slice": MovementRule(.slicing, sizes: 4) { call in try call.sliceMovements() },
    "Gather": GatherRule(),
    "Expand": MovementRule(.expansion, sizes: 1) { call in
      [.expand(try call.expandTarget())]
    },
    "Tile": MovementRule(.tiling, sizes: 2) { call in [.tile(try call.tileRepeats())] },
    "Pad": MovementRule(.padding, sizes: 3) { call in [try call.padMovement()] },
    "DepthToSpace": MovementRule(.blocking, sizes: 0) { call in
      try call.depthToSpaceMovements()
    },
    "SpaceToDepth": MovementRule(.blocking, sizes: 0) { call in
      try call.spaceToDepthMovements()
    },
    "CenterCropPad": MovementRule(.cropping, sizes: 1) { call in
      try call.centerCropPadMovements()
    },
    "Concat": ConcatRule(), "Split": SplitRule(),
  ]

  /// The movements that a node's operator makes of its first input, where it is one that only moves.
  package static func movements(of call: OperatorCall) throws -> [Movement]? {
    let known = movements[call.node.qualifiedOp]
    guard let rule = known is GatherRule ? GatherRule.fixed : known as? MovementRule else { return nil }
    return try rule.movements(call)
  }
}
