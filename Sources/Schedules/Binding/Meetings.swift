import Graph
import Pruning
import Session

/// Where the channels of a network's weights meet: which filters make the same channel, which weights read it.
struct Meetings {
  /// A place along an axis of a layer's weight.
  struct Slice: Hashable {
    let layer: Int
    let index: Int
  }

  private let network: OpenNetwork
  /// Layers that lose filters with the one before them without being asked: grouped convolutions that nobody names.
  private let followers: Set<Int>
  /// By atom: the input channels of weights that it owns.
  let readers: [[Slice]]
  /// By layer and input channel: the atom.
  private let atomsOfChannels: [[Int: Int]]

  init(_ network: OpenNetwork, named: Set<Int>) {
    self.network = network
    let layers = network.groups.layers.map(\.layer)
    let nodes = network.network.nodes.reduce(into: [NodeID: Node]()) { $0[$1.id] = $1 }
    followers = Set(
      layers.indices.filter { place in
        if case .int(let count)? = nodes[layers[place].node]?.attributes["group"], count > 1 {
          return !named.contains(place)
        }
        return false
      })
    var byConstant: [ValueID: [(layer: Int, axis: Int)]] = [:]
    for (place, layer) in layers.enumerated() where !followers.contains(place) && layer.weightShape.count > 1
    {
      byConstant[layer.weight, default: []].append((place, layer.channelAxis))
    }
    var readers: [[Slice]] = []
    var atomsOfChannels = [[Int: Int]](repeating: [:], count: layers.count)
    for (atom, slices) in network.groups.weightSlices().enumerated() {
      var found = Set<Slice>()
      for slice in slices {
        for (layer, axis) in byConstant[slice.constant] ?? [] where axis == slice.axis {
          for index in slice.indices {
            found.insert(Slice(layer: layer, index: index))
            atomsOfChannels[layer][index] = atom
          }
        }
      }
      readers.append(found.sorted { ($0.layer, $0.index) < ($1.layer, $1.index) })
    }
    self.readers = readers
    self.atomsOfChannels = atomsOfChannels
  }

  func name(of layer: Int) -> String { network.groups.layers[layer].layer.name }

  /// The atom of an input channel of a layer.
  func atom(ofChannel index: Int, of layer: Int) -> Int? { atomsOfChannels[layer][index] }

  /// The filters that make an atom's channels, those of followers aside.
  func makers(of atom: Int) -> [Slice] {
    network.groups.atoms[atom].kernels.filter { !followers.contains($0.layer) }
      .map { Slice(layer: $0.layer, index: $0.index) }
  }

  private func atoms(of weight: BoundWeight, _ structure: Pruner.Structure) -> Set<Int> {
    structure == .filters
      ? Set(network.groups.layers[weight.layer].atoms) : Set(atomsOfChannels[weight.layer].values)
  }

  /// The layers that have to be pruned as one with a weight, itself among them, ascending.
  func members(of weight: BoundWeight, _ structure: Pruner.Structure) -> [Int] {
    let found = atoms(of: weight, structure).flatMap { atom in
      (structure == .filters ? makers(of: atom) : readers[atom]).map(\.layer)
    }
    return Set(found).sorted()
  }

  /// Why slices of a weight cannot go; `nil` where at least one can.
  func pin(of weight: BoundWeight, _ structure: Pruner.Structure) -> String? {
    if structure != .filters, atomsOfChannels[weight.layer].isEmpty {
      return "Its channels are an input of the network."
    }
    let pins = atoms(of: weight, structure).map { network.groups.atoms[$0].pin?.sentence }
    return pins.contains(nil) ? nil : pins.compactMap { $0 }.min()
  }
}
