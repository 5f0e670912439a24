import Graph
import Pruning
import Quantities
package import Session

/// How large a network is, as Distiller counts it.
public struct NetworkSize: Sendable, Hashable, Codable {
  /// Elements of the weights of all layers, biases and normalizations aside.
  public let weights: Int
  /// Multiply-accumulates for one example.
  public let multiplyAccumulates: Int

  /// The size of a network.
  package init(_ network: OpenNetwork) {
    weights = network.summary.layers.reduce(0) { $0 + $1.weightShape.reduce(1, *) }
    multiplyAccumulates = network.summary.multiplyAccumulates
  }

  /// Sizes before and after a remover, in words.
  package static func text(_ sizes: [NetworkSize]) -> String {
    guard let before = sizes.first, let after = sizes.last, before != after else {
      return "nothing to remove"
    }
    return "\(Quantity.grouped(before.weights)) → \(Quantity.grouped(after.weights)) weights, "
      + "\(Quantity.grouped(before.multiplyAccumulates)) → \(Quantity.grouped(after.multiplyAccumulates)) MACs"
  }
}
