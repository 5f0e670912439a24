import Compute
import Graph
import Testing

/// The memory of a run is known before it begins.
@Suite struct MemoryTests {
  /// `Expand` of an input to a shape, and a sum over it.
  private static func expansion(to shape: [Int]) throws -> BoundNetwork {
    var network = Network(name: "expansion", opsets: ["": 17])
    let input = network.addValue(
      "x", type: DeclaredType(elementType: .float32, dimensions: [.fixed(1), .fixed(1)]))
    let (target, spread, sum) = (
      network.addConstant("shape", Tensor(shape)), network.addValue("spread"), network.addValue("sum")
    )
    network.inputs = [input]
    network.nodes = [
      Node(id: NodeID(0), name: "expand", op: "Expand", inputs: [input, target], outputs: [spread]),
      Node(id: NodeID(1), name: "sum", op: "ReduceSum", inputs: [spread], outputs: [sum]),
    ]
    network.outputs = [sum]
    return try BoundNetwork(network)
  }

  @Test func aRunThatNoMachineHoldsIsRefusedWithItsSize() throws {
    let bound = try Self.expansion(to: [1 << 20, 1 << 20])
    #expect {
      try ExecutionPlan(bound, purpose: .infer)
    } throws: { error in
      guard case .overBudget(let needed, let allowed)? = error as? ComputeError else { return false }
      return needed >= 4 << 40 && allowed < needed
    }
    #expect(try ExecutionPlan.foretoldBytes(of: bound, purpose: .infer) >= 4 << 40)
  }

  @Test func whatAPlanHoldsWasForetold() throws {
    let bound = try Self.expansion(to: [300, 400])
    let foretold = try ExecutionPlan.foretoldBytes(of: bound, purpose: .infer)
    let plan = try ExecutionPlan(bound, purpose: .infer)
    #expect(foretold >= 300 * 400 * 4)
    // Each block of memory is rounded up to whole cache lines.
    #expect(abs(plan.peakBytes - foretold) <= 4096)
    try plan.forward([bound.network.inputs[0]: [2]])
    #expect(try plan.value(bound.network.outputs[0]) == [240_000])
  }
}
