import Compute
import Graph
import Pruning

/// What is recovered: a network that channels were removed from, beside the one that it was.
struct RecoverySubject {
  let original: OpenNetwork
  let selection: Selection
  let kept: KeptIndices
  private(set) var calibration: CalibrationSet
  let settings: RecoverySettings
  /// Nodes that compute something else than they did, on the channels that stay.
  let changed: Set<NodeID>

  init(
    _ original: OpenNetwork, _ selection: Selection, calibration: CalibrationSet, settings: RecoverySettings
  ) {
    self.original = original
    self.selection = selection
    self.calibration = calibration
    self.settings = settings
    kept = KeptIndices(selection, groups: original.groups, bound: original.bound)
    changed = kept.changedNodes()
  }

  /// The same with other examples.
  func seeing(_ calibration: CalibrationSet) -> RecoverySubject {
    var copy = self
    copy.calibration = calibration
    return copy
  }

  /// A network bound to one example.
  func bound(_ network: Network) throws -> BoundNetwork {
    try BoundNetwork(network, inputShapes: original.inputShapes)
  }

  /// The value of the original that a map of the pruned network computes: a shift that was added behind the map is part of
  /// that.
  func output(of map: LinearMap) -> ValueID {
    let node = original.bound.network.nodes.first { $0.id == map.node }
    return (node?.outputs.first ?? nil) ?? map.output
  }

  /// The maps of the original by node, in its order.
  var originalMaps: [LinearMap] {
    original.bound.steps.compactMap { LinearMap(original.bound, at: $0) }
  }

  /// The maps of a pruned network whose results changed and whose weights are theirs alone, in its order: tied weights
  /// stay tied, and quantized ones quantized.
  func changedMaps(_ bound: BoundNetwork) -> [LinearMap] {
    let topology = Topology(bound.network)
    return bound.steps.compactMap { position in
      guard changed.contains(bound.network.nodes[position].id), let map = LinearMap(bound, at: position),
        topology.uses(of: map.weights).count == 1,
        topology.producer(of: map.weights).map({ bound.traits(at: $0).recoding != .dequantization }) ?? true
      else { return nil }
      return map
    }
  }
}

/// A method at work, a step at a time.
protocol RecoveryWork {
  /// Goes a step on; `false` when the network is done.
  func step() throws -> Bool
  /// The network; what it was until the work is done.
  var network: Network { get }
  /// Layers that were changed.
  var layers: Int { get }
  /// Steps done, and those in all.
  var progress: (done: Int, total: Int) { get }
  /// Ends the work before it is through; `false` where the network is of no use then.
  func settle() -> Bool
}

extension RecoveryWork {
  func settle() -> Bool { false }
}
