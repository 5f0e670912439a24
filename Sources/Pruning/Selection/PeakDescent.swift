import Graph

/// Takes units out where activations take the most memory, the first in an order that shrinks anything that
/// lives at the peak: the order of removal for a target of memory, the same for every target.
struct PeakDescent {
  private let costs: CostModel
  private let rank: [Int]
  /// By table: its units, the first to go first, and how many of them were looked at.
  private let queues: [[Int]]
  private var heads: [Int]
  private var counts: [Int]
  private var bytes: [Int]
  private var moments: [Int]

  init(_ order: [Int], groups: ChannelGroups) {
    costs = groups.costs
    var rank = [Int](repeating: Int.max, count: groups.units.count)
    for (index, unit) in order.enumerated() { rank[unit] = index }
    queues = groups.map.tables.map { table in
      Set(table.lazy.filter { $0 >= 0 }.map(Int.init)).filter { rank[$0] < Int.max }
        .sorted { rank[$0] < rank[$1] }
    }
    self.rank = rank
    heads = [Int](repeating: 0, count: queues.count)
    counts = costs.tables
    let counts = counts
    let model = costs.activations
    bytes = model.values.indices.map { model.bytes(of: $0, counts) }
    moments = model.moments(counts)
  }

  /// Removes until the peak falls no further.
  mutating func run(_ removal: inout Removal) {
    for unit in removal.removed { takeOut(unit) }
    while let moment = peak, let unit = next(at: moment, removal) {
      removal.remove(unit)
      takeOut(unit)
    }
  }

  private var peak: Int? { moments.indices.max { moments[$0] < moments[$1] } }

  /// The first unit that may go of what lives at a moment. What may not go now never may again: floors
  /// only come nearer.
  private mutating func next(at moment: Int, _ removal: Removal) -> Int? {
    var best: Int?
    for value in costs.activations.alive[moment] {
      for axis in costs.activations.values[value].channels {
        let queue = queues[axis.table]
        while heads[axis.table] < queue.count, !removal.canRemove(queue[heads[axis.table]]) {
          heads[axis.table] += 1
        }
        guard heads[axis.table] < queue.count else { continue }
        let unit = queue[heads[axis.table]]
        if best.map({ rank[unit] < rank[$0] }) ?? true { best = unit }
      }
    }
    return best
  }

  private mutating func takeOut(_ unit: Int) {
    for (table, count) in costs.indices[unit] { counts[table] -= count }
    for (table, _) in costs.indices[unit] {
      for value in costs.activations.valuesOfTable[table] {
        let left = costs.activations.bytes(of: value, counts)
        guard left != bytes[value] else { continue }
        for moment in costs.activations.values[value].life { moments[moment] += left - bytes[value] }
        bytes[value] = left
      }
    }
  }
}
