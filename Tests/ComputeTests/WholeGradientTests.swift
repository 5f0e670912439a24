import Compute
import Graph
import TestSupport
import Testing

/// Gradients that are handed out while the backward pass goes on.
@Suite struct WholeGradientTests {
  /// Convolutions one behind another, as many kernels as make the library reorder weights.
  private static func chain(_ count: Int) -> (network: Network, weights: [ValueID]) {
    var b = NetworkBuilder("chain", seed: 5)
    var value = b.input("x", [nil, 16, 12, 12])
    var weights: [ValueID] = []
    for number in 0..<count {
      let weight = b.constant("w\(number)", [16, 16, 3, 3], from: -0.3, to: 0.3)
      weights.append(weight)
      value = b.node(
        "Relu", b.node("Conv", value, weight, attributes: ["pads": .ints([1, 1, 1, 1])]))
    }
    // One that two nodes read, and that is whole only behind both.
    let scale = b.constant("scale", [16, 1, 1], from: 0.5, to: 1)
    weights.append(scale)
    value = b.node("Mul", b.node("Sigmoid", b.node("Mul", value, scale)), scale)
    b.output(b.node("ReduceMean", value, attributes: ["axes": .ints([2, 3]), "keepdims": .int(0)]))
    return (b.network, weights)
  }

  private func plan(_ options: ComputeOptions = ComputeOptions()) throws -> (ExecutionPlan, [ValueID]) {
    let (network, weights) = Self.chain(6)
    let bound = try BoundNetwork(network, batch: 4, foldsWeights: false)
    return (try ExecutionPlan(bound, purpose: .train(parameters: weights), options: options), weights)
  }

  private func run(_ plan: ExecutionPlan) throws -> [(parameter: ValueID, gradient: [Float])] {
    var generator = SeededGenerator(seed: 1)
    func noise(_ values: [ValueID]) -> [ValueID: [Float]] {
      values.reduce(into: [:]) { feeds, value in
        feeds[value] = (0..<(plan.shape(of: value) ?? []).elementCount).map { _ in Float(generator.normal()) }
      }
    }
    let (feeds, seeds) = (noise(plan.inputs), noise(plan.outputs))
    try plan.forward(feeds)
    var handed: [(ValueID, [Float])] = []
    try plan.backward(seeds) { parameter, gradient in handed.append((parameter, Array(gradient))) }
    return handed
  }

  @Test func eachIsHandedOutOnceAndWhole() throws {
    for savesMemory in [false, true] {
      var options = ComputeOptions()
      options.savesMemory = savesMemory
      let (plan, weights) = try plan(options)
      let handed = try run(plan)
      #expect(handed.map(\.parameter).sorted() == weights.sorted())
      for (parameter, gradient) in handed {
        #expect(gradient == (try plan.gradient(of: parameter)))
        #expect(gradient.contains { $0 != 0 })
      }
      // The last layer's first.
      let layers = handed.map(\.parameter).filter { $0 != weights[6] }
      #expect(layers == weights.prefix(6).reversed())
    }
  }

  @Test func anErrorOfTheOneWhoTakesThemEndsThePass() throws {
    struct Refused: Error {}
    let (plan, _) = try plan()
    let feeds = plan.inputs.reduce(into: [ValueID: [Float]]()) {
      $0[$1] = [Float](repeating: 1, count: (plan.shape(of: $1) ?? []).elementCount)
    }
    try plan.forward(feeds)
    #expect(throws: Refused.self) { try plan.backward([:]) { _, _ in throw Refused() } }
  }
}
