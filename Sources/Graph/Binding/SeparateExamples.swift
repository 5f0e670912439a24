/// Whether each example of a batch is computed by itself, so that parts of the batch can be computed apart.
///
/// A value *carries* examples where its first axis is made of as many equal parts as there are examples, in their order. What
/// the operators say about their axes (`ChannelRelation`) tells whether a node keeps that; whatever is not certain counts as
/// mixing examples.
struct SeparateExamples {
  private let bound: BoundNetwork
  private let count: Int
  private var carrying = Set<ValueID>()

  /// - Returns: `nil` where examples are mixed, where a node cannot be judged, and for a single example.
  init?(_ bound: BoundNetwork, outputs: [ValueID]) {
    self.bound = bound
    count = bound.batchSize
    guard count > 1 else { return nil }
    let axes = bound.network.batchAxes
    for input in bound.network.inputs where bound.constant(of: input) == nil {
      guard let axis = axes.axis(of: input) else { continue }
      guard axis == 0, bound.shape(of: input)?.first == count else { return nil }
      carrying.insert(input)
    }
    for index in bound.steps {
      guard let kept = carries(through: index) else { return nil }
      if kept { carrying.formUnion(bound.network.nodes[index].outputs.compactMap { $0 }) }
    }
    guard outputs.allSatisfy({ carries($0) }) else { return nil }
  }

  /// Whether a value is made of a part for each example. A constant is where these are all the same.
  private func carries(_ value: ValueID) -> Bool {
    if carrying.contains(value) { return true }
    guard let constant = bound.constant(of: value), let extent = constant.shape.first, extent % count == 0,
      extent > 0, constant.elementCount <= 1 << 22
    else { return false }
    let elements = constant.doubles
    let part = elements.count / count
    return part > 0 && (part..<elements.count).allSatisfy { elements[$0] == elements[$0 - part] }
  }

  /// Whether a node's results carry examples; `nil` where it mixes them.
  private func carries(through index: Int) -> Bool? {
    let node = bound.network.nodes[index]
    let inputs = node.inputs
    let isFed = inputs.map { $0.map(carrying.contains) ?? false }
    guard node.readValues.contains(where: carrying.contains) else { return false }
    guard node.subgraphs.isEmpty, let outputs = bound.outputs(at: index) else { return nil }
    for (output, spec) in zip(node.outputs, outputs) where output != nil {
      guard let extent = spec.shape.first, extent % count == 0 else { return nil }
    }
    let relations = bound.relations(at: index)
    var keeps = Set<Int>()
    for relation in relations {
      guard let found = kept(by: relation, index, isFed) else { return nil }
      keeps.formUnion(found)
    }
    if keeps.isEmpty, bound.traits(at: index).keepsFirstAxis, isFed.first == true,
      isFed.dropFirst().allSatisfy({ !$0 })
    {
      return true
    }
    // Each input that carries examples has to be accounted for.
    return inputs.indices.allSatisfy { !isFed[$0] || keeps.contains($0) } ? true : nil
  }

  /// The inputs whose examples a relation leads to those of the results; `nil` where it mixes some.
  private func kept(by relation: ChannelRelation, _ index: Int, _ isFed: [Bool]) -> Set<Int>? {
    let node = bound.network.nodes[index]
    func shape(_ operand: Operand) -> [Int]? {
      switch operand {
      case .input(let number): node.inputs[number].flatMap { bound.shape(of: $0) }
      case .output(let number): bound.outputs(at: index)?[number].shape
      }
    }
    func carriesInput(_ number: Int) -> Bool {
      guard node.inputs.indices.contains(number), let value = node.inputs[number] else { return false }
      return carries(value)
    }
    func isFirstOfFed(_ reference: AxisReference) -> Bool {
      if case .input(let number) = reference.operand { reference.axis == 0 && isFed[number] } else { false }
    }
    switch relation {
    case .same(let references):
      guard references.contains(where: isFirstOfFed) else { return [] }
      var found = Set<Int>()
      for reference in references {
        guard reference.axis == 0 else { return nil }
        if case .input(let number) = reference.operand {
          guard carriesInput(number) else { return nil }
          found.insert(number)
        }
      }
      return references.contains { if case .output = $0.operand { true } else { false } } ? found : nil
    case .elementwise(let inputs, let outputs):
      guard inputs.contains(where: { isFed[$0] }) else { return [] }
      guard let target = outputs.first.flatMap({ shape(.output($0)) }) else { return nil }
      var found = Set<Int>()
      for number in inputs {
        guard let own = shape(.input(number)) else { continue }
        if isFed[number] {
          guard own.count == target.count, own[0] == target[0] else { return nil }
          found.insert(number)
        } else if own.count == target.count, own[0] != 1, !carriesInput(number) {
          return nil
        }
      }
      return found
    case .moved(let input, _, let movements):
      guard isFed[input] else { return [] }
      guard var current = shape(.input(input)) else { return nil }
      for movement in movements {
        guard keepsExamples(movement, of: current) else { return nil }
        current = movement.shape(from: current)
      }
      return [input]
    case .joined(let inputs, _, let axis):
      guard inputs.contains(where: { isFed[$0] }) else { return [] }
      guard axis > 0, inputs.allSatisfy(carriesInput) else { return nil }
      return Set(inputs)
    case .contracted(let references), .inexact(let references, _), .frozen(let references, _):
      return references.contains(where: isFirstOfFed) ? nil : []
    case .grouped(let input, let inner, let output, _):
      return ([input, inner] + output).contains(where: isFirstOfFed) ? nil : []
    case .normalized(let channels, _, let parameters):
      return ([channels] + parameters).contains(where: isFirstOfFed) ? nil : []
    }
  }

  /// Whether the parts of the first axis stay together, in their order.
  private func keepsExamples(_ movement: Movement, of shape: [Int]) -> Bool {
    switch movement {
    case .reshape(let target): target.first.map { $0 % count == 0 } ?? false
    case .permute(let order): order.first == 0
    case .narrow(let axis, _, _, _), .take(let axis, _): axis != 0
    case .expand(let target): target.count == shape.count && target.first == shape.first
    case .tile(let repeats): repeats.first == 1
    case .pad(let before, let after, _): before.first == 0 && after.first == 0
    }
  }
}

extension BoundNetwork {
  /// Whether every example of the batch is computed by itself on the way to some values, each of which holds one after
  /// another along its first axis.
  package func computesExamplesApart(_ values: [ValueID]) -> Bool {
    SeparateExamples(self, outputs: values) != nil
  }
}
