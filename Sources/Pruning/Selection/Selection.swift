import Graph

/// What is to be removed: atoms, and what that means for each layer.
public struct Selection: Sendable, Hashable {
  /// Numbers of the atoms that go, ascending.
  public let removedAtoms: [Int]
  /// By layer (in the order of `ChannelGroups.layers`): kernels that stay, ascending.
  public let keptKernels: [[Int]]
  /// By layer: kernels that were asked to go; differs from what goes where a floor, a pin or a tie decides.
  public let asked: [Int]
  /// Kernels whose score was not a finite number, by layer name; they were ranked as 0.
  public let nonFiniteScores: [String: [Int]]

  /// A selection as it was decided.
  public init(
    removedAtoms: [Int], keptKernels: [[Int]], asked: [Int], nonFiniteScores: [String: [Int]] = [:]
  ) {
    self.removedAtoms = removedAtoms
    self.keptKernels = keptKernels
    self.asked = asked
    self.nonFiniteScores = nonFiniteScores
  }

  /// Whether nothing goes.
  public var isEmpty: Bool { removedAtoms.isEmpty }

  /// Kernels that go, over all layers of `groups`.
  public func removedKernelCount(in groups: ChannelGroups) -> Int {
    removedAtoms.reduce(0) { $0 + groups.demands.sizes[$1] }
  }

  /// Decides what the settings remove, lowest score first, ties by number.
  ///
  /// An atom goes only when each of its layers is to lose as many kernels, stays at its floor or above, and
  /// has it neither pinned nor protected; so a layer may lose fewer kernels than `asked`, never more, unless
  /// kernels are forced or widths rounded.
  ///
  /// - Throws: `PruningError` for names of layers that are not there, amounts and kernels out of range, and
  ///   forced kernels that are frozen or would empty a layer.
  public init(
    _ settings: PruningSettings, scores: ScoreTable, groups: ChannelGroups, times: WidthTimes = WidthTimes()
  ) throws(PruningError) {
    try self.init(
      settings, ranking: AtomScores(scores, groups: groups, settings: settings), groups: groups, times: times)
  }

  /// As above, of atoms that are ranked already: what a screen calls at each key.
  ///
  /// - Parameter times: what widths were measured, for `PruningSettings.snapsToFastWidths`.
  public init(
    _ settings: PruningSettings, ranking: AtomScores, groups: ChannelGroups, times: WidthTimes = WidthTimes()
  ) throws(PruningError) {
    let asked = try settings.removals(in: groups)
    var removal = try Removal(settings, groups: groups)
    let forced = removal.removed.count
    var budgets = asked
    for atom in removal.removed { groups.demands.forEach(atom) { budgets[$0] -= $1 } }
    for atom in ranking.order where removal.canRemove(atom, budgets: budgets) {
      removal.remove(atom)
      groups.demands.forEach(atom) { budgets[$0] -= $1 }
    }
    var removed = removal.removed.ascending(below: groups.atoms.count)
    if settings.multiple > 1 {
      let chosen = removal.removed
      for atom in ranking.order where removal.canRemove(atom) { removal.remove(atom) }
      removed = WidthRounding(
        removal.removed, forced: forced, multiple: settings.multiple,
        times: settings.snapsToFastWidths ? times : nil, groups: groups
      ).removed(by: chosen)
    }
    self.init(removedAtoms: removed, groups: groups, asked: asked, nonFinite: ranking.nonFinite)
  }

  /// A selection that keeps everything.
  public init(removingNothingOf groups: ChannelGroups) {
    self.init(removedAtoms: [], groups: groups, asked: nil)
  }

  init(removedAtoms: [Int], groups: ChannelGroups, asked: [Int]?, nonFinite: [String: [Int]] = [:]) {
    var goes = [Bool](repeating: false, count: groups.atoms.count)
    for atom in removedAtoms { goes[atom] = true }
    let kept = groups.layers.map { layer in
      layer.atoms.indices.filter { !goes[layer.atoms[$0]] }
    }
    self.init(
      removedAtoms: removedAtoms, keptKernels: kept,
      asked: asked ?? zip(groups.layers, kept).map { $0.layer.kernels - $1.count },
      nonFiniteScores: nonFinite)
  }

  /// The selection that leaves exactly these kernels of the layers named; other layers stay as they are
  /// unless coupling takes kernels of them too.
  ///
  /// - Throws: `PruningError` when a kernel is frozen, a coupled kernel is to stay, or nothing would be left
  ///   of something.
  public init(keeping kept: [String: [Int]], groups: ChannelGroups) throws(PruningError) {
    var goes = [Bool](repeating: false, count: groups.atoms.count)
    var stays: [Int: Set<Int>] = [:]
    for name in kept.keys.sorted() {
      let place = try groups.requiredPlace(of: name)
      let layer = groups.layers[place]
      let list = Set(kept[name] ?? [])
      if let wrong = list.sorted().first(where: { !layer.atoms.indices.contains($0) }) {
        throw .noSuchKernel(layer: name, kernel: wrong, kernels: layer.layer.kernels)
      }
      stays[place] = list
      for (kernel, atom) in layer.atoms.enumerated() where !list.contains(kernel) {
        if groups.atoms[atom].pin != nil, let pin = layer.pin(ofKernel: kernel) {
          throw .kernelCannotGo(layer: name, kernel: kernel, reason: pin.sentence)
        }
        goes[atom] = true
      }
    }
    for (place, list) in stays.sorted(by: { $0.key < $1.key }) {
      for kernel in list.sorted() {
        let atom = groups.layers[place].atoms[kernel]
        guard goes[atom] else { continue }
        let partner =
          groups.atoms[atom].kernels.first { stays[$0.layer].map { !$0.contains(kernel) } ?? false }
          ?? groups.atoms[atom].kernels[0]
        throw .splitCoupling(
          layer: groups.layers[place].layer.name, kernel: kernel,
          partner: groups.layers[partner.layer].layer.name, partnerKernel: partner.index)
      }
    }
    let removed = goes.indices.filter { goes[$0] }
    try Removal.check(removed, groups: groups)
    self.init(removedAtoms: removed, groups: groups, asked: nil)
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
