import Graph

/// Union-find over channel cells, with what has been said of each.
///
/// A cell is an index; the smallest index of a component is its root, so that results do not depend on
/// the order of the unions.
struct DisjointCells {
  private var parents: [Int32] = []
  /// By cell: the freeze event that froze it first, or -1.
  private(set) var freezes: [Int32] = []

  /// As many cells as there may be, and positions of one field: channels are few, whatever a file says of extents.
  static let limit = 1 << 26

  init() {}

  /// As many cells as the elements of a list that is there already.
  init(count: Int) {
    parents = [Int32](0..<Int32(count))
    freezes = [Int32](repeating: -1, count: count)
  }

  var count: Int { parents.count }

  /// New cells, each on its own.
  ///
  /// - Throws: `PruningError.tooManyChannels` beyond `limit`.
  mutating func make(_ count: Int) throws -> [Int32] {
    guard count <= Self.limit - parents.count else {
      throw PruningError.tooManyChannels(parents.count.plus(count))
    }
    let first = Int32(parents.count)
    let cells = [Int32](first..<(first + Int32(count)))
    parents.append(contentsOf: cells)
    freezes.append(contentsOf: repeatElement(-1, count: count))
    return cells
  }

  /// The root of the cell's component (path halving).
  mutating func find(_ cell: Int32) -> Int32 {
    var cell = cell
    while parents[Int(cell)] != cell {
      let above = parents[Int(parents[Int(cell)])]
      parents[Int(cell)] = above
      cell = above
    }
    return cell
  }

  mutating func union(_ a: Int32, _ b: Int32) {
    if a == b { return }
    let (left, right) = (find(a), find(b))
    if left < right { parents[Int(right)] = left } else if right < left { parents[Int(left)] = right }
  }

  /// Unites cells at the same position of two lists of the same length.
  mutating func union(_ a: [Int32], _ b: [Int32]) {
    precondition(a.count == b.count, "lists of the same channels")
    for index in a.indices { union(a[index], b[index]) }
  }

  mutating func freeze(_ cells: [Int32], event: Int) {
    for cell in cells where freezes[Int(cell)] < 0 { freezes[Int(cell)] = Int32(event) }
  }

  /// Whether a list holds one component only.
  mutating func isUniform(_ cells: [Int32]) -> Bool {
    guard let first = cells.first else { return true }
    let root = find(first)
    for cell in cells where find(cell) != root { return false }
    return true
  }

  /// By root: the first freeze event of its component, or -1 (cells that are not roots: -1).
  mutating func freezesByRoot() -> [Int32] {
    var result = [Int32](repeating: -1, count: parents.count)
    for cell in parents.indices where freezes[cell] >= 0 {
      let root = Int(find(Int32(cell)))
      if result[root] < 0 || freezes[cell] < result[root] { result[root] = freezes[cell] }
    }
    return result
  }
}
