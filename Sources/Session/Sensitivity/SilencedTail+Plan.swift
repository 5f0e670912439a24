import Compute
import Graph
import Pruning

extension SilencedTail {
  /// The tail, ready to run.
  func plan(outputs: [ValueID], options: ComputeOptions) throws -> ExecutionPlan {
    let behind = try BoundNetwork(network)
    return try ExecutionPlan(behind, purpose: .infer, outputs: outputs, options: options)
  }
}
