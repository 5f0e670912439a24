import Graph
import Pruning
import Session

/// Where the channels of a network's weights meet: which filters make the same channel, which weights read it.
struct Meetings {
  /// An index along an axis of a layer's weight.
  struct Slice: Hashable {
    let layer: Int
    let index: Int
  }

  private let network: OpenNetwork
  /// Layers that lose filters with the one before them without being asked: grouped convolutions that nobody names.
  private let followers: Set<Int>
  /// By unit: the input channels of weights that it owns.
  let readers: [[Slice]]
  /// By layer and input channel: the unit.
  private let unitsOfChannels: [[Int: Int]]

  init(_ network: OpenNetwork, named: Set<Int>) {
    self.network = network
    let layers = network.groups.layers.map(\.layer)
    let nodes = network.network.nodes.reduce(into: [NodeID: Node]()) { $0[$1.id] = $1 }
    followers = Set(
      layers.indices.filter { position in
        if case .int(let count)? = nodes[layers[position].node]?.attributes["group"], count > 1 {
          return !named.contains(position)
        }
        return false
      })
    var byConstant: [ValueID: [(layer: Int, axis: Int)]] = [:]
    for (position, layer) in layers.enumerated()
    where !followers.contains(position) && layer.weightShape.count > 1 {
      byConstant[layer.weight, default: []].append((position, layer.channelAxis))
    }
    var readers: [[Slice]] = []
    var unitsOfChannels = [[Int: Int]](repeating: [:], count: layers.count)
    for (unit, slices) in network.groups.weightSlices().enumerated() {
      var found = Set<Slice>()
      for slice in slices {
        for (layer, axis) in byConstant[slice.constant] ?? [] where axis == slice.axis {
          for index in slice.indices {
            found.insert(Slice(layer: layer, index: index))
            unitsOfChannels[layer][index] = unit
          }
        }
      }
      readers.append(found.sorted { ($0.layer, $0.index) < ($1.layer, $1.index) })
    }
    self.readers = readers
    self.unitsOfChannels = unitsOfChannels
  }

  func name(of layer: Int) -> String { network.groups.layers[layer].layer.name }

  /// The unit of an input channel of a layer.
  func unit(ofChannel index: Int, of layer: Int) -> Int? { unitsOfChannels[layer][index] }

  /// The filters that make a unit's channels, those of followers aside.
  func makers(of unit: Int) -> [Slice] {
    network.groups.units[unit].kernels.filter { !followers.contains($0.layer) }
      .map { Slice(layer: $0.layer, index: $0.index) }
  }

  private func units(of weight: BoundWeight, _ structure: Pruner.Structure) -> Set<Int> {
    structure == .filters
      ? Set(network.groups.layers[weight.layer].units) : Set(unitsOfChannels[weight.layer].values)
  }

  /// The layers that have to be pruned as one with a weight, itself among them, ascending.
  func members(of weight: BoundWeight, _ structure: Pruner.Structure) -> [Int] {
    let found = units(of: weight, structure).flatMap { unit in
      (structure == .filters ? makers(of: unit) : readers[unit]).map(\.layer)
    }
    return Set(found).sorted()
  }

  /// Why slices of a weight cannot go; `nil` where at least one can.
  func freezeReason(of weight: BoundWeight, _ structure: Pruner.Structure) -> String? {
    if structure != .filters, unitsOfChannels[weight.layer].isEmpty {
      return "Its channels are an input of the network."
    }
    let freezes = units(of: weight, structure).map { network.groups.units[$0].freezeReason?.sentence }
    return freezes.contains(nil) ? nil : freezes.compactMap { $0 }.min()
  }
}
