import Graph

/// Brings what a removal leaves of each layer to multiples of a number.
///
/// It works a group at a time on one order of removal that floors and pins have already been applied to:
/// so that whatever it chooses is possible, and a longer prefix of the order never keeps more.
struct WidthRounding {
  private let groups: ChannelGroups
  /// The order, a group each.
  private let order: [[Int]]
  /// By group: how many units of its order go where so many were to go; equal where nothing is rounded.
  private let rounded: [[Int]]

  /// - Parameters:
  ///   - walk: units that can go one after another, the first `forced` of them whatever is asked.
  ///   - times: what may move a multiple to a width near it; `nil` where nothing may.
  init(_ walk: [Int], forced: Int, multiple: Int, times: WidthTimes?, groups: ChannelGroups) {
    self.groups = groups
    var order = [[Int]](repeating: [], count: groups.groups.count)
    var forcedCounts = [Int](repeating: 0, count: groups.groups.count)
    for (index, unit) in walk.enumerated() {
      guard let group = groups.units[unit].group else { continue }
      order[group].append(unit)
      if index < forced { forcedCounts[group] += 1 }
    }
    self.order = order
    rounded = order.indices.map { group in
      Self.rounded(
        groups.groups[group], order[group], forced: forcedCounts[group], multiple: multiple, times: times,
        groups)
    }
  }

  /// The units that go, ascending, where a prefix of the order was to go.
  func removed(by prefix: some Sequence<Int>) -> [Int] {
    var counts = [Int](repeating: 0, count: order.count)
    for unit in prefix { if let group = groups.units[unit].group { counts[group] += 1 } }
    return counts.indices.flatMap { order[$0].prefix(rounded[$0][counts[$0]]) }.sorted()
  }

  private static func rounded(
    _ group: ChannelGroup, _ order: [Int], forced: Int, multiple: Int, times: WidthTimes?,
    _ groups: ChannelGroups
  ) -> [Int] {
    // Kernels that are left of each layer, by the number of units that have gone: a row each.
    var left = group.layers.map { layer in
      groups.layers[layer].groups.count == 1
        ? groups.layers[layer].layer.kernels
        : group.units.reduce(0) { sum, unit in sum + groups.units[unit].kernels.count { $0.layer == layer } }
    }
    let widest = left.indices.max { left[$0] < left[$1] } ?? 0
    var kept = GroupWidths(layers: left.count, rows: order.count + 1)
    kept.append(left)
    for unit in order {
      for kernel in groups.units[unit].kernels {
        if let index = group.layers.firstIndex(of: kernel.layer) { left[index] -= 1 }
      }
      kept.append(left)
    }
    func isMultiple(_ width: Int) -> Bool { width % multiple == 0 && width > 0 }
    var fitting = (forced...order.count).filter { kept[$0].allSatisfy(isMultiple) }
    // Layers whose kernels go several at a time may never be multiples at once.
    if fitting.isEmpty { fitting = (forced...order.count).filter { isMultiple(kept[$0, widest]) } }
    if let times {
      let names = group.layers.map { groups.layers[$0].layer.name }
      fitting = faster(fitting, in: kept, widest: widest, forced: forced, multiple, names, times)
    }
    return nearest(fitting, widths: (0...order.count).map { kept[$0, widest] }, forced: forced)
  }

  /// By count: the fitting one whose width is nearest, of two as near the wider.
  ///
  /// Widths fall as counts grow, so that one walk over both does.
  private static func nearest(_ fitting: [Int], widths: [Int], forced: Int) -> [Int] {
    var fits: [Int] = []
    for count in fitting where fits.last.map({ widths[$0] != widths[count] }) ?? true { fits.append(count) }
    var index = 0
    return widths.indices.map { count in
      if count <= forced || fits.isEmpty { return count }
      func distance(_ index: Int) -> Int { abs(widths[fits[index]] - widths[count]) }
      while index + 1 < fits.count, distance(index + 1) < distance(index) { index += 1 }
      return fits[index]
    }
  }

  /// Each fitting count, or one near it where the group takes less time for each kernel that is left.
  private static func faster(
    _ fitting: [Int], in kept: GroupWidths, widest: Int, forced: Int, _ multiple: Int, _ names: [String],
    _ times: WidthTimes
  ) -> [Int] {
    guard names.contains(where: { times.layers[$0] != nil }) else { return fitting }
    func perKernel(_ count: Int) -> Double? {
      times.seconds(zip(names, kept[count])).map { $0 / Double(max(1, kept[count, widest])) }
    }
    return fitting.map { fit in
      guard let usual = perKernel(fit) else { return fit }
      let near = WidthTimes.candidates(near: kept[fit, widest], block: multiple)
      // A unit takes a kernel of the widest layer at least. What is asked to lose something loses something: no
      // width is as fast as none lost.
      let reach = max(forced + 1, fit - multiple)...max(forced + 1, min(fit + multiple, kept.rows - 1))
      let best = reach.filter { $0 < kept.rows && near.contains(kept[$0, widest]) }
        .compactMap { count in perKernel(count).map { (seconds: $0, count: count) } }
        .min { ($0.seconds, $0.count) < ($1.seconds, $1.count) }
      guard let best, best.seconds < (1 - WidthTimes.margin) * usual else { return fit }
      return best.count
    }
  }
}

/// The widths of a group's layers as units go, a row for each count of them.
private struct GroupWidths {
  private let layers: Int
  private var widths: [Int] = []

  init(layers: Int, rows: Int) {
    self.layers = layers
    widths.reserveCapacity(layers * rows)
  }

  var rows: Int { layers == 0 ? 0 : widths.count / layers }

  mutating func append(_ row: [Int]) { widths += row }

  subscript(row: Int) -> ArraySlice<Int> { widths[row * layers..<(row + 1) * layers] }
  subscript(row: Int, layer: Int) -> Int { widths[row * layers + layer] }
}
