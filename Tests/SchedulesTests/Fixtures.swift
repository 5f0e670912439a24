import Foundation
import Graph
import Schedules
import Session
import TestSupport
import Testing

/// The schedules beside the tests, and networks for them.
enum Fixtures {
  static func path(_ name: String) throws -> String {
    try #require(Bundle.module.resourceURL).appending(path: "Fixtures/\(name)").path
  }

  static func schedule(_ name: String) throws -> Schedule { try Schedule(path: path(name)) }

  /// conv1 (8) – conv2 (8, added to conv1's output) – conv3 (32) – fc.
  static func joined() throws -> OpenNetwork {
    var b = NetworkBuilder()
    let x = b.block(b.input("x", [1, 3, 8, 8]), 3, 8, "conv1")
    let y = b.node("Relu", b.node("Add", x, b.block(x, 8, 8, "conv2")))
    b.head(b.block(y, 8, 32, "conv3"), 32)
    return try OpenNetwork(b.network)
  }

  /// A schedule of one ranked pruner and a policy, with parts that can be replaced.
  static func text(
    className: String = "L1RankedStructureParameterPruner", sparsity: String = "desired_sparsity: 0.5",
    more: String = "group_type: Filters", weights: String = "[module.conv3.weight]",
    instance: String = "p", epochs: String = "epochs: [0]"
  ) -> String {
    """
    version: 1
    pruners:
      p:
        class: \(className)
        \(sparsity)
        \(more)
        weights: \(weights)
    extensions:
      thin: {class: FilterRemover, thinning_func_str: remove_filters}
    policies:
      - pruner: {instance_name: \(instance)}
        \(epochs)

    """
  }

  /// The same with a remover at the end.
  static func thinning(_ text: String, at epoch: Int = 3) -> String {
    text + """
        - extension: {instance_name: thin}
          epochs: [\(epoch)]

      """
  }
}
