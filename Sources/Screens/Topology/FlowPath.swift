internal import Graph
internal import Pruning

/// The way by which a layer is frozen, or tied to others: marked in the table once it was explained.
package struct FlowPath: Sendable, Hashable {
  /// The layers on it: indices in `ChannelGroups.layers`.
  package private(set) var layers: Set<Int>
  /// The joins on it: indices in `LayerFlow.joins`.
  private(set) var joins: Set<Int>

  /// The way of a layer to what freezes some of its kernels, and through what ties it to others; `nil` where nothing does.
  init?(of layer: Int, in structure: NetworkStructure) {
    let (groups, flow) = (structure.groups, structure.flow)
    layers = Set(groups.tying(layer))
    joins = []
    // Where only what is tied comes together, the tie runs through.
    for (number, join) in flow.joins.enumerated() where join.sources.allSatisfy(contains) {
      joins.insert(number)
    }
    let names = Set(groups.frozenKernels(of: layer).flatMap(\.reason.chain))
    let nodes = structure.bound.network.nodes
    let byNode = Dictionary(
      groups.layers.enumerated().map { ($0.element.layer.node, $0.offset) },
      uniquingKeysWith: { first, _ in first })
    for node in nodes where names.contains(node.name) {
      if let found = byNode[node.id] { layers.insert(found) }
    }
    for (number, join) in flow.joins.enumerated() where names.contains(nodes[join.node].name) {
      joins.insert(number)
    }
    if layers.count + joins.count < 2 { return nil }
  }

  /// Whether a layer or a join is on it.
  func contains(_ source: LayerFlow.Source) -> Bool {
    switch source {
    case .input: false
    case .layer(let layer): layers.contains(layer)
    case .join(let join): joins.contains(join)
    }
  }

  /// Whether what comes from a source goes on along it.
  func runs(from source: LayerFlow.Source, in flow: LayerFlow) -> Bool {
    contains(source)
      && flow.readers(of: source).contains { reader in
        switch reader {
        case .layer(let layer): layers.contains(layer)
        case .join(let join): joins.contains(join)
        }
      }
  }
}
