public import Graph

extension Network {
  /// The network without what a selection removes: constants sliced, group counts, shape constants and
  /// declared types corrected, everything else as it was.
  ///
  /// The result computes what `masked` computes. Names of values and numbers of nodes stay, so that a writer
  /// can edit the file that the network came from. Constants whose readers lose different channels are
  /// copied under new names.
  ///
  /// - Parameters:
  ///   - selection: made with `groups`.
  ///   - groups: made of `bound`.
  ///   - bound: this network, bound.
  /// - Throws: `PruningError`, naming the node, when the rewritten network would not keep its output shapes.
  public func removing(
    _ selection: Selection, groups: ChannelGroups, bound: BoundNetwork
  ) throws -> Network {
    try checkFit(selection, groups, bound)
    try Removal.check(selection.removedUnits, groups: groups)
    if selection.removedUnits.isEmpty { return self }
    var rewriter = NetworkRewriter(bound, groups, selection)
    return try rewriter.rewrite()
  }

  /// The same network with the removed channels silenced where they are summed over: the weights that read
  /// them are zero, or the value is multiplied by zeros and ones where no constant reads it.
  ///
  /// - Throws: `PruningError` for a selection of another network.
  package func masked(
    _ selection: Selection, groups: ChannelGroups, bound: BoundNetwork
  ) throws -> Network {
    try checkFit(selection, groups, bound)
    if selection.removedUnits.isEmpty { return self }
    var masker = NetworkMasker(bound, groups, selection)
    return masker.mask()
  }

  private func checkFit(
    _ selection: Selection, _ groups: ChannelGroups, _ bound: BoundNetwork
  ) throws {
    guard bound.network.nodes.count == nodes.count, bound.network.values.count == values.count,
      groups.map.values.count == values.count, selection.keptKernels.count == groups.layers.count,
      selection.removedUnits.allSatisfy({ groups.units.indices.contains($0) })
    else { throw PruningError.anotherNetwork }
  }
}
