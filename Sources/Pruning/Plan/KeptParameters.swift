package import Graph

/// What stays of every parameter of the original model after one prune after another: by constant and axis, numbered as in
/// the original. It is what another framework needs to cut its own copy of the weights.
package struct KeptParameters: Sendable, Hashable {
  /// A parameter of the original.
  package struct Parameter: Sendable, Hashable, Codable {
    /// Its shape in the original.
    package let shape: [Int]
    /// By axis that was cut: the indices that stay, ascending.
    package fileprivate(set) var kept: [Int: [Int]]
  }

  /// By the constant's name: those that were cut.
  package private(set) var parameters: [String: Parameter] = [:]

  /// Nothing is cut yet.
  package init() {}

  /// Takes in a prune of what the ones before it left.
  ///
  /// Constants that were split, because their readers keep different channels, are left out: they are another number of
  /// constants afterwards.
  ///
  /// - Parameters:
  ///   - selection: what goes, made with `groups`.
  ///   - bound: the network before this prune.
  ///   - pruned: the network after it.
  package mutating func remove(
    _ selection: Selection, groups: ChannelGroups, from bound: BoundNetwork, leaving pruned: Network
  ) {
    var gone: [ValueID: [Int: Set<Int>]] = [:]
    let removed = Set(selection.removedUnits)
    for (unit, slices) in groups.weightSlices().enumerated() where removed.contains(unit) {
      for slice in slices {
        gone[slice.constant, default: [:]][slice.axis, default: []].formUnion(slice.indices)
      }
    }
    for (constant, axes) in gone {
      guard let before = bound.constant(of: constant)?.shape else { continue }
      let name = bound.network.name(of: constant)
      var parameter = parameters[name] ?? Parameter(shape: before, kept: [:])
      var isWhole = pruned.value(named: name).flatMap { pruned.constants[$0] } != nil
      for (axis, indices) in axes {
        let now = parameter.kept[axis] ?? Array(0..<parameter.shape[axis])
        guard now.count == before[axis] else {
          isWhole = false
          continue
        }
        parameter.kept[axis] = now.indices.filter { !indices.contains($0) }.map { now[$0] }
      }
      let after = pruned.value(named: name).flatMap { pruned.constants[$0] }?.shape
      let expected = parameter.shape.indices.map { parameter.kept[$0]?.count ?? parameter.shape[$0] }
      parameters[name] = isWhole && after == expected ? parameter : nil
    }
  }
}
