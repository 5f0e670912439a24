import Graph

/// What is known of values before any node is rewritten: shapes at other sizes, and between movements that are one.
extension NetworkRewriter {
  /// What is known of the rewritten network's values where it is bound to other sizes.
  mutating func follow(_ other: BoundNetwork) {
    otherSpecs = other.specs
    for index in otherSpecs.indices {
      guard let before = bound.specs[index], let after = specs[index] else { continue }
      if groups.map.roots[index] != nil { otherSpecs[index] = after }
      guard groups.map.roots[index] == nil, !groups.map.isFromShapes[index],
        var shape = otherSpecs[index]?.shape,
        shape.count == before.shape.count
      else { continue }
      // An axis that holds positions too loses the same share of them.
      for axis in shape.indices where before.shape[axis] != after.shape[axis] {
        shape[axis] = shape[axis] * after.shape[axis] / max(1, before.shape[axis])
      }
      otherSpecs[index]?.shape = shape
    }
  }

  /// Decides whether chains of movements that begin together stay: where what goes leaves whole rows and columns of what
  /// stands between, and all of these are read, the same nodes do.
  mutating func settle(_ chains: [MovementChain]) {
    guard let first = chains.first, let shape = expectedShape(first.input) else { return }
    let cut = kept.cuts(.value(first.input.index)).first { $0.axis == first.axis }
    let stays = cut.map(kept.kept) ?? Array(0..<shape[first.axis])
    let shapes = chains.compactMap { $0.shapesBetween(keeping: stays, of: shape) }
    if shapes.count == chains.count, cut == nil || chains.allSatisfy(\.isPermutation) {
      for (value, shape) in shapes.joined() {
        shapesBetween[value] = shape
        specs[value.index]?.shape = shape
      }
      return
    }
    for chain in chains {
      for place in chain.nodes { gathered[place] = .some(nil) }
    }
    for chain in chains { if let last = chain.nodes.last { gathered[last] = chain } }
  }

  /// The node that puts the channels which stay in the order that a chain gave them.
  mutating func gather(_ chain: MovementChain, _ last: Node) -> Node {
    let cut = kept.cuts(.value(chain.input.index)).first { $0.axis == chain.axis }
    let indices = chain.indices(keeping: cut.map(kept.kept) ?? [])
    let operand = addConstant("\(last.name)_indices", Tensor(indices))
    return Node(
      id: last.id, name: last.name, op: "Gather", inputs: [chain.input, operand], outputs: [chain.output],
      attributes: ["axis": .int(chain.axis)])
  }
}
