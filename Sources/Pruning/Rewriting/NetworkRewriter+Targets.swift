import Graph

/// The shapes that operators are given as operands: targets of reshapes, of broadcasts and of resizing.
///
/// Where the file leaves sizes open, a target must be right for others than those that the network is bound to.
extension NetworkRewriter {
  mutating func correctReshape(_ node: inout Node) {
    guard let (value, _, after) = output(node), let data = node.inputs.first ?? nil,
      let before = specs[data.index]?.shape
    else { return }
    if makes(value, node, { .reshape($0) }) { return }
    let isAttribute = node.attributes["shape"] != nil
    // A target that the graph computes has the sizes of this binding in it, which must stay free.
    if node.op == "Reshape", !isAttribute, let target = node.inputs[safe: 1].flatMap({ $0 }),
      bound.network.constants[target] != nil, let old = specs[target.index]?.constant?.integers,
      old.count == after.count
    {
      // The free and the copied extents that the file's target has stay free.
      var trial = node
      set(zip(old, after).map { $0 > 0 ? $1 : $0 }, "shape", input: 1, in: &trial, attribute: false)
      if makes(value, trial, { .reshape($0) }) {
        node = trial
        return
      }
    }
    var trial = node
    if trial.op != "Reshape" {
      trial.op = "Reshape"
      trial.attributes = [:]
      trial.inputs = [data]
    }
    set(freeTarget(of: node, value, before, after), "shape", input: 1, in: &trial, attribute: isAttribute)
    if !makes(value, trial, { .reshape($0) }), node.op == "Reshape", !isAttribute,
      let repaired = repaired(node, 1, value, { .reshape($0) })
    {
      node = repaired
      return
    }
    node = trial
  }

  /// A target in which what the file leaves open is the rest, or copied from the input.
  private mutating func freeTarget(
    of node: Node, _ value: ValueID, _ before: [Int], _ after: [Int]
  ) -> [Int] {
    var target = after
    let allowsZero = node.attributes["allowzero"] == .int(1)
    var free = freeAxes.axes(of: value)
    if free.isEmpty, let first = before.first, after.first == first {
      target[0] = allowsZero ? -1 : 0
      return target
    }
    if free.count > 1, !allowsZero, let data = node.inputs.first ?? nil,
      let otherBefore = otherSpecs[safe: data.index]??.shape,
      let otherAfter = otherSpecs[safe: value.index]??.shape
    {
      for axis in free where axis < before.count && before[axis] == after[axis] {
        if otherBefore[axis] == otherAfter[axis] { target[axis] = 0 }
      }
      free.removeAll { target[$0] == 0 }
    }
    if let axis = free.first, free.count == 1 || allowsZero { target[axis] = -1 }
    return target
  }

  /// Whether a node makes a value as it should be, for what the network is bound to and for other sizes.
  private func makes(_ value: ValueID, _ node: Node, _ movement: ([Int]) -> Movement) -> Bool {
    guard let after = expectedShape(value), movements(node) == [movement(after)] else { return false }
    guard let other = otherCall(node), let otherAfter = otherSpecs[safe: value.index]??.shape else {
      return true
    }
    return (try? OperatorTable.movements(of: other)).flatMap { $0 } == [movement(otherAfter)]
  }

  /// The node with a target that the graph computes brought to what it should be; `nil` where that cannot be.
  private mutating func repaired(
    _ node: Node, _ input: Int, _ value: ValueID, _ movement: ([Int]) -> Movement
  ) -> Node? {
    guard let target = node.inputs[safe: input] ?? nil, let after = expectedShape(value),
      let otherAfter = otherSpecs[safe: value.index]??.shape,
      let (sum, extra) = repair(target, after, otherAfter, of: node)
    else { return nil }
    var trial = node
    trial.inputs[input] = sum
    guard makes(value, trial, movement) else { return nil }
    for step in extra { append(step) }
    return trial
  }

  /// Integers that the graph computes, put right: each is multiplied and divided where it grows with what the file leaves
  /// open, and replaced where it does not.
  ///
  /// - Parameters:
  ///   - wanted: what they should be.
  ///   - other: what they should be where the network is bound to other sizes.
  private mutating func repair(
    _ operand: ValueID, _ wanted: [Int], _ other: [Int], of node: Node
  ) -> (value: ValueID, nodes: [Node])? {
    guard network.constants[operand] == nil, let spec = specs[operand.index],
      let now = spec.constant?.integers, let then = otherSpecs[safe: operand.index]??.constant?.integers,
      now.count == wanted.count, then.count == now.count, other.count == now.count, spec.shape.count == 1
    else { return nil }
    var factors = [Int](repeating: 1, count: now.count)
    var divisors = factors
    var terms = [Int](repeating: 0, count: now.count)
    var hasRest = now.contains(-1)
    for place in now.indices {
      let isCopied = now[place] <= 0 && now[place] == then[place]
      if isCopied || (now[place] == wanted[place] && then[place] == other[place]) { continue }
      if wanted[place] == other[place] {
        (factors[place], terms[place]) = (0, wanted[place])
      } else if now[place] > 0, then[place] > 0,
        let product = wanted[place].checkedProduct(then[place]),
        product == other[place].checkedProduct(now[place])
      {
        let common = greatestCommonDivisor(wanted[place], now[place])
        (factors[place], divisors[place]) = (wanted[place] / common, now[place] / common)
      } else if !hasRest {
        (factors[place], terms[place]) = (0, -1)
        hasRest = true
      } else {
        return nil
      }
    }
    var value = operand
    var steps: [Node] = []
    for (op, list, neutral) in [("Mul", factors, 1), ("Div", divisors, 1), ("Add", terms, 0)]
    where list.contains(where: { $0 != neutral }) {
      let name = "\(node.name)_\(op.lowercased())"
      let result = network.addValue(network.unusedValueName("\(name)_result"))
      let numbers = addConstant(name, Tensor(list).converted(to: spec.elementType))
      note(result, spec)
      let step = Node(id: unusedNode(), name: name, op: op, inputs: [value, numbers], outputs: [result])
      evaluate(step)
      steps.append(step)
      value = result
    }
    return (value, steps)
  }

  mutating func correctExpand(_ node: inout Node) {
    guard let (value, _, after) = output(node), let data = node.inputs.first ?? nil,
      let before = specs[data.index]?.shape
    else { return }
    if makes(value, node, { .expand($0) }) { return }
    let lead = after.count - before.count
    let target = after.indices.map { $0 >= lead && before[$0 - lead] == after[$0] ? 1 : after[$0] }
    var trial = node
    set(target, "shape", input: 1, in: &trial, attribute: false)
    if !makes(value, trial, { .expand($0) }), let repaired = repaired(node, 1, value, { .expand($0) }) {
      trial = repaired
    }
    node = trial
  }

  mutating func correctResize(_ node: inout Node) {
    guard let (value, _, after) = output(node), let sizes = node.inputs[safe: 3].flatMap({ $0 }),
      let old = specs[sizes.index]?.constant?.integers
    else { return }
    let axes = (call(node).ints("axes") ?? Array(after.indices)).map { $0 < 0 ? $0 + after.count : $0 }
    let wanted = axes.map { after[$0] }
    if old == wanted { return }
    if let otherAfter = otherSpecs[safe: value.index]??.shape,
      let (sum, extra) = repair(sizes, wanted, axes.map { otherAfter[$0] }, of: node)
    {
      for step in extra { append(step) }
      node.inputs[3] = sum
    } else {
      set(wanted, "sizes", input: 3, in: &node, attribute: false)
    }
  }
}
