import Compute
import Graph
import Pruning

/// Takes the units of one group out in the order in which it costs least where what reads them is refitted, and refits it.
struct GroupSurgery {
  /// A reader with what stays of what it reads.
  private struct Reading {
    var now: ReaderSurgery
    /// By unit of the group: its positions.
    let positions: [Int: [Int]]
  }

  /// Units that are gone, in order.
  private(set) var order: [Int] = []
  /// Units that may still go.
  private(set) var left: [Int]
  private var readings: [Reading] = []

  init(_ group: Int, of groups: ChannelGroups, _ surgeries: ReaderSurgeries) throws {
    let units = groups.groups[group].units
    let own = Set(units)
    left = units
    for (number, reader) in surgeries.readers.enumerated() {
      var positions: [Int: [Int]] = [:]
      for (position, unit) in reader.units.enumerated() where own.contains(unit) {
        positions[unit, default: []].append(position)
      }
      guard !positions.isEmpty, let untouched = try surgeries.untouched(number) else { continue }
      readings.append(Reading(now: untouched, positions: positions))
    }
  }

  /// Takes units out until so many are gone.
  mutating func remove(until count: Int) {
    while order.count < count, !left.isEmpty {
      var best: (cost: Double, position: Int)?
      for (position, unit) in left.enumerated() {
        var cost = 0.0
        for reading in readings {
          for channel in reading.positions[unit] ?? [] { cost += reading.now.elimination.cost(of: channel) }
        }
        if best.map({ cost < $0.cost }) ?? true { best = (cost, position) }
      }
      guard let best else { return }
      let unit = left.remove(at: best.position)
      order.append(unit)
      for number in readings.indices {
        for channel in readings[number].positions[unit] ?? [] {
          readings[number].now.elimination.eliminate(channel)
        }
      }
    }
  }

  /// The layers that read the group, with the weights and biases that make up for what is gone.
  func refits() throws -> [LayerRefit] {
    var result: [LayerRefit] = []
    for reading in readings { if let refit = try reading.now.refit() { result.append(refit) } }
    return result
  }
}
