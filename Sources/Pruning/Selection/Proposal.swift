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
  /// - Parameter curves: what each group's width costs, where that was measured: it decides then, and the scope and the
  ///   ranking do not.
  package func proposal(
    _ target: PruningTarget, scope: Scope, ranking: UnitScores, groups: ChannelGroups,
    times: MeasuredTimes = MeasuredTimes(), curves: LossCurves? = nil
  ) throws -> Proposal {
    let target = try target.relative(to: groups, times: times)
    let walk = try RemovalWalk(self, target, scope, ranking, groups, times, curves)
    let (count, returned) = walk.end(for: target)
    let prefix = walk.units[..<count]
    let taken = returned.isEmpty ? prefix : prefix.filter { !returned.contains($0) }[...]
    let removed = walk.rounding?.removed(by: taken) ?? taken.ascending(below: groups.units.count)
    var selection = Selection(
      removedUnits: removed, groups: groups, asked: multiple > 1 ? walk.kernels(of: taken) : nil,
      nonFinite: ranking.nonFinite)
    var settings = keepingWhatStays(of: selection, in: groups)
    var isReached = walk.meets(target, removed: removed)
    if case .percent(let percent) = target, scope == .layer {
      // A share that every layer is given reads better than the kernels it comes to.
      var shares = self
      shares.amounts = [:]
      for layer in groups.layers where layer.isPrunable && !protected.contains(layer.layer.name) {
        shares.amounts[layer.layer.name] = .percent(percent)
      }
      let same = try Selection(shares, ranking: ranking, groups: groups, times: times.widths)
      if same.removedUnits == removed {
        settings = shares
        selection = same
      }
      isReached = zip(groups.layers, zip(same.asked, selection.keptKernels)).allSatisfy { layer, got in
        !layer.isPrunable || layer.layer.kernels - got.1.count >= got.0
      }
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

/// Everything that can go, in the order in which it goes, and how far a target needs it to. Targets are no absolute ones:
/// `PruningTarget.relative` comes before.
struct RemovalWalk {
  private let groups: ChannelGroups
  private let settings: PruningSettings
  /// Units in the order of their removal.
  let units: [Int]
  /// The first so many go whatever is asked.
  let forced: Int
  /// By unit, in scopes that share out: the share it belongs to.
  private let shares: [Double]
  /// `nil` where every count of kernels may be kept.
  let rounding: WidthRounding?
  private let latency: LatencyModel?

  init(
    _ settings: PruningSettings, _ target: PruningTarget, _ scope: Scope, _ ranking: UnitScores,
    _ groups: ChannelGroups, _ times: MeasuredTimes, _ curves: LossCurves?
  ) throws {
    self.groups = groups
    self.settings = settings
    var removal = try Removal(settings, groups: groups)
    forced = removal.removed.count
    let order: RemovalOrder
    if case .latency = target {
      guard let table = times.layers else { throw PruningError.noTimes }
      latency = LatencyModel(table, groups: groups)
    } else {
      latency = nil
    }
    if let curves {
      order = RemovalOrder(curves, groups, isHeld: removal.isHeld, cost: Self.cost(of: target, latency))
    } else if let model = latency {
      order = RemovalOrder(
        latency: model, block: max(settings.multiple, PruningSettings.fastMultiple), ranking, groups,
        isHeld: removal.isHeld)
    } else {
      order = RemovalOrder(scope, ranking, groups, isHeld: removal.isHeld)
    }
    shares = order.shares
    if case .peakMemory = target {
      var descent = PeakDescent(order.units, groups: groups)
      descent.run(&removal)
    } else {
      for unit in order.units where removal.canRemove(unit) { removal.remove(unit) }
    }
    units = removal.removed
    rounding =
      settings.multiple > 1
      ? WidthRounding(
        units, forced: forced, multiple: settings.multiple,
        times: settings.snapsToFastWidths ? times.widths : nil,
        groups: groups) : nil
  }

  /// By layer: the kernels of some units.
  func kernels(of units: some Sequence<Int>) -> [Int] {
    var counts = [Int](repeating: 0, count: groups.layers.count)
    for unit in units { groups.demands.forEach(unit) { counts[$0] += $1 } }
    return counts
  }

  /// How many units from the front meet a target, and which of them come back.
  func end(for target: PruningTarget) -> (count: Int, returned: Set<Int>) {
    switch target {
    case .percent(let percent):
      if !shares.isEmpty {
        let limit = percent / 100 + 1e-9
        return (units[forced...].firstIndex { shares[$0] > limit } ?? units.count, [])
      }
      return (longest(kernels(of: percent)), [])
    case .kernels(let count): return (longest(count), [])
    case .parameters, .multiplyAccumulates:
      let count = shortest(for: target)
      guard settings.multiple == 1, count > forced, count < units.count || meets(target, removed: units)
      else { return (count, []) }
      return (count, returned(from: count, for: target))
    case .peakMemory, .latency, .absolute: return (shortest(for: target), [])
    }
  }

  /// Whether a removal meets a target. A number of kernels counts as met when no further unit would have fitted.
  func meets(_ target: PruningTarget, removed: some Sequence<Int>) -> Bool {
    if let limit = limit(of: target) {
      return cost(of: target, RunningCost(groups.costs, removed: removed)) <= limit
    }
    switch target {
    case .kernels(let count): return longest(count) < units.count || kernelCount(units) >= count
    case .percent(let percent):
      if !shares.isEmpty { return true }
      let count = kernels(of: percent)
      return longest(count) < units.count || kernelCount(units) >= count
    default: return false
    }
  }

  /// How many kernels a share of those that could go is.
  private func kernels(of percent: Double) -> Int {
    PruningSettings.share(percent, of: groups.prunableKernelCount(minimumKept: settings.minimumKept))
  }

  private func kernelCount(_ units: some Sequence<Int>) -> Int {
    units.reduce(0) { $0 + groups.demands.sizes[$1] }
  }

  /// The longest prefix of at most so many kernels.
  private func longest(_ kernels: Int) -> Int {
    var sum = 0
    for (index, unit) in units.enumerated() {
      let size = groups.demands.sizes[unit]
      if index >= forced, sum + size > kernels { return index }
      sum += size
    }
    return units.count
  }

  /// What may be left of a cost; `nil` for targets that count kernels.
  private func limit(of target: PruningTarget) -> Double? {
    switch target {
    case .parameters(let percent): percent / 100 * Double(groups.summary.parameters)
    case .multiplyAccumulates(let percent): percent / 100 * Double(groups.summary.multiplyAccumulates)
    case .peakMemory(let percent):
      percent / 100 * Double(groups.costs.activations.peak(groups.costs.tables))
    case .latency(let percent): latency.map { percent / 100 * $0.seconds(groups.costs.tables) }
    case .percent, .kernels, .absolute: nil
    }
  }

  private func cost(of target: PruningTarget, _ costs: RunningCost) -> Double {
    Self.cost(of: target, latency)(costs)
  }

  /// What a target wants less of; for targets that count kernels the operations, which make kernels comparable.
  private static func cost(of target: PruningTarget, _ latency: LatencyModel?) -> (RunningCost) -> Double {
    switch target {
    case .parameters: { Double($0.parameters) }
    case .multiplyAccumulates, .percent, .kernels, .absolute: { Double($0.multiplyAccumulates) }
    case .peakMemory: { Double($0.peakMemory) }
    case .latency: { latency?.seconds($0.counts) ?? 0 }
    }
  }

  /// The shortest prefix that fits, by bisection: costs only fall along the order. All of it where none does.
  private func shortest(for target: PruningTarget) -> Int {
    guard let limit = limit(of: target) else { return forced }
    func fits(_ count: Int) -> Bool {
      let costs =
        rounding.map { RunningCost(groups.costs, removed: $0.removed(by: units[..<count])) }
        ?? RunningCost(groups.costs, removed: units[..<count])
      return cost(of: target, costs) <= limit
    }
    var (low, high) = (forced, units.count)
    while low < high {
      let middle = (low + high) / 2
      if fits(middle) { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// The units that come back from the shortest prefix that fits.
  ///
  /// They come in an order that does not depend on the limit, the cheapest first, and only while the network is
  /// no larger in any respect than a prefix one shorter leaves it: so what a lower limit leaves is never
  /// larger. A unit comes back before those of its layers that went before it never.
  private func returned(from count: Int, for target: PruningTarget) -> Set<Int> {
    guard let limit = limit(of: target) else { return [] }
    let ceiling = RunningCost(groups.costs, removed: units[..<(count - 1)])
    var costs = RunningCost(groups.costs, removed: units[..<count])
    var last = [[Int]](repeating: [], count: groups.layers.count)
    for unit in units[..<count] {
      for kernel in groups.units[unit].kernels where last[kernel.layer].last != unit {
        last[kernel.layer].append(unit)
      }
    }
    let fixed = Set(units[..<forced])
    var rank: [Int: Int] = [:]
    for (index, unit) in units[..<count].enumerated() { rank[unit] = index }
    var returned = Set<Int>()
    while true {
      var best: (cost: Double, rank: Int, unit: Int)?
      for (layer, stack) in last.enumerated() {
        guard let unit = stack.last, !fixed.contains(unit), groups.units[unit].kernels[0].layer == layer,
          groups.units[unit].kernels.allSatisfy({ last[$0.layer].last == unit })
        else { continue }
        var trial = costs
        trial.putBack(unit)
        guard trial.parameters < ceiling.parameters, trial.multiplyAccumulates < ceiling.multiplyAccumulates
        else { continue }
        let found = (cost(of: target, trial), -(rank[unit] ?? 0), unit)
        if best.map({ found < $0 }) ?? true { best = found }
      }
      guard let best, best.cost <= limit else { return returned }
      costs.putBack(best.unit)
      returned.insert(best.unit)
      for kernel in groups.units[best.unit].kernels where last[kernel.layer].last == best.unit {
        last[kernel.layer].removeLast()
      }
    }
  }
}
