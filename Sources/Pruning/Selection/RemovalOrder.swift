import Graph

/// The order in which units go, whatever the target: a prefix of it is what a lower target removes.
///
/// Within a layer it is the order of the scores in every scope, so that amounts a layer, carried out by
/// `Selection`, remove the same units.
struct RemovalOrder {
  /// Removable units, the first to go first.
  let units: [Int]
  /// By unit: the share of what it competes with, 0…1, that has gone once it has; empty for the global scope,
  /// where all compete with all.
  let shares: [Double]

  init(units: [Int], shares: [Double]) {
    self.units = units
    self.shares = shares
  }

  init(_ scope: Scope, _ ranking: UnitScores, _ groups: ChannelGroups, isHeld: [Bool]) {
    let ranked = ranking.order.filter { !isHeld[$0] }
    switch scope {
    case .global:
      units = ranked
      shares = []
      return
    case .layer: shares = Self.sharesOfLayers(ranked, groups)
    case .isomorphic: shares = Self.sharesOfKinds(ranked, groups)
    }
    let shares = shares
    // The sort is by index too, so that equal shares keep the order of the scores.
    units = ranked.enumerated()
      .sorted { (shares[$0.element], $0.offset) < (shares[$1.element], $1.offset) }.map(\.element)
  }

  /// A unit's share is the largest of its layers', and never less than that of a unit before it in one of
  /// them: so no layer loses more than its share.
  private static func sharesOfLayers(_ ranked: [Int], _ groups: ChannelGroups) -> [Double] {
    var gone = [Int](repeating: 0, count: groups.layers.count)
    var reached = [Double](repeating: 0, count: groups.layers.count)
    var shares = [Double](repeating: .infinity, count: groups.units.count)
    for unit in ranked {
      let kernels = groups.units[unit].kernels
      for kernel in kernels { gone[kernel.layer] += 1 }
      let share = kernels.reduce(0.0) { share, kernel in
        let layer = kernel.layer
        return max(share, reached[layer], Double(gone[layer]) / Double(groups.layers[layer].layer.kernels))
      }
      for kernel in kernels { reached[kernel.layer] = share }
      shares[unit] = share
    }
    return shares
  }

  private static func sharesOfKinds(_ ranked: [Int], _ groups: ChannelGroups) -> [Double] {
    var kinds = [Int](repeating: 0, count: groups.layers.count)
    for (kind, layers) in groups.isomorphicLayers.enumerated() { for layer in layers { kinds[layer] = kind } }
    func kind(_ unit: Int) -> Int { kinds[groups.units[unit].kernels[0].layer] }
    var sizes: [Int: Int] = [:]
    for unit in ranked { sizes[kind(unit), default: 0] += groups.units[unit].kernels.count }
    var gone: [Int: Int] = [:]
    var shares = [Double](repeating: .infinity, count: groups.units.count)
    for unit in ranked {
      gone[kind(unit), default: 0] += groups.units[unit].kernels.count
      shares[unit] = Double(gone[kind(unit)] ?? 0) / Double(max(1, sizes[kind(unit)] ?? 1))
    }
    return shares
  }
}

extension ChannelGroups {
  /// The layers, put together where what is coupled with them has the same structure: the same operators
  /// that read weights along the same axes, as many times, whatever their widths.
  ///
  /// Layers that lose kernels together, directly or through others, are one structure.
  package var isomorphicLayers: [[Int]] {
    var family = [Int](repeating: -1, count: layers.count)
    for layer in layers.indices where family[layer] < 0 {
      for partner in tying(layer) { family[partner] = layer }
    }
    var kinds: [[String]: [Int]] = [:]
    let signatures = structures(of: family)
    for layer in layers.indices { kinds[signatures[family[layer]] ?? [], default: []].append(layer) }
    return kinds.values.sorted { $0[0] < $1[0] }
  }

  /// By family: what reads and makes its channels, sorted.
  private func structures(of family: [Int]) -> [Int: [String]] {
    var familiesOfTable: [Set<Int>] = []
    for table in map.tables {
      var found = Set<Int>()
      for unit in table where unit >= 0 { found.insert(family[units[Int(unit)].kernels[0].layer]) }
      familiesOfTable.append(found)
    }
    var signatures: [Int: [String]] = [:]
    for use in ledger.uses {
      for axis in map.channels(use.slot) {
        for family in familiesOfTable[axis.table] {
          signatures[family, default: []].append("\(use.op) \(use.input) \(axis.axis)")
        }
      }
    }
    return signatures.mapValues { $0.sorted() }
  }
}
