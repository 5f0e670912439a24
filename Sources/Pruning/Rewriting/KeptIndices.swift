package import Graph

/// What stays of every operand when a selection is removed.
package struct KeptIndices: Sendable {
  private let bound: BoundNetwork
  private let kept: KeptChannels
  private let map: ChannelMap

  /// - Parameters:
  ///   - selection: made with `groups`.
  ///   - groups: made of `bound`.
  ///   - bound: the network before the removal.
  package init(_ selection: Selection, groups: ChannelGroups, bound: BoundNetwork) {
    self.bound = bound
    map = groups.map
    kept = KeptChannels(groups.map, units: groups.units.count, removed: selection.removedUnits)
  }

  /// The indices along an axis of a value that stay, ascending; `nil` where all do.
  package func indices(of value: ValueID, axis: Int) -> [Int]? {
    kept.cuts(.value(value.index)).first { $0.axis == axis }.map(kept.kept)
  }

  /// The indices along each axis that stay of what a node reads, by axis: those axes of which some go. A constant that several
  /// nodes share may lose others for each of them.
  package func indices(ofInput number: Int, ofNode index: Int) -> [Int: [Int]] {
    guard let value = bound.network.nodes[index].inputs[safe: number] ?? nil else { return [:] }
    return kept.cuts(map.slot(of: value, use: ConstantUse(node: index, input: number)))
      .reduce(into: [:]) { $0[$1.axis] = kept.kept($1) }
  }

  /// The nodes of the network whose results differ on the channels that stay: those that sum over channels of which some
  /// go, and whatever lies behind them.
  package func changedNodes() -> Set<NodeID> {
    var changed = Set<ValueID>()
    var result = Set<NodeID>()
    for index in bound.steps {
      let node = bound.network.nodes[index]
      guard node.readValues.contains(where: changed.contains) || sumsOverCut(index) else { continue }
      result.insert(node.id)
      changed.formUnion(node.outputs.compactMap { $0 })
    }
    return result
  }

  private func sumsOverCut(_ index: Int) -> Bool {
    let relations = bound.relations(at: index)
    return kept.changesStatistics(relations, of: index, bound)
      || relations.compactMap(\.summedAxes).joined().contains { kept.isCut($0, of: index, bound) }
  }
}
