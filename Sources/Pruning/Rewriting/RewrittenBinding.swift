import Graph

/// A network before and after a removal, bound to one choice of the extents that its file leaves open.
struct RewrittenBinding {
  /// The network before.
  let original: BoundNetwork
  /// The axes whose extents are others than those that the selection was made for; empty for these.
  let axes: String
  /// What is known of the rewritten network's values.
  var specs: [TensorSpec?]
  /// The shape after the removal of each value that was there before, where it was known.
  private(set) var expected: [[Int]?]

  /// - Parameters:
  ///   - original: the network before.
  ///   - axes: what is other than in `bound`.
  ///   - bound: the network as the selection was made for it.
  init(_ original: BoundNetwork, axes: String = "", like bound: BoundNetwork, kept: KeptChannels) {
    (self.original, self.axes) = (original, axes)
    specs = original.specs
    expected = original.specs.map { $0?.shape }
    for index in expected.indices where kept.map.roots[index] == nil && !kept.map.isFromShapes[index] {
      guard var shape = expected[index], let before = bound.specs[index]?.shape, before.count == shape.count
      else { continue }
      let after = kept.shape(before, .value(index))
      // An axis that holds positions too loses the same share of them.
      for axis in shape.indices where before[axis] != after[axis] {
        shape[axis] =
          shape[axis] / max(1, before[axis]) * after[axis]
          + shape[axis] % max(1, before[axis]) * after[axis] / max(1, before[axis])
      }
      expect(shape, of: ValueID(index))
    }
  }

  /// Says what shape a value has after the removal.
  mutating func expect(_ shape: [Int], of value: ValueID) {
    if expected.indices.contains(value.index) { expected[value.index] = shape }
    guard let type = specs[value.index]?.elementType else { return }
    specs[value.index] = TensorSpec(type, shape)
  }

  /// A value of the network before that was known before any data are.
  func constant(before value: ValueID) -> Tensor? {
    (original.specs[safe: value.index] ?? nil)?.constant
  }

  /// The same after the removal.
  func constant(_ value: ValueID) -> Tensor? { (specs[safe: value.index] ?? nil)?.constant }

  /// A node as its rule sees it after the removal.
  func call(_ node: Node, opset: Int) -> OperatorCall {
    var inputs = node.inputs.map { value in value.flatMap { specs[safe: $0.index] ?? nil } }
    if let condition = original.knownCondition(of: node) { inputs[0] = condition }
    return OperatorCall(node: node, opset: opset, inputs: inputs)
  }
}
