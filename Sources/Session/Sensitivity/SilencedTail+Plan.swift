import Compute
import Graph
import Pruning

extension SilencedTail {
  /// The tail, ready to run.
  func plan(outputs: [ValueID], options: ComputeOptions) throws(SessionError) -> ExecutionPlan {
    let behind = try SessionError.graph { () throws(GraphError) in try BoundNetwork(network) }
    return try SessionError.compute { () throws(ComputeError) in
      try ExecutionPlan(behind, purpose: .infer, outputs: outputs, options: options)
    }
  }
}
