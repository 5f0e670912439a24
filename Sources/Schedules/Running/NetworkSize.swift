import Graph
import Pruning
public import Session

/// How large a network is, as Distiller counts it.
public struct NetworkSize: Sendable, Hashable, Codable {
  /// Elements of the weights of all layers, biases and normalizations aside.
  public let weights: Int
  /// Multiply-accumulates for one example.
  public let multiplyAccumulates: Int

  /// The size of a network.
  public init(_ network: OpenNetwork) {
    weights = network.summary.layers.reduce(0) { $0 + $1.weightShape.reduce(1, *) }
    multiplyAccumulates = network.summary.multiplyAccumulates
  }
}
