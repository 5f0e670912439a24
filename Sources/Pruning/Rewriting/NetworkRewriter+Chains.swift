import Graph

/// Movements one after another that are one.
extension NetworkRewriter {
  /// Decides whether chains of movements that begin together stay: where what goes leaves whole rows and columns of what
  /// stands between, and all of these are read, the same nodes do.
  mutating func decideWhatStays(of chains: [MovementChain]) {
    guard let first = chains.first, let shape = expectedShape(first.input) else { return }
    let cut = kept.cuts(.value(first.input.index)).first { $0.axis == first.axis }
    let stays = cut.map(kept.kept) ?? Array(0..<shape[first.axis])
    let shapes = bindings.indices.map { number in
      chains.compactMap { chain in
        expectedShape(first.input, in: number).flatMap {
          chain.followed(in: bindings[number].original)?.shapesBetween(keeping: stays, of: $0)
        }
      }
    }
    if shapes.allSatisfy({ $0.count == chains.count }), cut == nil || chains.allSatisfy(\.isPermutation) {
      for (number, shapes) in shapes.enumerated() {
        for (value, shape) in shapes.joined() { bindings[number].expect(shape, of: value) }
      }
      return
    }
    for chain in chains {
      for index in chain.nodes { gathered[index] = .some(nil) }
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
