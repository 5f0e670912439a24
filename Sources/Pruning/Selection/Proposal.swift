public import Graph

extension PruningSettings {
  /// Amounts that reach a target; amounts that were set before are replaced.
  ///
  /// Units are ordered once and taken from the front until the target is met, those that a floor keeps
  /// passed over. A higher target therefore removes what a lower one removes, and more: it never gives a
  /// larger network. Where parameters or operations are the target, cheap units of those that went last come back
  /// for as long as the target is met and the network is no larger than one unit less would have left it.
  ///
  /// - Parameters:
  ///   - scope: `global` orders units by their normalised scores; `layer` by their rank within their
  ///     layers, so that every layer loses the same share; `isomorphic` by their rank within the groups of the
  ///     same structure.
  ///   - times: what was measured, for targets of latency and `snapsToFastWidths`.
  /// - Throws: `PruningError.invalidTarget`, `noTimes` for a target of latency without a table, and what `Selection.init` throws.
  public func proposal(
    _ target: PruningTarget, scope: Scope, scores: ScoreTable, groups: ChannelGroups, bound: BoundNetwork,
    times: MeasuredTimes = MeasuredTimes()
  ) throws -> Proposal {
    try proposal(
      target, scope: scope,
      ranking: UnitScores(scores, groups: groups, settings: self),
      groups: groups, times: times)
  }

  /// As above, of units that are ranked already: what a screen calls at each key.
  ///
  /// - Parameters:
  ///   - further: costs that may not exceed an amount either. Of several orders that meet all of them that is taken which
  ///     is expected to lose least.
  ///   - curves: what each group's width costs, where that was measured: it decides then, and the scope and the ranking do
  ///     not.
  package func proposal(
    _ target: PruningTarget, further: [PruningTarget] = [], scope: Scope, ranking: UnitScores,
    groups: ChannelGroups, times: MeasuredTimes = MeasuredTimes(), curves: LossCurves? = nil
  ) throws -> Proposal {
    let targets = try ([target] + further).map { try $0.relative(to: groups, times: times) }
    if targets.count > 1, targets.contains(where: { $0.remaining == nil }) {
      throw PruningError.invalidTarget("a share or a number of kernels cannot be joined with a cost")
    }
    let best = try CostBlend.candidates(for: targets, areMeasured: curves != nil)
      .map { blend in
        proposal(
          by: try RemovalWalk(self, blend, scope, ranking, groups, times, curves), scope, ranking, groups)
      }
      .min { a, b in
        if a.isReached != b.isReached { return a.isReached }
        let losses = [a, b].map { curves?.loss(without: $0.selection, in: groups) ?? 0 }
        return losses[0] < losses[1]
      }
    guard let best else { preconditionFailure("there is a blend") }
    guard case .percent(let percent) = targets[0], scope == .layer else { return best }
    return try sharing(percent, as: best, ranking, groups, times)
  }

  /// What a walk takes until its targets are met.
  private func proposal(
    by walk: RemovalWalk, _ scope: Scope, _ ranking: UnitScores, _ groups: ChannelGroups
  ) -> Proposal {
    let (count, returned) = walk.end
    let prefix = walk.units[..<count]
    let taken = returned.isEmpty ? prefix : prefix.filter { !returned.contains($0) }[...]
    let removed = walk.rounding?.removed(by: taken) ?? taken.ascending(below: groups.units.count)
    let selection = Selection(
      removedUnits: removed, groups: groups, asked: multiple > 1 ? walk.kernels(of: taken) : nil,
      nonFinite: ranking.nonFinite)
    return Proposal(
      settings: keepingWhatStays(of: selection, in: groups), selection: selection,
      isReached: walk.isMet(removing: removed))
  }

  /// A proposal as a share that every layer is given, where that comes to the same: it reads better than the kernels.
  private func sharing(
    _ percent: Double, as found: Proposal, _ ranking: UnitScores, _ groups: ChannelGroups,
    _ times: MeasuredTimes
  ) throws -> Proposal {
    var (settings, selection) = (found.settings, found.selection)
    var shares = self
    shares.amounts = [:]
    for layer in groups.layers where layer.isPrunable && !protected.contains(layer.layer.name) {
      shares.amounts[layer.layer.name] = .percent(percent)
    }
    let same = try Selection(shares, ranking: ranking, groups: groups, times: times.widths)
    if same.removedUnits == selection.removedUnits { (settings, selection) = (shares, same) }
    let isReached = zip(groups.layers, zip(same.asked, selection.keptKernels)).allSatisfy { layer, got in
      !layer.isPrunable || layer.layer.kernels - got.1.count >= got.0
    }
    return Proposal(settings: settings, selection: selection, isReached: isReached)
  }
}

extension PruningSettings {
  /// The same with amounts that say what a selection leaves of each layer that it narrows.
  package func keepingWhatStays(of selection: Selection, in groups: ChannelGroups) -> PruningSettings {
    var settings = self
    settings.amounts = [:]
    for (index, layer) in groups.layers.enumerated() {
      let kept = selection.keptKernels[index].count
      if kept < layer.layer.kernels { settings.amounts[layer.layer.name] = .keep(kept) }
    }
    return settings
  }
}
