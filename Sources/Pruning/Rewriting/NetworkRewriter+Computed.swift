import Graph

/// Numbers that the graph computes from shapes.
///
/// Where they follow from what the file leaves open they stay computed: nodes of arithmetic put right what the removal
/// changed. Elsewhere a constant takes their place.
extension NetworkRewriter {
  /// A value that holds the given integers, whatever of the known extents the network is bound to; `nil` where none is
  /// found.
  ///
  /// Each position that the graph computes stays computed: it is multiplied and divided where it is to grow in proportion,
  /// shifted where it differs by as much everywhere, and replaced where it does not depend on what is open.
  ///
  /// - Parameters:
  ///   - operand: what holds such integers now.
  ///   - wanted: what they should be, by binding.
  ///   - name: what they say, for the names of constants.
  ///   - takesRest: whether one of them may be -1 for whatever is left.
  mutating func integers(
    _ operand: ValueID?, _ wanted: [[Int]], _ name: String, of node: Node, takesRest: Bool = false
  ) -> ValueID? {
    let spec = operand.flatMap { specs[safe: $0.index] ?? nil }
    let now = operand.map { operand in bindings.map { $0.constant(operand)?.integers } }
    if let operand, now == wanted { return operand }
    let isSame = wanted.allSatisfy { $0 == wanted[0] }
    func constant() -> ValueID {
      var tensor = Tensor(wanted[0])
      if let spec {
        if spec.shape.isEmpty, wanted[0].count == 1 { tensor = tensor.reshaped(to: []) }
        tensor = tensor.converted(to: spec.elementType)
      }
      return addConstant("\(node.name)_\(name)", tensor)
    }
    if let operand, network.constants[operand] == nil, isOpen,
      let steps = arithmetic(now?.compactMap { $0 } ?? [], wanted, takesRest: takesRest), let spec,
      spec.shape.count <= 1
    {
      return append(steps, behind: operand, spec, named: "\(node.name)_\(name)")
    }
    return isSame ? constant() : nil
  }

  /// The factors, divisors and terms that make some integers of others in every binding.
  private func arithmetic(_ now: [[Int]], _ wanted: [[Int]], takesRest: Bool) -> [(
    op: String, numbers: [Int]
  )]? {
    guard now.count == wanted.count, let first = now.first, let aim = wanted.first,
      (now + wanted).allSatisfy({ $0.count == first.count })
    else { return nil }
    var factors = [Int](repeating: 1, count: first.count)
    var divisors = factors
    var terms = [Int](repeating: 0, count: first.count)
    var hasRest = first.contains(-1)
    for index in first.indices {
      let (old, new) = (now.map { $0[index] }, wanted.map { $0[index] })
      let isCopied = takesRest && old[0] <= 0 && old.allSatisfy { $0 == old[0] }
      if isCopied || old == new { continue }
      let shift = aim[index].checkedDifference(first[index])
      if new.allSatisfy({ $0 == new[0] }) {
        (factors[index], terms[index]) = (0, new[0])
      } else if let (factor, divisor) = Self.ratio(old, new) {
        (factors[index], divisors[index]) = (factor, divisor)
      } else if let shift, zip(old, new).allSatisfy({ $0.checkedSum(shift) == $1 }) {
        terms[index] = shift
      } else if takesRest, !hasRest {
        (factors[index], terms[index]) = (0, -1)
        hasRest = true
      } else {
        return nil
      }
    }
    return [("Mul", factors), ("Div", divisors), ("Add", terms)].filter { op, numbers in
      numbers.contains { $0 != (op == "Add" ? 0 : 1) }
    }
  }

  /// By what to multiply and divide some positive numbers, one after the other, to make others.
  private static func ratio(_ old: [Int], _ new: [Int]) -> (factor: Int, divisor: Int)? {
    guard old[0] > 0, new[0] > 0 else { return nil }
    let common = greatestCommonDivisor(new[0], old[0])
    let (factor, divisor) = (new[0] / common, old[0] / common)
    let isRight = zip(old, new).allSatisfy { old, new in
      guard let product = old.checkedProduct(factor) else { return false }
      return product % divisor == 0 && product / divisor == new
    }
    return isRight ? (factor, divisor) : nil
  }

  private mutating func append(
    _ steps: [(op: String, numbers: [Int])], behind operand: ValueID, _ spec: TensorSpec, named name: String
  ) -> ValueID {
    steps.reduce(operand) { value, step in
      let numbers = Tensor(step.numbers).reshaped(to: spec.shape).converted(to: spec.elementType)
      return appendComputed(
        step.op, [value, addConstant("\(name)_\(step.op.lowercased())", numbers)],
        named: "\(name)_\(step.op.lowercased())")
    }
  }

  /// Adds a node that computes with numbers that are known; its value.
  mutating func appendComputed(
    _ op: String, _ inputs: [ValueID?], _ attributes: [String: Attribute] = [:], named name: String
  ) -> ValueID {
    let result = network.addValue(network.unusedValueName("\(name)_result"))
    let node = Node(
      id: unusedNode(), name: name, op: op, inputs: inputs, outputs: [result], attributes: attributes)
    note(result, nil)
    evaluate(node)
    append(node)
    return result
  }

  // MARK: - As before

  /// A value that is what `value` was before the removal, whatever the network is bound to; `nil` where none is found.
  ///
  /// The arithmetic is repeated with the shapes that there were.
  mutating func restored(_ value: ValueID) -> ValueID? {
    if let known = restoredValues[value] { return known }
    let result = restoring(value)
    restoredValues[value] = .some(result)
    return result
  }

  private mutating func restoring(_ value: ValueID) -> ValueID? {
    let before = bindings.compactMap { $0.constant(before: value) }
    guard before.count == bindings.count else { return nil }
    if bindings.map({ $0.constant(value) }) == before { return value }
    let name = "\(network.name(of: value))_restored"
    if before.allSatisfy({ $0 == before[0] }) { return addConstant(name, before[0]) }
    guard let index = bound.network.nodes.firstIndex(where: { $0.outputs.contains(value) }) else {
      return nil
    }
    let maker = bound.network.nodes[index]
    if bound.table.rule(for: maker) is any ShapeReadingRule {
      return integers(value, before.map(\.integers), "restored", of: maker)
    }
    guard maker.subgraphs.isEmpty else { return nil }
    var node = maker
    for (number, input) in maker.inputs.enumerated() {
      guard let input else { continue }
      guard let restored = restored(input) else { return nil }
      node.inputs[number] = restored
    }
    node = Node(
      id: unusedNode(), name: "\(maker.name)_restored", op: maker.op, domain: maker.domain,
      inputs: node.inputs,
      outputs: maker.outputs.map { output in
        output.map { network.addValue(network.unusedValueName("\(network.name(of: $0))_restored")) }
      }, attributes: maker.attributes)
    for output in node.outputs.compactMap({ $0 }) { note(output, nil) }
    evaluate(node)
    append(node)
    guard let number = maker.outputs.firstIndex(of: value), let result = node.outputs[number],
      bindings.map({ $0.constant(result) }) == before
    else { return nil }
    return result
  }

  /// Numbers computed from shapes that data are combined with keep the value they had: a scale of 1/√d must
  /// not change when d does, and an index must name what it named.
  mutating func holdComputedOperands(_ node: inout Node, _ index: Int) throws {
    let sizes = correctsSizes(of: node) ? bound.table.sizeInputs(of: node) : []
    for (number, input) in node.inputs.enumerated() where !sizes.contains(number) {
      guard let input, groups.map.isFromShapes[safe: input.index] == true, bound.constant(of: input) != nil
      else { continue }
      let cuts = kept.cuts(.value(input.index))
      let now = bindings.map { $0.constant(input) }
      if cuts.isEmpty, now == bindings.map({ $0.constant(before: input) }) { continue }
      let wanted = bindings.compactMap { binding in
        binding.constant(before: input).flatMap { sliced($0, cuts, of: input) }
      }
      if now == wanted { continue }
      holdsComputed = true
      if wanted.count == bindings.count, wanted.allSatisfy({ $0 == wanted[0] }) {
        node.inputs[number] = addConstant(network.name(of: input) + LayerName.prunedMark, wanted[0])
        continue
      }
      guard wanted.count == bindings.count, let value = restored(input) else {
        throw fixed(node, in: bindings.count - 1)
      }
      node.inputs[number] = cuts.reduce(value) { value, cut in
        taking(kept.kept(cut), of: value, axis: cut.axis, named: "\(node.name)_kept\(number)")
      }
    }
  }

  /// A tensor without what goes from a value that had its shape; `nil` where it has grown along an axis that is cut.
  private func sliced(_ tensor: Tensor, _ cuts: [AxisChannels], of value: ValueID) -> Tensor? {
    let shape = bound.shape(of: value)
    guard cuts.allSatisfy({ tensor.shape[safe: $0.axis] == shape?[safe: $0.axis] }) else { return nil }
    return kept.sliced(tensor, cuts)
  }

  /// Adds a node that takes positions of a known value.
  mutating func taking(_ indices: [Int], of value: ValueID, axis: Int, named name: String) -> ValueID {
    appendComputed(
      "Gather", [value, addConstant("\(name)_places", Tensor(indices))], ["axis": .int(axis)], named: name)
  }
}
