public import Graph
public import Pruning

/// A network and how its channels hang together.
public struct NetworkStructure: Sendable {
  /// The network, bound to the shapes that costs are counted for.
  public let bound: BoundNetwork
  /// Which of its channels go together, and which cannot go.
  public let groups: ChannelGroups

  /// A network and the groups solved from it.
  package init(bound: BoundNetwork, groups: ChannelGroups) {
    self.bound = bound
    self.groups = groups
  }
}
