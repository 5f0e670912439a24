import Compute
import Graph
import TestSupport
import Testing

@Suite("Gradients through roundings")
struct RoundingGradientTests {
  /// Terms at a rectifier's output behind which the values are rounded, for a gradient of ones.
  private func terms(
    _ numbers: [Float], _ rounding: (inout NetworkBuilder, ValueID) -> ValueID
  ) throws -> [Float] {
    var builder = NetworkBuilder("rounding", opset: 19)
    let x = builder.input("x", [1, 3, 1, 1])
    let point = builder.node("Relu", x)
    builder.output(builder.node("Identity", rounding(&builder, point)))
    let plan = try ExecutionPlan(BoundNetwork(builder.network), purpose: .score(points: [point]))
    try plan.forward([x: numbers])
    try plan.backward([plan.outputs[0]: [1, 1, 1]])
    return try plan.taylorTerms(at: point)
  }

  @Test("a quantization passes gradients on where its range does not cut, one scale or one a channel")
  func quantization() throws {
    for scales in [[Float(0.5)], [0.5, 0.5, 0.5]] {
      let found = try terms([1.3, 200, 2]) { builder, value in
        let shape = scales.count == 1 ? [] : [3]
        let scale = builder.constant("scale", Tensor(scales, shape: shape))
        let zero = builder.constant(
          "zero", Tensor(.uint8, [Double](repeating: 3, count: scales.count), shape: shape))
        return builder.node(
          "DequantizeLinear", builder.node("QuantizeLinear", value, scale, zero), scale, zero)
      }
      expectClose(found, [1.3, 0, 2], 1e-6, "straight through")
    }
  }

  @Test("a cast to bfloat16 rounds to its numbers and passes gradients on")
  func bfloat16() throws {
    let cast: (inout NetworkBuilder, ValueID) -> ValueID = { builder, value in
      builder.node("Cast", value, attributes: ["to": .int(16)])
    }
    expectClose(try terms([1.3, 200, 2], cast), [1.3, 200, 2], 1e-6, "gradient")
    var builder = NetworkBuilder("cast", opset: 19)
    let x = builder.input("x", [5])
    builder.output(cast(&builder, x))
    let plan = try ExecutionPlan(BoundNetwork(builder.network), purpose: .infer)
    // What lies half-way goes to the even neighbour.
    try plan.forward([x: [1.00390625, 1.01171875, -3.3, .infinity, 0]])
    #expect(try plan.value(plan.outputs[0]) == [1, 1.015625, -3.296875, .infinity, 0])
  }
}
