import Graph
import Pruning

/// Which nodes own something of each channel.
struct Dependents {
  private let groups: ChannelGroups
  private let slices: [[WeightSlice]]
  /// The nodes that read a constant as data, as it is or computed from, by constant.
  private var readers: [ValueID: [Node]] = [:]
  private var layers: [NodeID: Layer] = [:]
  private let provenance: ConstantProvenance

  init(_ opened: OpenNetwork) {
    groups = opened.groups
    slices = opened.groups.weightSlices()
    provenance = ConstantProvenance(opened.bound)
    for node in opened.network.nodes where !provenance.computesWeights(node) {
      for root in Set(node.inputs.compactMap { $0 }.flatMap(provenance.roots)) {
        readers[root, default: []].append(node)
      }
    }
    for coupled in opened.groups.layers { layers[coupled.layer.node] = coupled.layer }
  }

  /// The nodes that lose something when a kernel of the layer goes, the layer and those it is tied to aside where it is
  /// their kernels that go.
  func names(of coupled: CoupledLayer, at index: Int) -> [String] {
    let tied = Set(groups.tying(index).map { groups.layers[$0].layer.node })
    var owned: [ValueID: Set<Int>] = [:]
    for unit in Set(coupled.units) {
      for slice in slices[unit] { owned[slice.constant, default: []].insert(slice.axis) }
    }
    var found: [NodeID: String] = [:]
    for (constant, axes) in owned {
      for node in readers[constant] ?? [] {
        if tied.contains(node.id), let layer = layers[node.id] {
          let isWeight = provenance.roots(of: layer.weight).contains(constant)
          if !isWeight || axes.isSubset(of: [layer.kernelAxis]) { continue }
        }
        found[node.id] = node.name
      }
    }
    return found.sorted { $0.key < $1.key }.map(\.value)
  }
}
