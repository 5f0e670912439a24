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

  /// What a node moves, where it only moves, in the rewritten network.
  func movements(_ node: Node) -> [Movement]? {
    (try? OperatorTable.movements(of: call(node))).flatMap { $0 }
  }

  /// The positions along an axis of the first input that stay, before the removal; `nil` where all do.
  private func keptInput(_ place: Int, axis: Int) -> [Int]? {
    guard let input = bound.network.nodes[place].inputs.first ?? nil else { return nil }
    let slot = groups.map.slot(of: input, use: ConstantUse(node: place, input: 0))
    return kept.cuts(slot).first { $0.axis == axis }.map(kept.kept)
  }

  /// A node's first output with its shape before and after the removal.
  func output(_ node: Node) -> (value: ValueID, before: [Int], after: [Int])? {
    guard let value = node.outputs.first ?? nil, let before = bound.shape(of: value),
      let after = expectedShape(value)
    else { return nil }
    return (value, before, after)
  }

  /// Puts integers where the operator set keeps them: an attribute, or an operand of the type it had.
  mutating func set(_ values: [Int], _ name: String, input: Int, in node: inout Node, attribute: Bool) {
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
    let call = bound.call(at: place)
    func given(_ name: String, _ input: Int) -> [Int]? {
      call.ints(name) ?? call.inputs[safe: input]??.constant?.integers
    }
    for (number, (axis, positions, extent)) in wanted.enumerated() {
      // Along an axis that loses nothing the file's own numbers hold for any extent.
      if keptInput(place, axis: axis) == nil, let start = given("starts", 1)?[safe: number],
        let end = given("ends", 2)?[safe: number]
      {
        starts.append(start)
        ends.append(end)
        steps.append(given("steps", 4)?[safe: number] ?? 1)
        continue
      }
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
