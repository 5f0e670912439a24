import Graph

/// Which pointwise nodes end in one result, so that they are computed in one pass over memory.
///
/// A node belongs to the region of its readers where all of these are pointwise, make the same shape and belong to one
/// region, and nobody else looks at what it makes.
struct PointwiseRegions {
  /// The last node of each pointwise node's region, by index.
  private var ends: [Int: Int] = [:]
  /// The nodes of a region, by its last one.
  private var members: [Int: [Int]] = [:]

  /// Nodes of a region at most: a longer chain is cut, so that its tiles stay in the first cache.
  private static let longest = 32

  /// - Parameters:
  ///   - isPointwise: whether the node at an index has an expression.
  ///   - isWatched: whether a value must exist by itself.
  init(
    _ bound: BoundNetwork, _ topology: Topology, isPointwise: (Int) -> Bool, isWatched: (ValueID) -> Bool
  ) {
    for index in bound.steps.reversed() where isPointwise(index) {
      var end = index
      if let output = bound.network.nodes[index].outputs.first ?? nil, !isWatched(output) {
        let readers = Set(topology.uses(of: output).map(\.node))
        let shared = Set(readers.map { ends[$0] ?? index })
        if let next = shared.first, shared.count == 1, next != index,
          readers.allSatisfy({ bound.sameShape($0, index) }), members[next]?.count ?? 0 < Self.longest
        {
          end = next
        }
      }
      ends[index] = end
      members[end, default: []].append(index)
    }
  }

  /// Whether the node's result is only a step on the way to its region's.
  func isInner(_ index: Int) -> Bool { ends[index].map { $0 != index } ?? false }

  /// Where the region of a node ends; `nil` for one that is not pointwise.
  func end(of index: Int) -> Int? { ends[index] }

  /// The nodes of the region that ends at an index, the last one first.
  func region(endingAt index: Int) -> [Int] { members[index] ?? [] }
}

extension BoundNetwork {
  fileprivate func sameShape(_ a: Int, _ b: Int) -> Bool {
    func shape(_ index: Int) -> [Int]? {
      (network.nodes[index].outputs.first ?? nil).flatMap { self.shape(of: $0) }
    }
    return shape(a) != nil && shape(a) == shape(b)
  }
}
