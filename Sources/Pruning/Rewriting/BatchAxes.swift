import Graph

/// Which axes of which values grow with the number of examples.
///
/// Found by binding the network a second time with twice as many; a file may put the batch second, or fold it into
/// windows, so that no rule about places would do.
struct BatchAxes {
  private let bound: BoundNetwork
  private let doubled: BoundNetwork?

  /// Nothing grows where the file fixes the number of examples.
  init(_ bound: BoundNetwork) {
    self.bound = bound
    var shapes: [ValueID: [Int]] = [:]
    var isFree = false
    for input in bound.network.inputs {
      guard var shape = bound.shape(of: input) else { continue }
      let declared = bound.network.values[input.index].declaredType?.dimensions?.first
      if !shape.isEmpty, declared?.extent == nil {
        shape[0] *= 2
        isFree = true
      }
      shapes[input] = shape
    }
    doubled =
      isFree
      ? try? BoundNetwork(bound.network, inputShapes: shapes, foldsWeights: false, table: bound.table) : nil
  }

  /// The axes of a value that do.
  func axes(of value: ValueID) -> [Int] {
    guard let before = bound.shape(of: value), let after = doubled?.shape(of: value),
      before.count == after.count
    else { return [] }
    return before.indices.filter { before[$0] != after[$0] }
  }
}
