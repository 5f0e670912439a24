import Graph

/// Atoms being taken out one after another, never below a floor.
struct Removal {
  let groups: ChannelGroups
  private(set) var removed: [Int] = []
  /// By atom: whether settings forbid it.
  let isHeld: [Bool]
  private var isRemoved: [Bool]
  /// By layer: kernels left.
  private var left: [Int]
  /// By layer: kernels that stay.
  private let floors: [Int]
  /// By cover: atoms left.
  private var covered: [Int]
  /// By atom: the covers it counts for; empty where there are none.
  private let coversOfAtom: [[Int]]

  /// Starts with everything there.
  ///
  /// - Parameters:
  ///   - floors: by layer, the kernels that stay at least.
  ///   - isHeld: by atom, whether it stays.
  init(in groups: ChannelGroups, floors: [Int], isHeld: [Bool]) {
    self.groups = groups
    self.floors = floors
    self.isHeld = isHeld
    isRemoved = [Bool](repeating: false, count: groups.atoms.count)
    left = groups.layers.map(\.layer.kernels)
    covered = groups.map.covers.map(\.count)
    var coversOfAtom = [[Int]](repeating: [], count: covered.isEmpty ? 0 : groups.atoms.count)
    for (cover, atoms) in groups.map.covers.enumerated() {
      for atom in atoms { coversOfAtom[atom].append(cover) }
    }
    self.coversOfAtom = coversOfAtom
  }

  /// Starts with the forced kernels gone.
  ///
  /// - Throws: `PruningError` for layers and kernels that are not there, and for forced kernels that cannot
  ///   go.
  init(_ settings: PruningSettings, groups: ChannelGroups) throws(PruningError) {
    try settings.check()
    var isHeld = groups.demands.isPinned
    for name in settings.protected {
      let place = try groups.requiredPlace(of: name)
      for atom in groups.layers[place].atoms { isHeld[atom] = true }
    }
    for name in settings.pinned.keys.sorted() {
      for atom in try Self.atoms(of: settings.pinned[name] ?? [], name, groups) { isHeld[atom] = true }
    }
    self.init(
      in: groups, floors: groups.layers.map { settings.floor(of: $0.layer.kernels) }, isHeld: isHeld)
    let ones = [Int](repeating: 1, count: floors.count)
    for name in settings.forced.keys.sorted() {
      let kernels = (settings.forced[name] ?? []).sorted()
      for (kernel, atom) in zip(kernels, try Self.atoms(of: settings.forced[name] ?? [], name, groups)) {
        if isRemoved[atom] { continue }
        guard !isHeld[atom] else {
          throw .kernelCannotGo(
            layer: name, kernel: kernel,
            reason: groups.place(of: name).flatMap { groups.layers[$0].pin(ofKernel: kernel) }?.sentence
              ?? "It is pinned or its layer is protected.")
        }
        guard leavesSomething(atom, floors: ones) else { throw .emptyLayer(name) }
        remove(atom)
      }
    }
  }

  /// The atoms of kernels of a layer, in the kernels' order.
  private static func atoms(
    of kernels: Set<Int>, _ name: String, _ groups: ChannelGroups
  ) throws(PruningError) -> [Int] {
    let layer = groups.layers[try groups.requiredPlace(of: name)]
    var result: [Int] = []
    for kernel in kernels.sorted() {
      guard layer.atoms.indices.contains(kernel) else {
        throw .noSuchKernel(layer: name, kernel: kernel, kernels: layer.layer.kernels)
      }
      result.append(layer.atoms[kernel])
    }
    return result
  }

  /// Whether the atom may go: allowed, inside the budgets (kernels to lose, a layer each) and above every
  /// floor.
  func canRemove(_ atom: Int, budgets: [Int]? = nil) -> Bool {
    if isHeld[atom] || isRemoved[atom] { return false }
    if let budgets, !groups.demands.allSatisfy(atom, { budgets[$0] >= $1 }) { return false }
    return leavesSomething(atom, floors: floors)
  }

  private func leavesSomething(_ atom: Int, floors: [Int]) -> Bool {
    groups.demands.allSatisfy(atom) { left[$0] - $1 >= floors[$0] }
      && (coversOfAtom.isEmpty || coversOfAtom[atom].allSatisfy { covered[$0] > 1 })
  }

  mutating func remove(_ atom: Int) {
    isRemoved[atom] = true
    removed.append(atom)
    groups.demands.forEach(atom) { left[$0] -= $1 }
    if !coversOfAtom.isEmpty { for cover in coversOfAtom[atom] { covered[cover] -= 1 } }
  }

  /// Checks that something is left of every layer and axis.
  ///
  /// - Throws: `PruningError.emptyLayer`.
  static func check(_ removed: [Int], groups: ChannelGroups) throws(PruningError) {
    var isRemoved = [Bool](repeating: false, count: groups.atoms.count)
    for atom in removed { isRemoved[atom] = true }
    for layer in groups.layers where !layer.atoms.isEmpty && layer.atoms.allSatisfy({ isRemoved[$0] }) {
      throw .emptyLayer(layer.layer.name)
    }
    for cover in groups.map.covers where cover.allSatisfy({ isRemoved[$0] }) {
      let kernel = groups.atoms[cover[0]].kernels[0]
      throw .emptyLayer("a part of the channels of \(groups.layers[kernel.layer].layer.name)")
    }
  }
}
