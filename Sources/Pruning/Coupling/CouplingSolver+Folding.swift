import Graph

/// Arithmetic on weights that stands in the way of their channels: a norm of a whole weight, a shape that mixes its axes.
///
/// What it makes is known before any data are, so that the constant can be sliced in its place.
extension CouplingSolver {
  /// The solution in which no kernel is frozen by arithmetic on weights that a constant can stand for.
  ///
  /// - Throws: `PruningError.tooManyChannels`.
  static func solved(
    _ bound: BoundNetwork, policy: GroupedConvolutionPolicy, chains: [MovementChain], layers: [Layer],
    flipped: Set<Int> = []
  ) throws -> CouplingSolver {
    var folded: Set<Int> = []
    while true {
      var solver = CouplingSolver(bound, policy: policy, chains: chains, flipped: flipped, folded: folded)
      try solver.solve()
      let more = solver.obstacles(before: layers)
      if more.isEmpty { return solver }
      folded.formUnion(more)
    }
  }

  /// The indices of arithmetic on weights that freezes kernels, and is followed so far.
  private mutating func obstacles(before layers: [Layer]) -> Set<Int> {
    let candidates = Set(events.compactMap(\.node)).filter { !folded.contains($0) && bound.canFold(at: $0) }
    guard !candidates.isEmpty else { return [] }
    let freezes = sets.freezesByRoot()
    var found: Set<Int> = []
    for layer in layers {
      for field in self[.value(layer.output.index)] where field.index(of: layer.outputAxis) != nil {
        for cell in field.cells {
          let freeze = freezes[Int(sets.find(cell))]
          if freeze >= 0, let node = events[Int(freeze)].node, candidates.contains(node) {
            found.insert(node)
          }
        }
      }
    }
    return found
  }
}

extension BoundNetwork {
  /// Whether a constant can stand for what the node at an index makes: it computes with weights alone, and gives the same
  /// at all sizes.
  func canFold(at index: Int) -> Bool { isWeightArithmetic(at: index) && !isChosen(at: index) }

  /// Whether what the node at an index makes is known, and another size could choose another value.
  func isChosen(at index: Int) -> Bool {
    !chosen.isEmpty && network.nodes[index].outputs.contains { $0.map(chosen.contains) ?? false }
  }
}

extension ChannelRelation {
  /// Whether the relation sums or takes statistics.
  var isReducing: Bool {
    switch self {
    case .contracted, .inexact: true
    default: false
    }
  }
}
