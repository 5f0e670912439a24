import Graph

/// The integers of operators that move data: targets, sizes, starts and ends, indices.
///
/// Each is computed anew from the channels that stay and compared with what the rewritten graph would
/// compute; only where the two differ is anything changed.
extension NetworkRewriter {
  /// Corrects a node and returns nodes that must follow it.
  ///
  /// Where the file leaves sizes open, they are right for others than those that the network is bound to.
  mutating func correctIntegers(_ node: inout Node, _ index: Int) throws -> [Node] {
    let traits = bound.table.traits(of: node)
    if case .resampling = traits.role { correctResize(&node) }
    switch traits.movement {
    case .regrouping: correctReshape(&node, index)
    case .slicing: return try correctSlice(&node, index)
    case .gathering: try correctGather(&node, index)
    case .splitting: correctSplit(&node, index)
    case .expansion: correctExpand(&node, index)
    case .padding: correctPad(&node, index)
    case .transposition, .joining, .tiling, .cropping, .blocking, nil: break
    }
    return []
  }

  /// Whether the sizes and indices that a node is given are put right here, or by the shapes that they are computed from.
  func correctsSizes(of node: Node) -> Bool {
    let traits = bound.table.traits(of: node)
    switch traits.movement {
    case .regrouping, .slicing, .gathering, .splitting, .expansion, .tiling, .padding: return true
    case .transposition, .joining, .cropping, .blocking: return false
    case nil: if case .resampling = traits.role { return true } else { return false }
    }
  }

  /// What a node moves, where it only moves, in the rewritten network.
  func movements(_ node: Node, in binding: Int = 0) -> [Movement]? {
    (try? OperatorTable.movements(of: call(node, in: binding))).flatMap { $0 }
  }

  /// What the node at an index moved before.
  private func movementsBefore(_ index: Int, in binding: Int) -> [Movement] {
    (try? OperatorTable.movements(of: bindings[binding].original.call(at: index))).flatMap { $0 } ?? []
  }

  /// The extent along an axis of the first input before the removal.
  private func extentBefore(_ index: Int, axis: Int, in binding: Int = 0) -> Int? {
    (bound.network.nodes[index].inputs.first ?? nil)
      .flatMap { bindings[binding].original.shape(of: $0)?[safe: axis] }
  }

  /// The positions along an axis of the first input that stay, before the removal; `nil` where all do.
  private func keptInput(_ index: Int, axis: Int) -> [Int]? {
    guard let input = bound.network.nodes[index].inputs.first ?? nil else { return nil }
    let slot = groups.map.slot(of: input, use: ConstantUse(node: index, input: 0))
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

  private mutating func correctPad(_ node: inout Node, _ index: Int) {
    guard let (value, before, after) = output(node), before != after,
      case .pad(let first, let last, _)? = movementsBefore(index, in: 0).first
    else { return }
    // How many of a border's channels stay; negative pads cut channels off, of which fewer are left.
    var cuts: [Int: (first: Int, last: Int)] = [:]
    for cut in kept.cuts(.value(value.index)) {
      guard let extent = extentBefore(index, axis: cut.axis) else { return }
      let (axis, stays) = (cut.axis, kept.kept(cut))
      let input = keptInput(index, axis: axis) ?? Array(0..<extent)
      cuts[axis] = (
        first[axis] > 0 ? stays.count { $0 < first[axis] } : -input.count { $0 < -first[axis] },
        last[axis] > 0
          ? stays.count { $0 >= before[axis] - last[axis] } : -input.count { $0 >= extent + last[axis] }
      )
    }
    let wanted = bindings.indices.map { number -> [Int] in
      guard case .pad(let own, let ownLast, _)? = movementsBefore(index, in: number).first else { return [] }
      return own.indices.map { cuts[$0]?.first ?? own[$0] }
        + own.indices.map { cuts[$0]?.last ?? ownLast[$0] }
    }
    let isRight = bindings.indices.allSatisfy { number in
      guard case .pad(let first, let last, _)? = movements(node, in: number)?.first else { return false }
      return first + last == wanted[number]
    }
    if isRight { return }
    let rank = first.count
    var given = wanted
    if let axes = node.inputs[safe: 3].flatMap({ $0 }), let list = specs[axes.index]?.constant?.integers {
      let resolved = list.map { $0 < 0 ? $0 + rank : $0 }
      given = wanted.map { pads in (resolved + resolved.map { $0 + rank }).compactMap { pads[safe: $0] } }
    }
    if node.attributes["pads"] != nil {
      node.attributes["pads"] = .ints(given[0])
    } else if let operand = integers(node.inputs[safe: 1] ?? nil, given, "pads", of: node) {
      node.inputs[1] = operand
    }
  }

  // MARK: - Positions

  /// Where the channels stand now that an operator takes from an axis.
  private func positions(_ taken: [Int], among kept: [Int]) -> [Int] {
    let indices = Dictionary(kept.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    return taken.compactMap { indices[$0] }
  }

  /// What a slice takes along an axis, as it is given.
  private struct Taken: Equatable {
    var start: Int
    var end: Int
    var step: Int
  }

  private mutating func correctSlice(_ node: inout Node, _ index: Int) throws -> [Node] {
    let original = movementsBefore(index, in: 0)
    var cuts: [Int: Taken] = [:]
    var irregular: [(axis: Int, positions: [Int])] = []
    var isSame = bindings.indices.allSatisfy { movements(node, in: $0)?.count == original.count }
    // Where positions stand on a cut axis too, other extents have others.
    var growing: Int?
    for (number, movement) in original.enumerated() {
      guard case .narrow(let axis, let start, let count, let step) = movement else { continue }
      guard let stays = keptInput(index, axis: axis) else {
        isSame =
          isSame
          && bindings.indices.allSatisfy {
            movements(node, in: $0)?[safe: number] == movementsBefore(index, in: $0)[safe: number]
          }
        continue
      }
      let positions = positions((0..<count).map { start + $0 * step }, among: stays)
      guard let taken = Self.slice(positions, of: stays.count) else {
        throw PruningError.notRewritable(node: node.name, problem: "nothing would be left of what it takes")
      }
      if taken.step == 0 {
        irregular.append((axis, positions))
        cuts[number] = Taken(start: 0, end: stays.count, step: 1)
      } else {
        cuts[number] = taken
      }
      isSame =
        isSame
        && bindings.indices.allSatisfy { binding in
          guard case .narrow(_, let first, let many, let every)? = movements(node, in: binding)?[safe: number]
          else { return false }
          return extentBefore(index, axis: axis, in: binding) != extentBefore(index, axis: axis)
            || (0..<many).map { first + $0 * every } == positions
        }
      growing =
        growing
        ?? bindings.indices.first {
          extentBefore(index, axis: axis, in: $0) != extentBefore(index, axis: axis)
        }
    }
    if isSame { return [] }
    if let growing { throw fixed(node, in: growing) }
    // Along an axis that loses nothing the file's own numbers hold.
    let wanted = bindings.indices.map { number -> [Taken] in
      let call = bindings[number].original.call(at: index)
      func given(_ name: String, _ input: Int) -> [Int] {
        call.ints(name) ?? (call.inputs[safe: input] ?? nil)?.constant?.integers ?? []
      }
      let (starts, ends, steps) = (given("starts", 1), given("ends", 2), given("steps", 4))
      return original.indices.map { number in
        cuts[number]
          ?? Taken(
            start: starts[safe: number] ?? 0, end: ends[safe: number] ?? 0, step: steps[safe: number] ?? 1)
      }
    }
    let lists = [
      ("starts", 1, wanted.map { $0.map(\.start) }), ("ends", 2, wanted.map { $0.map(\.end) }),
      ("steps", 4, wanted.map { $0.map(\.step) }),
    ]
    for (name, input, list) in lists {
      let isGiven = (node.inputs[safe: input] ?? nil) != nil
      if name == "steps", !isGiven, list.joined().allSatisfy({ $0 == 1 }) { continue }
      if name != "steps", node.attributes["starts"] != nil {
        node.attributes[name] = .ints(list[0])
        continue
      }
      guard let operand = integers(node.inputs[safe: input] ?? nil, list, name, of: node) else {
        throw fixed(node, in: bindings.count - 1)
      }
      while node.inputs.count <= input { node.inputs.append(nil) }
      node.inputs[input] = operand
    }
    return gathering(irregular, after: &node)
  }

  /// A slice of so many positions that takes the given ones; its step is 0 where none does, and it is `nil` for none.
  private static func slice(_ positions: [Int], of extent: Int) -> Taken? {
    guard let first = positions.first else { return nil }
    let step = positions.count > 1 ? positions[1] - first : 1
    guard step != 0, positions.enumerated().allSatisfy({ $1 == first + $0 * step }) else {
      return Taken(start: 0, end: extent, step: 0)
    }
    let end = first + positions.count * step
    return Taken(start: first, end: step > 0 ? min(end, extent) : (end < 0 ? -(1 << 31) : end), step: step)
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

  private mutating func correctGather(_ node: inout Node, _ index: Int) throws {
    guard case .take(let axis, _)? = movementsBefore(index, in: 0).first,
      let operand = bound.network.nodes[index].inputs[safe: 1] ?? nil, let value = node.outputs.first ?? nil,
      let shape = bound.shape(of: operand)
    else { return }
    let own = kept.cuts(.value(value.index)).filter { (axis..<(axis + shape.count)).contains($0.axis) }
      .map { AxisChannels(axis: $0.axis - axis, repeats: $0.repeats, table: $0.table) }
    let stays = keptInput(index, axis: axis)
    let wanted = bindings.indices.map { indicesAfter(index, axis, operand, own, stays, in: $0) }
    let now = bindings.indices.map { number -> [Int]? in
      guard case .take(_, let indices)? = movements(node, in: number)?.first else { return nil }
      return indices
    }
    if zip(now, wanted).allSatisfy({ $0 != nil && $0 == $1?.integers }) { return }
    guard let first = wanted[0] else { return }
    if wanted.allSatisfy({ $0 == first }) {
      node.inputs[1] = addConstant("\(node.name)_indices", first)
      return
    }
    if takesAll(index, axis), let reshaped = reshaped(node, value) {
      node = reshaped
      return
    }
    guard !wanted.contains(nil), var computed = restored(operand) else {
      throw fixed(node, in: bindings.count - 1)
    }
    for cut in own {
      computed = taking(kept.kept(cut), of: computed, axis: cut.axis, named: "\(node.name)_kept")
    }
    if let stays {
      let positions = Dictionary(stays.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
      let table = (0..<(extentBefore(index, axis: axis) ?? 0)).map { positions[$0] ?? 0 }
      computed = appendComputed(
        "Gather", [addConstant("\(node.name)_places", Tensor(table)), computed], ["axis": .int(0)],
        named: "\(node.name)_moved")
    }
    node.inputs[1] = computed
  }

  /// The indices of a `Gather` after the removal; `nil` where the axis that they count along has grown with what the file
  /// leaves open.
  ///
  /// - Parameters:
  ///   - own: what goes along the axes that the indices make.
  ///   - stays: the positions along the gathered axis that stay; `nil` where all do.
  private func indicesAfter(
    _ index: Int, _ axis: Int, _ operand: ValueID, _ own: [AxisChannels], _ stays: [Int]?, in binding: Int
  ) -> Tensor? {
    guard case .take(_, let indices)? = movementsBefore(index, in: binding).first,
      let shape = bindings[binding].original.shape(of: operand),
      own.allSatisfy({ shape[safe: $0.axis] == bound.shape(of: operand)?[safe: $0.axis] }),
      stays == nil || extentBefore(index, axis: axis, in: binding) == extentBefore(index, axis: axis)
    else { return nil }
    let left = kept.sliced(Tensor(indices, shape: shape), own)
    guard let stays else { return left }
    let moved = positions(left.integers, among: stays)
    return moved.count == left.elementCount ? Tensor(moved, shape: left.shape) : nil
  }

  /// Whether a `Gather` takes every position of an axis in order, and so only changes the shape.
  private func takesAll(_ index: Int, _ axis: Int) -> Bool {
    bindings.indices.allSatisfy { number in
      guard case .take(_, let indices)? = movementsBefore(index, in: number).first,
        let extent = extentBefore(index, axis: axis, in: number)
      else { return false }
      return indices == Array(0..<extent)
    }
  }

  private mutating func correctSplit(_ node: inout Node, _ index: Int) {
    var wanted: [[Int]] = []
    var isSame = true
    for number in bindings.indices {
      guard let (axis, before) = try? bindings[number].original.call(at: index).splitSizes() else { return }
      let sizes = before.indices.map { piece -> Int in
        guard let output = node.outputs[safe: piece].flatMap({ $0 }) else { return before[piece] }
        return expectedShape(output, in: number)?[axis] ?? before[piece]
      }
      wanted.append(sizes)
      isSame = isSame && (try? call(node, in: number).splitSizes())?.sizes == sizes
    }
    if isSame { return }
    node.attributes["num_outputs"] = nil
    let usesAttribute = (network.opsets[node.domain] ?? network.opset) < 13
    if usesAttribute {
      node.attributes["split"] = .ints(wanted[0])
    } else if let operand = integers(node.inputs[safe: 1] ?? nil, wanted, "split", of: node) {
      while node.inputs.count <= 1 { node.inputs.append(nil) }
      node.inputs[1] = operand
    }
  }
}
