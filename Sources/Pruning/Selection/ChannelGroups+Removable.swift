extension ChannelGroups {
  /// How many kernels could go if every layer kept `minimumKept`, over all layers.
  public func prunableKernelCount(minimumKept: Int = 1) -> Int {
    removableKernels(minimumKept: minimumKept).reduce(0, +)
  }

  /// By layer (in the order of `layers`): how many of its kernels could go if every layer kept `minimumKept`.
  ///
  /// Kernels that can only go together are counted as the unit that they are, and the last unit of a layer stays: of 64
  /// kernels in units of four, 60 can go. Frozen kernels stay. The largest units go first, so that no more stays than must.
  public func removableKernels(minimumKept: Int = 1) -> [Int] {
    let floors = layers.map { _ in max(1, minimumKept) }
    var removal = Removal(in: self, floors: floors, isHeld: demands.isFrozen)
    for unit in demands.largestFirst where removal.canRemove(unit) { removal.remove(unit) }
    var counts = [Int](repeating: 0, count: layers.count)
    for unit in removal.removed { demands.forEach(unit) { counts[$0] += $1 } }
    return counts
  }
}
