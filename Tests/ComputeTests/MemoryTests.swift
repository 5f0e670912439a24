import Compute
import Foundation
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

  /// A product of an input with a matrix that begins where vectors do, or behind that.
  private static func product(
    _ weights: [Float], _ columns: Int, startingAt start: Int
  ) throws -> BoundNetwork {
    var network = Network(name: "product", opsets: ["": 17])
    let rows = weights.count / columns
    let input = network.addValue(
      "x", type: DeclaredType(elementType: .float32, dimensions: [.fixed(2), .fixed(rows)]))
    let byteCount = weights.count * 4
    let memory = try #require(aligned_alloc(64, byteCount + 64))
    weights.withUnsafeBytes { (memory + start).copyMemory(from: $0.baseAddress!, byteCount: byteCount) }
    let bytes = Data(
      bytesNoCopy: memory + start, count: byteCount, deallocator: .custom { index, _ in free(index - start) })
    let matrix = network.addConstant(
      "matrix", try Tensor(.float32, shape: [rows, columns], bytes: bytes))
    let output = network.addValue("y")
    network.inputs = [input]
    network.nodes = [
      Node(id: NodeID(0), name: "product", op: "MatMul", inputs: [input, matrix], outputs: [output])
    ]
    network.outputs = [output]
    return try BoundNetwork(network)
  }

  @Test func aPlanReadsWeightsWhereTheNetworkHasThem() throws {
    let (rows, columns) = (256, 128)
    let weights = (0..<rows * columns).map { Float($0 % 13) - 6 }
    let (there, copied) = (
      try Self.product(weights, columns, startingAt: 0), try Self.product(weights, columns, startingAt: 4)
    )
    let purpose = Purpose.score(points: there.network.inputs)
    let saved = try [copied, there].map { try ExecutionPlan.foretoldBytes(of: $0, purpose: purpose) }
    #expect(saved[0] - saved[1] == weights.count * 4)
    let x = (0..<2 * rows).map { Float($0 % 7) }
    func outputs(_ plan: ExecutionPlan) throws -> [Float] {
      try plan.forward([there.network.inputs[0]: x])
      return try plan.value(there.network.outputs[0])
    }
    let plan = try ExecutionPlan(there, purpose: purpose)
    let before = try outputs(plan)
    #expect(try before == outputs(ExecutionPlan(copied, purpose: purpose)))
    // One that is changed has memory of its own: the network keeps what it had.
    let matrix = try #require(there.network.constants.keys.first)
    try plan.setParameter(matrix, weights.map { 2 * $0 })
    #expect(try outputs(plan) == before.map { 2 * $0 })
    #expect(there.network.constants[matrix]?.floats == weights)
    #expect(try outputs(ExecutionPlan(there, purpose: purpose)) == before)
  }
}
