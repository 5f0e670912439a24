public import Graph
public import Pruning

/// A network with what is read off it: bound to one example, summed up, its coupled channels known.
public struct OpenNetwork: Sendable {
  /// The network; where it decides something by its shapes, with what was decided.
  public let network: Network
  /// Bound to a batch of one.
  public let bound: BoundNetwork
  /// Its layers and costs.
  public let summary: NetworkSummary
  /// Which channels go together.
  public let groups: ChannelGroups

  /// Reads a network.
  ///
  /// - Parameter inputShapes: shapes of inputs that the file leaves open, batch included.
  public init(_ network: Network, inputShapes: [ValueID: [Int]] = [:]) throws(SessionError) {
    let bound = try SessionError.graph { () throws(GraphError) in
      try BoundNetwork(network, inputShapes: inputShapes)
    }
    self.bound = bound
    self.network = bound.network
    groups = try SessionError.pruning { () throws(PruningError) in try ChannelGroups(bound) }
    summary = groups.summary
  }

  /// The layer that goes by `name`: its own name, its node's or its initializer's.
  public func layer(named name: String) throws(SessionError) -> Layer {
    try SessionError.pruning { () throws(PruningError) in
      groups.layers[try groups.requiredPlace(of: name)].layer
    }
  }
}
