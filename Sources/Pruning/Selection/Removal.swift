import Graph

/// Units being taken out one after another, never below a floor.
struct Removal {
  let groups: ChannelGroups
  private(set) var removed: [Int] = []
  /// By unit: whether settings forbid it.
  let isHeld: [Bool]
  private var isRemoved: [Bool]
  /// By layer: kernels left.
  private var left: [Int]
  /// By layer: kernels that stay.
  private let floors: [Int]
  /// By cover: units left.
  private var covered: [Int]
  /// By unit: the covers it counts for; empty where there are none.
  private let coversOfUnit: [[Int]]

  /// Starts with everything there.
  ///
  /// - Parameters:
  ///   - floors: by layer, the kernels that stay at least.
  ///   - isHeld: by unit, whether it stays.
  init(in groups: ChannelGroups, floors: [Int], isHeld: [Bool]) {
    self.groups = groups
    self.floors = floors
    self.isHeld = isHeld
    isRemoved = [Bool](repeating: false, count: groups.units.count)
    left = groups.layers.map(\.layer.kernels)
    covered = groups.map.covers.map(\.count)
    var coversOfUnit = [[Int]](repeating: [], count: covered.isEmpty ? 0 : groups.units.count)
    for (cover, units) in groups.map.covers.enumerated() {
      for unit in units { coversOfUnit[unit].append(cover) }
    }
    self.coversOfUnit = coversOfUnit
  }

  /// Starts with the forced kernels gone.
  ///
  /// - Throws: `PruningError` for layers and kernels that are not there, and for forced kernels that cannot
  ///   go.
  init(_ settings: PruningSettings, groups: ChannelGroups) throws {
    try settings.check()
    var isHeld = groups.demands.isFrozen
    for name in settings.protected {
      let index = try groups.requiredIndex(of: name)
      for unit in groups.layers[index].units { isHeld[unit] = true }
    }
    for name in settings.pinned.keys.sorted() {
      for unit in try Self.units(of: settings.pinned[name] ?? [], name, groups) { isHeld[unit] = true }
    }
    self.init(
      in: groups, floors: groups.layers.map { settings.floor(of: $0.layer.kernels) }, isHeld: isHeld)
    let ones = [Int](repeating: 1, count: floors.count)
    for name in settings.forced.keys.sorted() {
      let kernels = (settings.forced[name] ?? []).sorted()
      for (kernel, unit) in zip(kernels, try Self.units(of: settings.forced[name] ?? [], name, groups)) {
        if isRemoved[unit] { continue }
        guard !isHeld[unit] else {
          throw PruningError.kernelCannotGo(
            layer: name, kernel: kernel,
            reason: groups.index(of: name).flatMap { groups.layers[$0].freezeReason(ofKernel: kernel) }?
              .sentence
              ?? "It is pinned or its layer is protected.")
        }
        guard leavesSomething(unit, floors: ones) else { throw PruningError.emptyLayer(name) }
        remove(unit)
      }
    }
  }

  /// The units of kernels of a layer, in the kernels' order.
  private static func units(
    of kernels: Set<Int>, _ name: String, _ groups: ChannelGroups
  ) throws -> [Int] {
    let layer = groups.layers[try groups.requiredIndex(of: name)]
    var result: [Int] = []
    for kernel in kernels.sorted() {
      guard layer.units.indices.contains(kernel) else {
        throw PruningError.noSuchKernel(layer: name, kernel: kernel, kernels: layer.layer.kernels)
      }
      result.append(layer.units[kernel])
    }
    return result
  }

  /// Whether the unit may go: allowed, inside the budgets (kernels to lose, a layer each) and above every
  /// floor.
  func canRemove(_ unit: Int, budgets: [Int]? = nil) -> Bool {
    if isHeld[unit] || isRemoved[unit] { return false }
    if let budgets, !groups.demands.allSatisfy(unit, { budgets[$0] >= $1 }) { return false }
    return leavesSomething(unit, floors: floors)
  }

  private func leavesSomething(_ unit: Int, floors: [Int]) -> Bool {
    groups.demands.allSatisfy(unit) { left[$0] - $1 >= floors[$0] }
      && (coversOfUnit.isEmpty || coversOfUnit[unit].allSatisfy { covered[$0] > 1 })
  }

  mutating func remove(_ unit: Int) {
    isRemoved[unit] = true
    removed.append(unit)
    groups.demands.forEach(unit) { left[$0] -= $1 }
    if !coversOfUnit.isEmpty { for cover in coversOfUnit[unit] { covered[cover] -= 1 } }
  }

  /// Checks that something is left of every layer and axis.
  ///
  /// - Throws: `PruningError.emptyLayer`.
  static func check(_ removed: [Int], groups: ChannelGroups) throws {
    var isRemoved = [Bool](repeating: false, count: groups.units.count)
    for unit in removed { isRemoved[unit] = true }
    for layer in groups.layers where !layer.units.isEmpty && layer.units.allSatisfy({ isRemoved[$0] }) {
      throw PruningError.emptyLayer(layer.layer.name)
    }
    for cover in groups.map.covers where cover.allSatisfy({ isRemoved[$0] }) {
      let kernel = groups.units[cover[0]].kernels[0]
      throw PruningError.emptyLayer("a part of the channels of \(groups.layers[kernel.layer].layer.name)")
    }
  }
}
