/// A row of the table of layers.
package enum LayerRow: Sendable, Hashable {
  /// A layer, by its index in `ChannelGroups.layers`.
  case layer(Int)
  /// A module, by its index in `ModuleTree.modules`.
  case module(Int)
}

/// A row by its name, which holds when the network is another one.
package enum LayerRowName: Sendable, Hashable {
  case layer(String)
  case module(String)
}
