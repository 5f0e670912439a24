import Graph
import Pruning

/// Which nodes own something of each channel, and which layers feed and read each other.
struct Dependents {
  private let groups: ChannelGroups
  private let slices: [[WeightSlice]]
  /// The nodes that read a constant as data, as it is or computed from, by constant.
  private var readers: [ValueID: [Node]] = [:]
  private var layers: [NodeID: Layer] = [:]
  private let nodes: [Node]
  private let topology: Topology
  private let provenance: ConstantProvenance

  init(_ opened: OpenNetwork) {
    groups = opened.groups
    slices = opened.groups.weightSlices()
    provenance = ConstantProvenance(opened.bound)
    nodes = opened.network.nodes
    topology = Topology(opened.network)
    for node in opened.network.nodes where !provenance.computesWeights(node) {
      for root in Set(node.inputs.compactMap { $0 }.flatMap(provenance.roots)) {
        readers[root, default: []].append(node)
      }
    }
    for coupled in opened.groups.layers { layers[coupled.layer.node] = coupled.layer }
  }

  /// The nodes that lose something when a kernel of the layer goes, the layer and those it is tied to aside where it is
  /// their kernels that go.
  func nodes(of coupled: CoupledLayer, at index: Int) -> [Node] {
    let tied = Set(groups.tying(index).map { groups.layers[$0].layer.node })
    var owned: [ValueID: Set<Int>] = [:]
    for unit in Set(coupled.units) {
      for slice in slices[unit] { owned[slice.constant, default: []].insert(slice.axis) }
    }
    var found: [NodeID: Node] = [:]
    for (constant, axes) in owned {
      for node in readers[constant] ?? [] {
        if tied.contains(node.id), let layer = layers[node.id] {
          let isWeight = provenance.roots(of: layer.weight).contains(constant)
          if !isWeight || axes.isSubset(of: [layer.kernelAxis]) { continue }
        }
        found[node.id] = node
      }
    }
    return found.sorted { $0.key < $1.key }.map(\.value)
  }

  /// The node that a value is an output of; `nil` for inputs and constants.
  func maker(of value: ValueID) -> Node? { topology.producer(of: value).map { nodes[$0] } }

  /// The layer that a node is; `nil` for others.
  func layer(_ node: Node) -> Layer? { layers[node.id] }

  /// The layers whose outputs reach a layer's data through nodes that are no layers, in the order of the graph.
  func parents(of layer: Layer) -> [Layer] {
    guard let node = maker(of: layer.output), let data = node.inputs.first ?? nil else { return [] }
    var (open, seen) = ([data], Set([data]))
    var found: [NodeID: Layer] = [:]
    while let value = open.popLast() {
      guard let maker = maker(of: value) else { continue }
      if let layer = layers[maker.id] {
        found[maker.id] = layer
        continue
      }
      for case let input? in maker.inputs where seen.insert(input).inserted { open.append(input) }
    }
    return found.sorted { $0.key < $1.key }.map(\.value)
  }
}
