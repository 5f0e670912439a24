/// What the first operator sets say otherwise about operands that broadcast.
extension OperatorCall {
  /// The operators of two operands whose second one was placed by an attribute before opset 7.
  private static let placed: Set<String> = [
    "Add", "Sub", "Mul", "Div", "Pow", "And", "Or", "Xor", "Equal", "Greater", "Less",
  ]

  /// The shape under which an input broadcasts, aligned from the right.
  ///
  /// It is the input's own since opset 7. Before, the attribute `axis` of a second operand said where its first
  /// axis lies among those of the first one, and the slope of a `PRelu` lay along the channels.
  package func broadcastShape(of number: Int) throws -> [Int] {
    let own = try shape(number)
    guard opset < 7, number == 1, node.domain.isEmpty || node.domain == "ai.onnx" else { return own }
    let rank = try shape(0).count
    if node.op == "PRelu", own.count == 1, own != [1], rank > 2 {
      return own + [Int](repeating: 1, count: rank - 2)
    }
    guard Self.placed.contains(node.op), int("broadcast", default: 0) != 0, let axis = ints("axis")?.first,
      !own.isEmpty
    else { return own }
    let start = try self.axis(axis, rank: rank)
    guard start + own.count <= rank else {
      throw invalid(
        "its second input of shape \(own.shapeText) does not fit behind axis \(axis) of its first")
    }
    return own + [Int](repeating: 1, count: rank - start - own.count)
  }

  /// Which channels of inputs that broadcast against each other are the same.
  func broadcastRelations(outputs: [TensorSpec]) throws -> [ChannelRelation] {
    var isPlaced = false
    for number in inputs.indices where try broadcastShape(of: number) != shape(number) { isPlaced = true }
    guard isPlaced else { return [.elementwise(inputs: Array(inputs.indices), outputs: [0])] }
    let shape = outputs[0].shape
    var relations: [ChannelRelation] = []
    for axis in shape.indices {
      var same: [AxisReference] = [.output(0, axis: axis)]
      for number in inputs.indices {
        let (own, aligned) = (try self.shape(number), try broadcastShape(of: number))
        let index = axis - (shape.count - aligned.count)
        guard own.indices.contains(index), aligned[index] == shape[axis] else { continue }
        same.append(.input(number, axis: index))
      }
      if same.count > 1 { relations.append(.same(same)) }
    }
    return relations
  }
}
