import Compute
import Graph
import Pruning

/// Takes the atoms of one group out in the order in which it costs least where what reads them is refitted, and refits it.
struct GroupSurgery {
  /// A reader with what stays of what it reads.
  private struct Reading {
    var now: ReaderSurgery
    /// By atom of the group: its places.
    let places: [Int: [Int]]
  }

  /// Atoms that are gone, in order.
  private(set) var order: [Int] = []
  /// Atoms that may still go.
  private(set) var left: [Int]
  private var readings: [Reading] = []

  init(_ group: Int, of groups: ChannelGroups, _ surgeries: ReaderSurgeries) throws(SessionError) {
    let atoms = groups.groups[group].atoms
    let own = Set(atoms)
    left = atoms
    for (number, reader) in surgeries.readers.enumerated() {
      var places: [Int: [Int]] = [:]
      for (place, atom) in reader.atoms.enumerated() where own.contains(atom) {
        places[atom, default: []].append(place)
      }
      guard !places.isEmpty, let untouched = try surgeries.untouched(number) else { continue }
      readings.append(Reading(now: untouched, places: places))
    }
  }

  /// Takes atoms out until so many are gone.
  mutating func remove(until count: Int) {
    while order.count < count, !left.isEmpty {
      var best: (cost: Double, place: Int)?
      for (place, atom) in left.enumerated() {
        var cost = 0.0
        for reading in readings {
          for channel in reading.places[atom] ?? [] { cost += reading.now.elimination.cost(of: channel) }
        }
        if best.map({ cost < $0.cost }) ?? true { best = (cost, place) }
      }
      guard let best else { return }
      let atom = left.remove(at: best.place)
      order.append(atom)
      for number in readings.indices {
        for channel in readings[number].places[atom] ?? [] {
          readings[number].now.elimination.eliminate(channel)
        }
      }
    }
  }

  /// The layers that read the group, with the weights and biases that make up for what is gone.
  func refits() throws(SessionError) -> [LayerRefit] {
    try SessionError.compute { () throws(ComputeError) in
      var result: [LayerRefit] = []
      for reading in readings { if let refit = try reading.now.refit() { result.append(refit) } }
      return result
    }
  }
}
