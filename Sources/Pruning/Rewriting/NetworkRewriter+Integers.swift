import Graph

/// The integers of operators that move data: targets, sizes, starts and ends, indices.
///
/// Each is computed anew from the channels that stay and compared with what the rewritten graph would
/// compute; only where the two differ is anything changed.
extension NetworkRewriter {
  /// Corrects a node and returns nodes that must follow it.
  ///
  /// Where the file leaves sizes open, they are right for others than those that the network is bound to.
  mutating func correctIntegers(_ node: inout Node, _ place: Int) throws(PruningError) -> [Node] {
    switch node.qualifiedOp {
    case "Reshape", "Squeeze", "Unsqueeze", "Flatten": correctReshape(&node)
    case "Slice": return try correctSlice(&node, place)
    case "Gather": correctGather(&node, place)
    case "Split": correctSplit(&node)
    case "Expand": correctExpand(&node)
    case "Pad": correctPad(&node)
    case "Resize": correctResize(&node)
    default: break
    }
    return []
  }

  private func movements(_ node: Node) -> [Movement]? {
    (try? OperatorTable.movements(of: call(node))).flatMap { $0 }
  }

  /// The positions along an axis of the first input that stay, before the removal; `nil` where all do.
  private func keptInput(_ place: Int, axis: Int) -> [Int]? {
    guard let input = bound.network.nodes[place].inputs.first ?? nil else { return nil }
    let slot = groups.map.slot(of: input, use: ConstantUse(node: place, input: 0))
    return kept.cuts(slot).first { $0.axis == axis }.map(kept.kept)
  }

  private func output(_ node: Node) -> (value: ValueID, before: [Int], after: [Int])? {
    guard let value = node.outputs.first ?? nil, let before = bound.shape(of: value),
      let after = expectedShape(value)
    else { return nil }
    return (value, before, after)
  }

  /// Puts integers where the operator set keeps them: an attribute, or an operand of the type it had.
  private mutating func set(_ values: [Int], _ name: String, input: Int, in node: inout Node, attribute: Bool)
  {
    if attribute {
      node.attributes[name] = .ints(values)
      return
    }
    while node.inputs.count <= input { node.inputs.append(nil) }
    var tensor = Tensor(values)
    if let old = node.inputs[input], let spec = specs[old.index] {
      if spec.shape.isEmpty, values.count == 1 { tensor = tensor.reshaped(to: []) }
      tensor = tensor.converted(to: spec.elementType)
    }
    node.inputs[input] = addConstant("\(node.name)_\(name)", tensor)
  }

  // MARK: - Shapes

  private mutating func correctReshape(_ node: inout Node) {
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
      } else if now[place] > 0, then[place] > 0, wanted[place] * then[place] == other[place] * now[place] {
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

  private mutating func correctExpand(_ node: inout Node) {
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

  private mutating func correctResize(_ node: inout Node) {
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

  private mutating func correctPad(_ node: inout Node) {
    guard let (value, before, after) = output(node), before != after,
      case .pad(var first, var last, let mode)? = movements(node)?.first
    else { return }
    let wanted = (first, last)
    for axis in kept.cuts(.value(value.index)) {
      let stays = kept.kept(axis)
      if first[axis.axis] > 0 { first[axis.axis] = stays.count { $0 < first[axis.axis] } }
      if last[axis.axis] > 0 {
        last[axis.axis] = stays.count { $0 >= before[axis.axis] - last[axis.axis] }
      }
      // Negative pads cut channels off, of which fewer are left.
      if wanted.0[axis.axis] < 0 || wanted.1[axis.axis] < 0 {
        guard let data = node.inputs.first ?? nil, let shape = specs[data.index]?.shape else { continue }
        let place = bound.network.nodes.firstIndex { $0.id == node.id } ?? 0
        let extent = bound.shape(of: data)?[axis.axis] ?? shape[axis.axis]
        let input = keptInput(place, axis: axis.axis) ?? Array(0..<extent)
        if wanted.0[axis.axis] < 0 { first[axis.axis] = -input.count { $0 < -wanted.0[axis.axis] } }
        if wanted.1[axis.axis] < 0 {
          last[axis.axis] = -input.count { $0 >= extent + wanted.1[axis.axis] }
        }
      }
    }
    if movements(node) == [.pad(before: first, after: last, mode: mode)] { return }
    var pads = first + last
    if let axes = node.inputs[safe: 3].flatMap({ $0 }), let list = specs[axes.index]?.constant?.integers {
      let resolved = list.map { $0 < 0 ? $0 + first.count : $0 }
      pads = resolved.map { first[$0] } + resolved.map { last[$0] }
    }
    set(pads, "pads", input: 1, in: &node, attribute: node.attributes["pads"] != nil)
  }

  // MARK: - Places

  /// Where the channels stand now that an operator takes from an axis.
  private func positions(_ taken: [Int], among kept: [Int]) -> [Int] {
    let places = Dictionary(kept.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    return taken.compactMap { places[$0] }
  }

  private mutating func correctSlice(_ node: inout Node, _ place: Int) throws(PruningError) -> [Node] {
    guard let original = try? OperatorTable.movements(of: bound.call(at: place)) else { return [] }
    var wanted: [(axis: Int, positions: [Int], extent: Int)] = []
    var isSame = movements(node)?.count == original.count
    for (number, movement) in original.enumerated() {
      guard case .narrow(let axis, let start, let count, let step) = movement else { continue }
      let taken = (0..<count).map { start + $0 * step }
      let stays = keptInput(place, axis: axis)
      let positions = stays.map { self.positions(taken, among: $0) } ?? taken
      let extent = stays?.count ?? bound.shape(of: bound.network.nodes[place].inputs[0]!)?[axis] ?? 0
      wanted.append((axis, positions, extent))
      if case .narrow(_, let first, let many, let every)? = movements(node)?[safe: number] {
        if (0..<many).map({ first + $0 * every }) != positions { isSame = false }
      } else {
        isSame = false
      }
    }
    if isSame { return [] }
    var starts: [Int] = []
    var ends: [Int] = []
    var steps: [Int] = []
    var irregular: [(axis: Int, positions: [Int])] = []
    for (axis, positions, extent) in wanted {
      guard let first = positions.first else {
        throw .notRewritable(node: node.name, problem: "nothing would be left of what it takes")
      }
      let step = positions.count > 1 ? positions[1] - first : 1
      if step == 0 || positions.enumerated().contains(where: { $1 != first + $0 * step }) {
        irregular.append((axis, positions))
        starts.append(0)
        ends.append(extent)
        steps.append(1)
      } else {
        let end = first + positions.count * step
        starts.append(first)
        ends.append(step > 0 ? min(end, extent) : (end < 0 ? -(1 << 31) : end))
        steps.append(step)
      }
    }
    let isAttribute = node.attributes["starts"] != nil
    set(starts, "starts", input: 1, in: &node, attribute: isAttribute)
    set(ends, "ends", input: 2, in: &node, attribute: isAttribute)
    if node.inputs.count > 4, node.inputs[4] != nil || steps.contains(where: { $0 != 1 }) {
      set(steps, "steps", input: 4, in: &node, attribute: false)
    } else if !isAttribute, steps.contains(where: { $0 != 1 }) {
      set(steps, "steps", input: 4, in: &node, attribute: false)
    }
    return gathering(irregular, after: &node)
  }

  /// Takes irregular channels behind a slice, an axis each.
  private mutating func gathering(_ axes: [(axis: Int, positions: [Int])], after node: inout Node) -> [Node] {
    guard !axes.isEmpty, let output = node.outputs.first ?? nil else { return [] }
    var extra: [Node] = []
    var source = network.addValue(network.unusedValueName("\(network.name(of: output))_whole"))
    note(source, TensorSpec(specs[output.index]?.elementType ?? .float32, []))
    node.outputs[0] = source
    for (number, (axis, positions)) in axes.enumerated() {
      let indices = addConstant("\(node.name)_indices", Tensor(positions))
      var target = output
      if number < axes.count - 1 {
        target = network.addValue(network.unusedValueName("\(network.name(of: output))_part"))
        note(target, TensorSpec(specs[output.index]?.elementType ?? .float32, []))
      }
      extra.append(
        Node(
          id: unusedNode(), name: "\(node.name)_gather\(number)", op: "Gather", inputs: [source, indices],
          outputs: [target], attributes: ["axis": .int(axis)]))
      source = target
    }
    return extra
  }

  private mutating func correctGather(_ node: inout Node, _ place: Int) {
    guard let original = try? OperatorTable.movements(of: bound.call(at: place)),
      case .take(let axis, let indices)? = original.first, let (value, before, _) = output(node)
    else { return }
    let operand = node.inputs[safe: 1].flatMap { $0 }
    let rank = operand.flatMap { bound.shape(of: $0)?.count } ?? specs[operand?.index ?? 0]?.shape.count ?? 1
    // Which of the taken places stay: those that stay along every axis that the indices made.
    var stays = [Int](indices.indices)
    var shape = Array(before[axis..<(axis + rank)])
    let strides = shape.denseStrides
    for cut in kept.cuts(.value(value.index)) where (axis..<(axis + rank)).contains(cut.axis) {
      let own = cut.axis - axis
      let left = Set(kept.kept(cut))
      let extent = before[cut.axis]
      stays = stays.filter { left.contains($0 / strides[own] % extent) }
      shape[own] = left.count
    }
    let taken = stays.map { indices[$0] }
    let wanted = keptInput(place, axis: axis).map { positions(taken, among: $0) } ?? taken
    if case .take(_, let now)? = movements(node)?.first, now == wanted { return }
    guard wanted.count == shape.elementCount else { return }
    node.inputs[1] = addConstant("\(node.name)_indices", Tensor(wanted, shape: shape))
  }

  private mutating func correctSplit(_ node: inout Node) {
    guard
      let (axis, before) = try? bound.call(at: bound.network.nodes.firstIndex { $0.id == node.id } ?? 0)
        .splitSizes()
    else { return }
    let wanted = before.indices.map { number -> Int in
      guard let output = node.outputs[safe: number].flatMap({ $0 }) else { return before[number] }
      return expectedShape(output)?[axis] ?? before[number]
    }
    if let now = try? call(node).splitSizes(), now.sizes == wanted { return }
    node.attributes["num_outputs"] = nil
    let usesAttribute = (network.opsets[node.domain] ?? network.opset) < 13
    set(wanted, "split", input: 1, in: &node, attribute: usesAttribute)
  }
}
