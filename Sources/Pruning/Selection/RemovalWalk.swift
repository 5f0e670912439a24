import Graph

/// Everything that can go, in the order in which it goes, and how far targets need it to. Targets are no absolute ones:
/// `PruningTarget.relative` comes before.
struct RemovalWalk {
  private let groups: ChannelGroups
  private let settings: PruningSettings
  private let targets: [PruningTarget]
  /// Units in the order of their removal.
  let units: [Int]
  /// The first so many go whatever is asked.
  let forced: Int
  /// By unit, in scopes that share out: the share it belongs to.
  private let shares: [Double]
  /// `nil` where every count of kernels may be kept.
  let rounding: WidthRounding?
  private let latency: LatencyModel?
  /// What the order wants less of.
  private let blendedCost: (RunningCost) -> Double

  init(
    _ settings: PruningSettings, _ blend: CostBlend, _ scope: Scope, _ ranking: UnitScores,
    _ groups: ChannelGroups, _ times: MeasuredTimes, _ curves: LossCurves?
  ) throws {
    self.groups = groups
    self.settings = settings
    targets = blend.targets
    var removal = try Removal(settings, groups: groups)
    forced = removal.removed.count
    let order: RemovalOrder
    if targets.contains(where: { $0.remaining?.measure == .latency }) {
      guard let table = times.layers else { throw PruningError.noTimes }
      latency = LatencyModel(table, groups: groups)
    } else {
      latency = nil
    }
    blendedCost = Self.cost(of: blend, latency, groups)
    if let curves {
      order = RemovalOrder(curves, groups, isHeld: removal.isHeld, cost: blendedCost)
    } else if let model = latency {
      order = RemovalOrder(
        latency: model, block: max(settings.multiple, PruningSettings.fastMultiple), ranking, groups,
        isHeld: removal.isHeld)
    } else {
      order = RemovalOrder(scope, ranking, groups, isHeld: removal.isHeld)
    }
    shares = order.shares
    if let memory = targets.first(where: { $0.remaining?.measure == .memory }) {
      var descending = removal
      var descent = PeakDescent(order.units, groups: groups)
      descent.run(&descending)
      // Beside other targets only as much goes for the peak as it needs.
      let needed =
        targets.count == 1
        ? descending.removed.count
        : Self.shortest(
          descending.removed, from: forced, until: Self.limit(of: memory, nil, groups) ?? 0,
          cost: { Double(RunningCost(groups.costs, removed: $0).peakMemory) })
      for unit in descending.removed[forced..<needed] { removal.remove(unit) }
    }
    if targets.count > 1 || targets[0].remaining?.measure != .memory {
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

  /// How many units from the front meet all targets, and which of them come back.
  var end: (count: Int, returned: Set<Int>) {
    switch targets[0] {
    case .percent(let percent):
      if !shares.isEmpty {
        let limit = percent / 100 + 1e-9
        return (units[forced...].firstIndex { shares[$0] > limit } ?? units.count, [])
      }
      return (longest(kernels(of: percent)), [])
    case .kernels(let count): return (longest(count), [])
    case .parameters, .multiplyAccumulates, .peakMemory, .latency, .absolute: break
    }
    let count = targets.map(shortest).max() ?? forced
    let isCounted = targets.allSatisfy {
      [.parameters, .multiplyAccumulates].contains($0.remaining?.measure)
    }
    guard isCounted, settings.multiple == 1, count > forced, count < units.count || isMet(removing: units)
    else { return (count, []) }
    return (count, returned(from: count))
  }

  /// Whether a removal meets all targets.
  func isMet(removing removed: some Sequence<Int>) -> Bool {
    targets.allSatisfy { meets($0, removed: removed) }
  }

  /// Whether a removal meets a target. A number of kernels counts as met when no further unit would have fitted.
  private func meets(_ target: PruningTarget, removed: some Sequence<Int>) -> Bool {
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
  private func limit(of target: PruningTarget) -> Double? { Self.limit(of: target, latency, groups) }

  private static func limit(
    of target: PruningTarget, _ latency: LatencyModel?, _ groups: ChannelGroups
  ) -> Double? {
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

  /// What a blend wants less of: the sum of the shares that are left of each cost, by their weights.
  private static func cost(
    of blend: CostBlend, _ latency: LatencyModel?, _ groups: ChannelGroups
  ) -> (RunningCost) -> Double {
    guard blend.targets.count > 1 else { return cost(of: blend.targets[0], latency) }
    let whole = RunningCost(groups.costs, removed: [])
    let parts = zip(blend.targets, blend.weights).filter { $0.1 > 0 }.map { target, weight in
      let cost = cost(of: target, latency)
      return (cost: cost, scale: weight / max(cost(whole), .leastNormalMagnitude))
    }
    return { costs in parts.reduce(0) { $0 + $1.scale * $1.cost(costs) } }
  }

  /// The shortest prefix that fits.
  private func shortest(for target: PruningTarget) -> Int {
    guard let limit = limit(of: target) else { return forced }
    return Self.shortest(units, from: forced, until: limit) { prefix in
      let costs =
        rounding.map { RunningCost(groups.costs, removed: $0.removed(by: prefix)) }
        ?? RunningCost(groups.costs, removed: prefix)
      return cost(of: target, costs)
    }
  }

  /// The shortest prefix that costs no more than a limit, by bisection: costs only fall along an order. All of it where none
  /// does.
  private static func shortest(
    _ units: [Int], from least: Int, until limit: Double, cost: (ArraySlice<Int>) -> Double
  ) -> Int {
    var (low, high) = (least, units.count)
    while low < high {
      let middle = (low + high) / 2
      if cost(units[..<middle]) <= limit { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// The units that come back from the shortest prefix that fits.
  ///
  /// They come in an order that does not depend on the limit, the cheapest first, and only while the network is
  /// no larger in any respect than a prefix one shorter leaves it: so what a lower limit leaves is never
  /// larger. A unit comes back before those of its layers that went before it never.
  private func returned(from count: Int) -> Set<Int> {
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
        let found = (blendedCost(trial), -(rank[unit] ?? 0), unit)
        if best.map({ found < $0 }) ?? true { best = found }
      }
      guard let best else { return returned }
      costs.putBack(best.unit)
      guard targets.allSatisfy({ cost(of: $0, costs) <= limit(of: $0) ?? .infinity }) else { return returned }
      returned.insert(best.unit)
      for kernel in groups.units[best.unit].kernels where last[kernel.layer].last == best.unit {
        last[kernel.layer].removeLast()
      }
    }
  }
}
