import Graph

extension PlanBuilder {
  /// A tensor of as many axes as asked for: leading axes of extent 1 are put before its own.
  func aligned(_ tensor: PlanTensor, rank: Int) throws -> PlanTensor {
    if tensor.shape.count >= rank { return tensor }
    return try reshaped(tensor, [Int](repeating: 1, count: rank - tensor.shape.count) + tensor.shape)
  }

  /// The operand in a layout that the frame can step through.
  func fitted(_ tensor: PlanTensor, to frame: Frame) throws -> PlanTensor {
    // Large operands are better moved once than read across their order.
    let isFull = tensor.shape == frame.layout.shape
    if isFull ? tensor.layout == frame.layout : frame.strides(of: tensor.layout) != nil { return tensor }
    let moved = try aligned(tensor, rank: frame.layout.shape.count)
    if frame.layout.isPlain { return try plain(moved) }
    return try reordered(
      moved, to: frame.layout.like(moved.shape, isFull ? nil : moved.layout.elementType))
  }

  /// Computes an expression of numbered operands that broadcast to a shape.
  ///
  /// - Parameter layout: that of the result; the operands' where `nil`.
  func map(
    _ label: String, _ operands: [PlanTensor], layout: Layout? = nil, shape: [Int],
    _ expression: ([Pointwise]) -> Pointwise
  ) throws -> PlanTensor {
    try map(label, operands, layout: layout, over: shape, to: shape, expression)
  }

  /// The same over a whole shape, with a result of another one: elements that fall on one place are summed there.
  func map(
    _ label: String, _ operands: [PlanTensor], layout: Layout? = nil, over whole: [Int], to shape: [Int],
    _ expression: ([Pointwise]) -> Pointwise
  ) throws -> PlanTensor {
    let result = expression(operands.indices.map { .operand(.tensor($0)) })
    return try compute(label, [(result, shape)], over: whole, layout: layout) { operand, _ in
      guard case .tensor(let number) = operand else { preconditionFailure("an operand that has no number") }
      return operands[number]
    }[0]
  }

  /// A tensor times another one that broadcasts to it.
  func multiplied(_ tensor: PlanTensor, by other: PlanTensor) throws -> PlanTensor {
    try map("Mul", [tensor, other], shape: tensor.shape) { $0[0] * $0[1] }
  }
}
