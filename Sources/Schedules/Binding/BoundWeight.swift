package import Graph

/// A weight of a network that a schedule names.
package struct BoundWeight: Sendable, Hashable {
  /// As the schedule writes it.
  package let written: NamedWeight
  /// The layer's index in `ChannelGroups.layers`.
  package let layer: Int
  /// The layer's name.
  package let layerName: String
  /// The constant.
  package let constant: ValueID
  /// Its shape.
  package let shape: [Int]
  /// The axis over the filters; `nil` where they do not lie along one, as in a grouped transposed convolution.
  package let filterAxis: Int?
  /// The axis over the input channels; `nil` where each group has channels of its own.
  package let channelAxis: Int?

  /// The axis over what a pruner takes at once.
  package func axis(of structure: Pruner.Structure) -> Int? {
    switch structure {
    case .filters: filterAxis
    case .channels: channelAxis
    case .rows: shape.count == 2 ? channelAxis : nil
    }
  }

  init(_ written: NamedWeight, layer: Layer, index: Int, constant: ValueID, groups: Int) {
    self.written = written
    self.layer = index
    layerName = layer.name
    self.constant = constant
    shape = layer.weightShape
    filterAxis = layer.weightShape[layer.kernelAxis] == layer.kernels ? layer.kernelAxis : nil
    let others = layer.weightShape.indices.filter { $0 != layer.kernelAxis }
    channelAxis =
      layer.isConvolution ? (groups == 1 ? layer.channelAxis : nil) : others.count == 1 ? others[0] : nil
  }
}
