package import Graph
package import Pruning

/// A network and how its channels hang together.
package struct NetworkStructure: Sendable {
  /// The network, bound to the shapes that costs are counted for.
  package let bound: BoundNetwork
  /// Which of its channels go together, and which cannot go.
  package let groups: ChannelGroups
  /// Which of its layers feed which, and where they come together.
  package let flow: LayerFlow

  /// A network and the groups solved from it.
  package init(bound: BoundNetwork, groups: ChannelGroups) {
    self.bound = bound
    self.groups = groups
    flow = LayerFlow(bound, layers: groups.layers.map(\.layer))
  }
}
