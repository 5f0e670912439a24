import Graph

/// Which axes of which values grow with the extents that the file leaves open: the number of examples, the height and the
/// width of pictures.
///
/// Found by binding the network a second time with twice as much of each; a file may put the batch second, or fold it into
/// windows, so that no rule about places would do.
struct FreeAxes {
  private let bound: BoundNetwork
  /// The network bound to the other extents; `nil` where the file fixes all of them, or nothing else can be bound.
  let other: BoundNetwork?

  init(_ bound: BoundNetwork) {
    self.bound = bound
    // A network may be right for a number of examples only, or for pictures of some sizes.
    other = Self.rebound(bound) { _ in 2 } ?? Self.rebound(bound) { $0 == 0 ? 2 : 1 }
  }

  /// The network bound to inputs of which each open axis is so many times as long; `nil` where there is none, or the
  /// network cannot take them.
  private static func rebound(_ bound: BoundNetwork, factor: (_ axis: Int) -> Int) -> BoundNetwork? {
    var shapes: [ValueID: [Int]] = [:]
    var isFree = false
    for input in bound.network.inputs {
      guard var shape = bound.shape(of: input) else { continue }
      let declared = bound.network.values[input.index].declaredType?.dimensions
      for axis in shape.indices where declared?[safe: axis]?.extent == nil && factor(axis) > 1 {
        shape[axis] *= factor(axis)
        isFree = true
      }
      shapes[input] = shape
    }
    guard isFree,
      let other = try? BoundNetwork(
        bound.network, inputShapes: shapes, foldsWeights: false, decisions: bound.decisions,
        table: bound.table),
      other.network.nodes.count == bound.network.nodes.count, other.failures.count == bound.failures.count
    else { return nil }
    return other
  }

  /// The axes of a value that do.
  func axes(of value: ValueID) -> [Int] {
    guard let before = bound.shape(of: value), let after = other?.shape(of: value),
      before.count == after.count
    else { return [] }
    return before.indices.filter { before[$0] != after[$0] }
  }
}
