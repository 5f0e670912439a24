/// What binding may compute before the data are: constants that a file describes in a few bytes can be of any size.
///
/// What is beyond it is left to the run, whose memory is foretold from its plan.
package struct FoldingAllowance: Sendable {
  /// Elements that may be read and written, and elements that may be kept.
  private var steps, kept: Int
  private let allowedBytes: Int

  /// Bytes of an element while it is computed: a double that is read and one that is written.
  private static let elementBytes = 16

  /// As much as folding the constants that a file holds takes many times over, and a small number besides; more
  /// where a budget was asked for.
  ///
  /// - Parameter own: the elements of these constants.
  package init(ofConstants own: Int) {
    let asked = MemoryBudget.asked.map { $0.bytes / Self.elementBytes } ?? 0
    kept = max(asked, (1 << 25).plus(own.times(16)))
    steps = max(asked.times(4), (1 << 27).plus(own.times(64)))
    allowedBytes = kept.times(Self.elementBytes)
  }

  /// Takes what evaluating the node costs off the allowance; an error where it is more than what is left.
  package mutating func charge(
    _ rule: any OperatorRule, _ call: OperatorCall, outputs: [TensorSpec]
  ) -> GraphError? {
    let made = outputs.reduce(0) { $0.plus($1.shape.elementCount) }
    let elements = rule is any ShapeReadingRule ? [] : call.inputs.compactMap { $0?.constant }
    let read = elements.reduce(0) { $0.plus($1.elementCount) }
    guard made <= kept, made.plus(read) <= steps else {
      return .overBudget(
        op: call.node.op, node: call.node.name, needed: made.plus(read).times(Self.elementBytes),
        allowed: allowedBytes)
    }
    kept -= made
    steps -= made + read
    return nil
  }
}
