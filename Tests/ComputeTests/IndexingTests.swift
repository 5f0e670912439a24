import Compute
import Graph
import TestSupport
import Testing

@Suite("Indices that only the data know")
struct IndexingTests {
  /// A network whose second operand is its input, cast to whole numbers.
  private func network(
    _ op: String, _ data: [Int], _ indices: [Int], updates: [Int]? = nil,
    _ attributes: [String: Attribute] = [:]
  ) -> (network: Network, input: ValueID) {
    var builder = NetworkBuilder(op, opset: 18)
    let input = builder.input("indices", indices)
    let whole = builder.node("Cast", input, attributes: ["to": .int(7)])
    var operands: [ValueID?] = [builder.constant("data", data), whole]
    if let updates { operands.append(builder.constant("updates", updates)) }
    builder.output(builder.nodes(op, operands, attributes, outputs: 1)[0])
    return (builder.network, input)
  }

  private func run(_ item: (network: Network, input: ValueID), _ indices: [Float]) throws -> [Float] {
    let plan = try ExecutionPlan(BoundNetwork(item.network), purpose: .infer)
    try plan.forward([item.input: indices])
    return try plan.value(plan.outputs[0])
  }

  @Test(
    "An index outside of the data ends the pass with an error, and the next pass works",
    arguments: [Float(4), -5, .nan, .infinity, 1e20])
  func outside(_ index: Float) throws {
    let items = [
      network("Gather", [4, 3], [2]), network("GatherElements", [4, 3], [2, 1]),
      network("GatherND", [4, 3], [2, 1]), network("ScatterND", [4, 3], [2, 1], updates: [2, 3]),
      network("ScatterElements", [4, 3], [2, 1], updates: [2, 1]),
    ]
    for item in items {
      let plan = try ExecutionPlan(BoundNetwork(item.network), purpose: .infer)
      #expect(throws: ComputeError.self, "\(item.network.name)") {
        try plan.forward([item.input: [0, index]])
      }
      try plan.forward([item.input: [0, 3]])
      #expect(try plan.value(plan.outputs[0]).allSatisfy(\.isFinite))
    }
  }

  @Test("Negative indices count from the end")
  func negative() throws {
    let item = network("Gather", [4, 3], [2])
    #expect(try run(item, [-1, -4]) == run(item, [3, 0]))
  }

  @Test("The error names the node")
  func namesTheNode() throws {
    let item = network("GatherND", [4, 3], [2, 1])
    let plan = try ExecutionPlan(BoundNetwork(item.network), purpose: .infer)
    do {
      try plan.forward([item.input: [0, 9]])
      Issue.record("an index outside of the data was taken")
    } catch let error as ComputeError {
      #expect(error.sentence.contains(item.network.nodes[1].name))
      #expect(error.remedy.contains("stop before"))
    }
  }

  @Test("Places and sizes that are no numbers end in an error or a finite result, never in a trap")
  func strangePlaces() throws {
    var builder = NetworkBuilder("places", opset: 20)
    let grid = builder.input("grid", [1, 3, 1, 2])
    let picture = builder.constant("picture", [1, 2, 4, 4])
    for mode in ["nearest", "linear", "cubic"] {
      for padding in ["zeros", "border", "reflection"] {
        builder.output(
          builder.node(
            "GridSample", picture, grid,
            attributes: ["mode": .string(mode), "padding_mode": .string(padding)]))
      }
    }
    let plan = try ExecutionPlan(BoundNetwork(builder.network), purpose: .infer)
    try plan.forward([grid: [.nan, 0, .infinity, -.infinity, 1e30, -1e30]])
    for output in plan.outputs { #expect(try plan.value(output).allSatisfy(\.isFinite)) }
  }

  @Test("A region of no size or of another example ends in an error")
  func strangeRegions() throws {
    var builder = NetworkBuilder("regions", opset: 16)
    let (boxes, examples) = (builder.input("boxes", [1, 4]), builder.input("examples", [1]))
    let picture = builder.constant("picture", [2, 2, 4, 4])
    builder.output(builder.node("RoiAlign", picture, boxes, examples))
    let plan = try ExecutionPlan(BoundNetwork(builder.network), purpose: .infer)
    try plan.forward([boxes: [0, 0, 3, 3], examples: [1]])
    #expect(try plan.value(plan.outputs[0]).allSatisfy(\.isFinite))
    #expect(throws: ComputeError.self) { try plan.forward([boxes: [0, 0, 3, 3], examples: [2]]) }
    #expect(throws: ComputeError.self) { try plan.forward([boxes: [0, 0, .nan, 3], examples: [0]]) }
    #expect(throws: ComputeError.self) { try plan.forward([boxes: [0, 0, 1e30, 3], examples: [0]]) }
  }
}
