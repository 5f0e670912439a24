import Graph

/// What is to be removed: units, and what that means for each layer.
public struct Selection: Sendable, Hashable {
  /// Numbers of the units that go, ascending.
  public let removedUnits: [Int]
  /// By layer (in the order of `ChannelGroups.layers`): kernels that stay, ascending.
  public let keptKernels: [[Int]]
  /// By layer: kernels that were asked to go; differs from what goes where a floor, a pin or a tie decides.
  public let asked: [Int]
  /// Kernels whose score was not a finite number, by layer name; they were ranked as 0.
  public let nonFiniteScores: [String: [Int]]

  /// A selection as it was decided.
  package init(
    removedUnits: [Int], keptKernels: [[Int]], asked: [Int], nonFiniteScores: [String: [Int]] = [:]
  ) {
    self.removedUnits = removedUnits
    self.keptKernels = keptKernels
    self.asked = asked
    self.nonFiniteScores = nonFiniteScores
  }

  /// Whether nothing goes.
  public var isEmpty: Bool { removedUnits.isEmpty }

  /// Kernels that go, over all layers of `groups`.
  public func removedKernelCount(in groups: ChannelGroups) -> Int {
    removedUnits.reduce(0) { $0 + groups.demands.sizes[$1] }
  }

  /// Decides what the settings remove, lowest score first, ties by number.
  ///
  /// A unit goes only when each of its layers is to lose as many kernels, stays at its floor or above, and
  /// has it neither pinned nor protected; so a layer may lose fewer kernels than `asked`, never more, unless
  /// kernels are forced or widths rounded.
  ///
  /// - Throws: `PruningError` for names of layers that are not there, amounts and kernels out of range, and
  ///   forced kernels that are frozen or would empty a layer.
  public init(
    _ settings: PruningSettings, scores: ScoreTable, groups: ChannelGroups, times: WidthTimes = WidthTimes()
  ) throws {
    try self.init(
      settings, ranking: UnitScores(scores, groups: groups, settings: settings), groups: groups, times: times)
  }

  /// As above, of units that are ranked already: what a screen calls at each key.
  ///
  /// - Parameter times: what widths were measured, for `PruningSettings.snapsToFastWidths`.
  package init(
    _ settings: PruningSettings, ranking: UnitScores, groups: ChannelGroups, times: WidthTimes = WidthTimes()
  ) throws {
    let asked = try settings.removals(in: groups)
    var removal = try Removal(settings, groups: groups)
    let forced = removal.removed.count
    var budgets = asked
    for unit in removal.removed { groups.demands.forEach(unit) { budgets[$0] -= $1 } }
    for unit in ranking.order where removal.canRemove(unit, budgets: budgets) {
      removal.remove(unit)
      groups.demands.forEach(unit) { budgets[$0] -= $1 }
    }
    var removed = removal.removed.ascending(below: groups.units.count)
    if settings.multiple > 1 {
      let chosen = removal.removed
      for unit in ranking.order where removal.canRemove(unit) { removal.remove(unit) }
      removed = WidthRounding(
        removal.removed, forced: forced, multiple: settings.multiple,
        times: settings.snapsToFastWidths ? times : nil, groups: groups
      ).removed(by: chosen)
    }
    self.init(removedUnits: removed, groups: groups, asked: asked, nonFinite: ranking.nonFinite)
  }

  /// A selection that keeps everything.
  public init(removingNothingOf groups: ChannelGroups) {
    self.init(removedUnits: [], groups: groups, asked: nil)
  }

  init(removedUnits: [Int], groups: ChannelGroups, asked: [Int]?, nonFinite: [String: [Int]] = [:]) {
    var goes = [Bool](repeating: false, count: groups.units.count)
    for unit in removedUnits { goes[unit] = true }
    let kept = groups.layers.map { layer in
      layer.units.indices.filter { !goes[layer.units[$0]] }
    }
    self.init(
      removedUnits: removedUnits, keptKernels: kept,
      asked: asked ?? zip(groups.layers, kept).map { $0.layer.kernels - $1.count },
      nonFiniteScores: nonFinite)
  }

  /// The selection that leaves exactly these kernels of the layers named; other layers stay as they are
  /// unless coupling takes kernels of them too.
  ///
  /// - Throws: `PruningError` when a kernel is frozen, a coupled kernel is to stay, or nothing would be left
  ///   of something.
  public init(keeping kept: [String: [Int]], groups: ChannelGroups) throws {
    var goes = [Bool](repeating: false, count: groups.units.count)
    var stays: [Int: Set<Int>] = [:]
    for name in kept.keys.sorted() {
      let index = try groups.requiredIndex(of: name)
      let layer = groups.layers[index]
      let list = Set(kept[name] ?? [])
      if let wrong = list.sorted().first(where: { !layer.units.indices.contains($0) }) {
        throw PruningError.noSuchKernel(layer: name, kernel: wrong, kernels: layer.layer.kernels)
      }
      stays[index] = list
      for (kernel, unit) in layer.units.enumerated() where !list.contains(kernel) {
        if groups.units[unit].freezeReason != nil, let pin = layer.freezeReason(ofKernel: kernel) {
          throw PruningError.kernelCannotGo(layer: name, kernel: kernel, reason: pin.sentence)
        }
        goes[unit] = true
      }
    }
    for (index, list) in stays.sorted(by: { $0.key < $1.key }) {
      for kernel in list.sorted() {
        let unit = groups.layers[index].units[kernel]
        guard goes[unit] else { continue }
        let partner =
          groups.units[unit].kernels.first { stays[$0.layer].map { !$0.contains(kernel) } ?? false }
          ?? groups.units[unit].kernels[0]
        throw PruningError.splitCoupling(
          layer: groups.layers[index].layer.name, kernel: kernel,
          partner: groups.layers[partner.layer].layer.name, partnerKernel: partner.index)
      }
    }
    let removed = goes.indices.filter { goes[$0] }
    try Removal.check(removed, groups: groups)
    self.init(removedUnits: removed, groups: groups, asked: nil)
  }
}

extension Sequence<Int> {
  /// Different numbers from 0 and below a bound, in ascending order, without comparing them.
  func ascending(below bound: Int) -> [Int] {
    var isThere = [Bool](repeating: false, count: bound)
    for number in self { isThere[number] = true }
    return isThere.indices.filter { isThere[$0] }
  }
}
