import Compute
import Graph
import TestSupport
import Testing

/// Steps that are done twice instead of being kept.
@Suite struct RecomputationTests {
  /// Residual blocks of convolutions with the batch's statistics, activations of several kinds, sums and a pooling.
  private static func blocks(_ count: Int) -> (
    network: Network, input: ValueID, output: ValueID, parameters: [ValueID]
  ) {
    var b = NetworkBuilder("blocks", seed: 3)
    let x = b.input("x", [nil, 16, 24, 24])
    var parameters: [ValueID] = []
    func normalized(_ from: ValueID, _ channels: Int, _ kernels: Int, size: Int) -> ValueID {
      let number = parameters.count
      let w = b.constant("w\(number)", [kernels, channels, size, size], from: -0.3, to: 0.3)
      let statistics = ["scale", "shift", "mean"].map {
        b.constant("\($0)\(number)", [kernels], from: 0.5, to: 1)
      }
      let variance = b.constant("variance\(number)", [kernels], from: 0.5, to: 1)
      parameters += [w, statistics[0], statistics[1]]
      let y = b.node("Conv", from, w, attributes: ["pads": .ints([Int](repeating: size / 2, count: 4))])
      return b.node("BatchNormalization", y, statistics[0], statistics[1], statistics[2], variance)
    }
    var trunk = x
    for block in 0..<count {
      let first = normalized(trunk, 16, 64, size: 1)
      let inner = block % 2 == 0 ? b.node("Relu", first) : b.node("Mul", first, b.node("Sigmoid", first))
      trunk = b.node("Relu", b.node("Add", normalized(inner, 64, 16, size: 3), trunk))
    }
    let pooled = b.node(
      "MaxPool", trunk, attributes: ["kernel_shape": .ints([2, 2]), "strides": .ints([2, 2])])
    let y = b.output(b.node("ReduceMean", pooled, attributes: ["axes": .ints([2, 3]), "keepdims": .int(0)]))
    return (b.network, x, y, parameters)
  }

  @Test func itTakesLessAndChangesNoBit() throws {
    let sample = Self.blocks(4)
    let bound = try BoundNetwork(sample.network, batch: 12, foldsWeights: false)
    var generator = RandomNumbers(seed: 5)
    let data = [sample.input: generator.numbers(12 * 16 * 24 * 24)]
    let seeds = [sample.output: generator.numbers(12 * 16)]
    func run(savesMemory: Bool) throws -> (gradients: [[Float]], bytes: Int) {
      var options = ComputeOptions()
      options.savesMemory = savesMemory
      let plan = try ExecutionPlan(bound, purpose: .train(parameters: sample.parameters), options: options)
      // The second time memory holds what the first one left.
      for _ in 0..<2 {
        try plan.forward(data)
        try plan.backward(seeds)
      }
      return (try sample.parameters.map { try plan.gradient(of: $0) }, plan.peakBytes)
    }
    let (kept, made) = (try run(savesMemory: false), try run(savesMemory: true))
    #expect(kept.gradients == made.gradients)
    #expect(made.gradients.allSatisfy { $0.contains { $0 != 0 } })
    #expect(Double(made.bytes) < 0.8 * Double(kept.bytes), "\(made.bytes) of \(kept.bytes)")
  }

  @Test func scoresStayTheSame() throws {
    let sample = Self.blocks(3)
    let bound = try BoundNetwork(sample.network, batch: 2)
    let points = sample.network.nodes.filter { $0.op == "Conv" }.compactMap { $0.outputs[0] }
    var generator = RandomNumbers(seed: 6)
    let data = [sample.input: generator.numbers(2 * 16 * 24 * 24)]
    let seeds = [sample.output: generator.numbers(2 * 16)]
    let terms = try [false, true].map { savesMemory in
      var options = ComputeOptions()
      options.savesMemory = savesMemory
      let plan = try ExecutionPlan(bound, purpose: .score(points: points), options: options)
      try plan.forward(data)
      try plan.backward(seeds)
      return try points.map { try plan.taylorTerms(at: $0) }
    }
    #expect(terms[0] == terms[1])
  }
}
