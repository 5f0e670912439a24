import Graph

/// Brings what a removal leaves of each layer to multiples of a number.
///
/// It works a group at a time on one order of removal that floors and pins have already been applied to:
/// so that whatever it chooses is possible, and a longer prefix of the order never keeps more.
struct WidthRounding {
  private let groups: ChannelGroups
  /// The order, a group each.
  private let order: [[Int]]
  /// By group: how many atoms of its order go where so many were to go; equal where nothing is rounded.
  private let rounded: [[Int]]

  /// - Parameters:
  ///   - walk: atoms that can go one after another, the first `forced` of them whatever is asked.
  ///   - times: what may move a multiple to a width near it; `nil` where nothing may.
  init(_ walk: [Int], forced: Int, multiple: Int, times: WidthTimes?, groups: ChannelGroups) {
    self.groups = groups
    var order = [[Int]](repeating: [], count: groups.groups.count)
    var forcedCounts = [Int](repeating: 0, count: groups.groups.count)
    for (place, atom) in walk.enumerated() {
      guard let group = groups.atoms[atom].group else { continue }
      order[group].append(atom)
      if place < forced { forcedCounts[group] += 1 }
    }
    self.order = order
    rounded = order.indices.map { group in
      Self.rounded(
        groups.groups[group], order[group], forced: forcedCounts[group], multiple: multiple, times: times,
        groups)
    }
  }

  /// The atoms that go, ascending, where a prefix of the order was to go.
  func removed(by prefix: some Sequence<Int>) -> [Int] {
    var counts = [Int](repeating: 0, count: order.count)
    for atom in prefix { if let group = groups.atoms[atom].group { counts[group] += 1 } }
    return counts.indices.flatMap { order[$0].prefix(rounded[$0][counts[$0]]) }.sorted()
  }

  private static func rounded(
    _ group: ChannelGroup, _ order: [Int], forced: Int, multiple: Int, times: WidthTimes?,
    _ groups: ChannelGroups
  ) -> [Int] {
    // Kernels that are left of each layer, by the number of atoms that have gone.
    var left = group.layers.map { layer in
      groups.layers[layer].groups.count == 1
        ? groups.layers[layer].layer.kernels
        : group.atoms.reduce(0) { sum, atom in sum + groups.atoms[atom].kernels.count { $0.layer == layer } }
    }
    var kept = [left]
    for atom in order {
      for kernel in groups.atoms[atom].kernels {
        if let place = group.layers.firstIndex(of: kernel.layer) { left[place] -= 1 }
      }
      kept.append(left)
    }
    let widest = left.indices.max { kept[0][$0] < kept[0][$1] } ?? 0
    let possible = Array(forced...order.count)
    var fitting = possible.filter { kept[$0].allSatisfy { $0 % multiple == 0 && $0 > 0 } }
    // Layers whose kernels go several at a time may never be multiples at once.
    if fitting.isEmpty {
      fitting = possible.filter { kept[$0][widest] % multiple == 0 && kept[$0][widest] > 0 }
    }
    if let times {
      let names = group.layers.map { groups.layers[$0].layer.name }
      // What is asked to lose something loses something: no width is as fast as none lost.
      let narrower = possible.filter { $0 > forced }
      fitting = faster(fitting, among: narrower, widths: kept, widest: widest, multiple, names, times)
    }
    return kept.indices.map { count in
      if count <= forced || fitting.isEmpty { return count }
      let asked = kept[count][widest]
      return fitting.min { a, b in
        (abs(kept[a][widest] - asked), a) < (abs(kept[b][widest] - asked), b)
      } ?? count
    }
  }

  /// Each fitting count, or one near it where the group takes less time for each kernel that is left.
  private static func faster(
    _ fitting: [Int], among possible: [Int], widths: [[Int]], widest: Int, _ multiple: Int, _ names: [String],
    _ times: WidthTimes
  ) -> [Int] {
    func perKernel(_ count: Int) -> Double? {
      guard widths[count][widest] > 0 else { return nil }
      return times.seconds(Array(zip(names, widths[count])).map { (layer: $0.0, kernels: $0.1) })
        .map { $0 / Double(widths[count][widest]) }
    }
    return fitting.map { fit in
      guard let usual = perKernel(fit) else { return fit }
      let near = WidthTimes.candidates(near: widths[fit][widest], block: multiple)
      let best = possible.filter { near.contains(widths[$0][widest]) }
        .compactMap { count in perKernel(count).map { (seconds: $0, count: count) } }
        .min { ($0.seconds, $0.count) < ($1.seconds, $1.count) }
      guard let best, best.seconds < (1 - WidthTimes.margin) * usual else { return fit }
      return best.count
    }
  }
}
