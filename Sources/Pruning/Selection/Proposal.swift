public import Graph

/// How much of a network is to go, as one figure.
public enum PruningTarget: Sendable, Hashable {
  /// This share of the kernels that could go (`ChannelGroups.prunableKernelCount`), 0…100, rounded down.
  case percent(Double)
  /// At most this many kernels go.
  case kernels(Int)
  /// At most this share of the learnable elements stays, in per cent of what there is.
  case parameters(keepPercent: Double)
  /// At most this share of the multiply-accumulates stays, in per cent of what there is.
  case multiplyAccumulates(keepPercent: Double)
}

/// Amounts that reach a target, to be looked at and edited.
public struct Proposal: Sendable, Hashable {
  /// The settings it was made from, with an amount for every layer that can lose something.
  public let settings: PruningSettings
  /// What these settings remove.
  public let selection: Selection
  /// Whether the target is met; floors, pins and protection can stand in its way.
  public let isReached: Bool
}

extension PruningSettings {
  /// Amounts that reach a target; amounts that were set before are replaced.
  ///
  /// Atoms are ordered once and taken from the front until the target is met, those that a floor keeps
  /// passed over. A higher target therefore removes what a lower one removes, and more: it never gives a
  /// larger network.
  ///
  /// - Parameters:
  ///   - scope: `global` orders atoms by their normalised scores; `layer` by their rank within their group,
  ///     so that every group loses the same share.
  /// - Throws: `PruningError.invalidTarget`, and what `Selection.init` throws.
  public func proposal(
    _ target: PruningTarget, scope: Scope, scores: ScoreTable, groups: ChannelGroups, bound: BoundNetwork
  ) throws(PruningError) -> Proposal {
    try target.check()
    let ranking = AtomScores(scores, groups: groups, settings: self)
    var settings = self
    settings.amounts = [:]
    if case .percent(let percent) = target, scope == .layer {
      for layer in groups.layers where layer.isPrunable && !protected.contains(layer.layer.name) {
        settings.amounts[layer.layer.name] = .percent(percent)
      }
      let selection = try Selection(settings, ranking: ranking, groups: groups)
      let reached = zip(groups.layers, zip(selection.asked, selection.keptKernels)).allSatisfy { layer, got in
        !layer.isPrunable || layer.layer.kernels - got.1.count >= got.0
      }
      return Proposal(settings: settings, selection: selection, isReached: reached)
    }
    let order = scope == .global ? ranking.order : Self.orderByRank(ranking, groups)
    var removal = try Removal(settings, groups: groups)
    let forced = removal.removed.count
    for atom in order where removal.canRemove(atom) { removal.remove(atom) }
    let (count, isReached) = target.prefix(of: removal.removed, forced: forced, settings, groups, bound)
    let selected = Selection(removedAtoms: Array(removal.removed[..<count]), groups: groups, asked: nil)
    for (place, layer) in groups.layers.enumerated() {
      let kept = selected.keptKernels[place].count
      if kept < layer.layer.kernels { settings.amounts[layer.layer.name] = .keep(kept) }
    }
    let selection = Selection(
      removedAtoms: selected.removedAtoms.sorted(), groups: groups, asked: nil,
      nonFinite: ranking.nonFinite)
    return Proposal(settings: settings, selection: selection, isReached: isReached)
  }

  /// Atoms by the share of those they compete with that scores lower, so that a prefix takes the same share
  /// everywhere. Groups that share a layer compete, as they do when amounts are carried out.
  private static func orderByRank(_ ranking: AtomScores, _ groups: ChannelGroups) -> [Int] {
    var pool = [Int](repeating: -1, count: groups.layers.count)
    for layer in pool.indices where pool[layer] < 0 {
      for partner in groups.tying(layer) { pool[partner] = layer }
    }
    func home(_ atom: Int) -> Int { pool[groups.atoms[atom].kernels[0].layer] }
    var sizes = [Int](repeating: 0, count: pool.count)
    for atom in ranking.order { sizes[home(atom)] += 1 }
    var seen = [Int](repeating: 0, count: pool.count)
    var share = [Double](repeating: 0, count: groups.atoms.count)
    for atom in ranking.order {
      seen[home(atom)] += 1
      share[atom] = Double(seen[home(atom)]) / Double(sizes[home(atom)])
    }
    return ranking.order.sorted { (share[$0], ranking.values[$0], $0) < (share[$1], ranking.values[$1], $1) }
  }
}

extension PruningTarget {
  func check() throws(PruningError) {
    switch self {
    case .percent(let percent), .parameters(let percent), .multiplyAccumulates(let percent):
      guard percent.isFinite, 0...100 ~= percent else {
        throw .invalidTarget("\(percent) % is not between 0 and 100")
      }
    case .kernels(let count):
      guard count >= 0 else { throw .invalidTarget("\(count) kernels cannot be removed") }
    }
  }

  /// How many atoms from the front of an order meet the target, and whether they do.
  func prefix(
    of order: [Int], forced: Int, _ settings: PruningSettings, _ groups: ChannelGroups,
    _ bound: BoundNetwork
  ) -> (count: Int, isReached: Bool) {
    switch self {
    case .percent(let percent):
      let all = groups.prunableKernelCount(minimumKept: max(1, settings.minimumKept))
      return Self.atMost(PruningSettings.share(percent, of: all), order, forced, groups)
    case .kernels(let count):
      return Self.atMost(count, order, forced, groups)
    case .parameters(let percent):
      let limit = percent / 100 * Double(groups.summary.parameters)
      return Self.least(order, forced) { count in
        Double(Self.counter(order, count, groups, bound).parameters(groups.ledger.learnables)) <= limit
      }
    case .multiplyAccumulates(let percent):
      let limit = percent / 100 * Double(groups.summary.multiplyAccumulates)
      return Self.least(order, forced) { count in
        Double(Self.counter(order, count, groups, bound).multiplyAccumulates()) <= limit
      }
    }
  }

  private static func counter(
    _ order: [Int], _ count: Int, _ groups: ChannelGroups, _ bound: BoundNetwork
  ) -> CostCounter {
    CostCounter(
      groups: groups, bound: bound,
      kept: KeptChannels(groups.map, atoms: groups.atoms.count, removed: Array(order[..<count])))
  }

  /// The longest prefix of at most so many kernels. The target counts as met when no further atom would
  /// have fitted.
  private static func atMost(
    _ kernels: Int, _ order: [Int], _ forced: Int, _ groups: ChannelGroups
  ) -> (count: Int, isReached: Bool) {
    var sum = 0
    for (place, atom) in order.enumerated() {
      let size = groups.atoms[atom].kernels.count
      if place >= forced, sum + size > kernels { return (place, true) }
      sum += size
    }
    return (order.count, sum >= kernels)
  }

  /// The shortest prefix that fits, by bisection: costs only fall along the order.
  private static func least(
    _ order: [Int], _ forced: Int, _ fits: (Int) -> Bool
  ) -> (count: Int, isReached: Bool) {
    guard fits(order.count) else { return (order.count, false) }
    var (low, high) = (forced, order.count)
    while low < high {
      let middle = (low + high) / 2
      if fits(middle) { high = middle } else { low = middle + 1 }
    }
    return (low, true)
  }
}
