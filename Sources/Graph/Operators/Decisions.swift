/// `secateur.If`: what one of two branches gives that both stand in the network (`OpenDecision`).
struct OpenDecisionRule: OperatorRule {
  /// What its condition says is no size: the branches are known one by one.
  let traits = OperatorTraits.other(.value)

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    var outputs: [TensorSpec] = []
    for number in try call.taken() {
      let result = try call.input(number)
      outputs.append(TensorSpec(result.elementType, result.shape))
    }
    return outputs
  }

  func evaluate(_ call: OperatorCall) throws -> [Tensor]? {
    var results: [Tensor] = []
    for number in try call.taken() { results.append(try call.constant(number)) }
    return results
  }

  /// Both branches give the same channels.
  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    let taken = try call.taken()
    let other = taken.lowerBound == 1 ? call.node.results(ofBranch: 1) : call.node.results(ofBranch: 0)
    var relations: [ChannelRelation] = []
    for (output, (taken, other)) in zip(taken, other).enumerated() {
      let shape = try call.shape(taken)
      guard let otherShape = call.has(other) ? try call.shape(other) : nil else {
        relations += Self.frozen(
          shape, of: taken, reason: "what its other branch gives is not known at this size")
        continue
      }
      guard shape.count == otherShape.count else {
        let reason = "its branches give results of \(shape.count) and of \(otherShape.count) dimensions"
        relations += Self.frozen(shape, of: taken, reason: reason)
        relations += Self.frozen(otherShape, of: other, reason: reason)
        continue
      }
      for axis in shape.indices {
        let operands: [AxisReference] = [.input(taken, axis: axis), .input(other, axis: axis)]
        relations.append(
          shape[axis] == otherShape[axis]
            ? .same(operands + [.output(output, axis: axis)])
            : .frozen(operands, reason: "its branches give results of different sizes"))
      }
    }
    return relations
  }

  private static func frozen(_ shape: [Int], of input: Int, reason: String) -> [ChannelRelation] {
    [.frozen(shape.indices.map { .input(input, axis: $0) }, reason: reason)]
  }
}

extension OperatorCall {
  /// The numbers of the inputs that an open decision hands on.
  package func taken() throws -> Range<Int> {
    let holds = try numbers(0).first ?? 0
    return node.results(ofBranch: holds != 0 ? 0 : 1)
  }
}

extension OperatorTable {
  static let decisions: [String: any OperatorRule] = [OpenDecision.qualifiedOp: OpenDecisionRule()]
}
