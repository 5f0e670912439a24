import Compute
import Graph
import TestSupport
import Testing

/// A batch that is dealt to threads gives each example what it has alone.
@Suite("Examples dealt to threads")
struct DealingTests {
  private static let samples = [
    PlanTests.sample(), PlanTests.bottlenecks(), PlanTests.tokens(), PlanTests.channelsLast(),
  ]

  private func plan(
    _ sample: PlanTests.Sample, _ purpose: Purpose, examples: Int, threads: Int = 2
  ) throws -> ExecutionPlan {
    var options = ComputeOptions()
    (options.exact, options.threads, options.channelAxes) = (true, threads, sample.axes)
    options.countsActivations = true
    return try ExecutionPlan(
      BoundNetwork(sample.network, batch: examples), purpose: purpose, options: options)
  }

  private func expectEqual(_ parts: [[Float]], _ whole: [Float], _ what: String) {
    let joined = parts.flatMap { $0 }
    let scale = joined.map(abs).max() ?? 0
    #expect(joined.count == whole.count, "\(what)")
    #expect(zip(joined, whole).allSatisfy { abs($0 - $1) <= 1e-5 * max(scale, 1e-3) }, "\(what)")
  }

  /// Seven are dealt in portions of which the last one is smaller; a second pass overwrites the first.
  @Test("outputs, terms and counts", arguments: samples, [4, 7, 16])
  func results(of sample: PlanTests.Sample, examples: Int) throws {
    var random = RandomNumbers(seed: 3)
    let size = 3 * 12 * 12
    for purpose in [Purpose.infer, .observe(points: sample.points), .score(points: sample.points)] {
      let (whole, single) = (
        try plan(sample, purpose, examples: examples), try plan(sample, purpose, examples: 1, threads: 1)
      )
      for _ in 0..<2 {
        let data = random.numbers(examples * size)
        let weights = random.numbers(examples * 5)
        try whole.forward([sample.input: data])
        let isScore = if case .score = purpose { true } else { false }
        if isScore { try whole.backward([sample.output: weights]) }
        var outputs: [[Float]] = []
        var terms: [ValueID: [[Float]]] = [:]
        var sums: [ValueID: [[Float]]] = [:]
        for example in 0..<examples {
          try single.forward([sample.input: Array(data[example * size..<(example + 1) * size])])
          outputs.append(try single.value(sample.output))
          guard purpose != .infer else { continue }
          if isScore {
            try single.backward([sample.output: Array(weights[example * 5..<(example + 1) * 5])])
          }
          for point in sample.points {
            if isScore { terms[point, default: []].append(try single.taylorTerms(at: point)) }
            sums[point, default: []].append(try single.activationCounts(at: point).sums)
          }
        }
        expectEqual(outputs, try whole.value(sample.output), "outputs, \(purpose)")
        for (point, parts) in terms { expectEqual(parts, try whole.taylorTerms(at: point), "terms") }
        for (point, parts) in sums { expectEqual(parts, try whole.activationCounts(at: point).sums, "sums") }
      }
    }
  }

  /// What an example is given does not depend on how many threads there are, nor on which of them computes it.
  @Test("the same to the last bit again and again") func repeats() throws {
    let sample = PlanTests.sample()
    var random = RandomNumbers(seed: 4)
    let data = random.numbers(16 * 3 * 12 * 12)
    let plan = try plan(sample, .infer, examples: 16)
    try plan.forward([sample.input: data])
    let first = try plan.value(sample.output)
    for _ in 0..<5 {
      try plan.forward([sample.input: data])
      #expect(try plan.value(sample.output) == first)
    }
  }

  @Test("a network that mixes its examples is computed whole") func mixed() throws {
    var b = NetworkBuilder()
    let x = b.input("x", [nil, 6])
    let mean = b.node("ReduceMean", x, attributes: ["axes": .ints([0]), "keepdims": .int(1)])
    let y = b.output(b.node("Sub", x, mean))
    var options = ComputeOptions()
    options.threads = 2
    let plan = try ExecutionPlan(BoundNetwork(b.network, batch: 8), purpose: .infer, options: options)
    let data = (0..<48).map { Float($0 / 6) }
    try plan.forward([x: data])
    #expect(try plan.value(y) == data.map { $0 - 3.5 })
  }

  @Test("an input that serves every example is given to each portion") func served() throws {
    var b = NetworkBuilder()
    let x = b.input("x", [nil, 2, 3])
    let table = b.input("table", [1, 2, 3])
    let y = b.output(b.node("Add", x, table))
    var options = ComputeOptions()
    options.threads = 2
    let plan = try ExecutionPlan(
      BoundNetwork(b.network, inputShapes: [x: [8, 2, 3], table: [1, 2, 3]]), purpose: .infer,
      options: options)
    try plan.forward([x: [Float](repeating: 1, count: 48), table: [0, 1, 2, 3, 4, 5]])
    #expect(try plan.value(y) == (0..<8).flatMap { _ in [1, 2, 3, 4, 5, 6] as [Float] })
  }

  /// Written-out activations are recognised by what they compute, and need no step of their own behind a convolution.
  @Test(
    "functions that the library knows are done with the convolution",
    arguments: ["swish", "hard swish", "gelu", "gelu by tanh"])
  func written(_ name: String) throws {
    var b = NetworkBuilder()
    let x = b.input("x", [nil, 16, 6, 6])
    let z = b.node("Conv", x, b.constant("w", [16, 16, 1, 1]))
    func number(_ value: Float) -> ValueID { b.constant("c\(value)", Tensor([value], shape: [])) }
    let y: ValueID
    switch name {
    case "swish": y = b.node("Mul", b.node("Sigmoid", z), z)
    case "hard swish":
      let clipped = b.node("Clip", b.node("Add", z, number(3)), number(0), number(6))
      y = b.node("Div", b.node("Mul", z, clipped), number(6))
    case "gelu":
      let erf = b.node("Erf", b.node("Div", z, number(1.4142135)))
      y = b.node("Mul", b.node("Mul", z, b.node("Add", erf, number(1))), number(0.5))
    default:
      let cube = b.node("Pow", z, number(3))
      let inner = b.node(
        "Mul", b.node("Add", z, b.node("Mul", cube, number(0.044715))), number(0.7978846))
      y = b.node("Mul", b.node("Mul", number(0.5), z), b.node("Add", b.node("Tanh", inner), number(1)))
    }
    _ = b.output(y)
    var options = ComputeOptions()
    options.profiles = true
    let bound = try BoundNetwork(b.network, batch: 1)
    let plan = try ExecutionPlan(bound, purpose: .infer, options: options)
    var random = RandomNumbers(seed: 8)
    let data = random.numbers(16 * 36, -6, 6)
    try plan.forward([x: data])
    let expected = try ReferenceEvaluator(bound).run([x: data.map(Double.init)])
    expectClose(try plan.value(y), expected[y]!.doubles, 1e-4, name)
    #expect(
      Set(plan.secondsByStep.keys).subtracting(["Conv", "Reorder"]).isEmpty, "\(plan.secondsByStep.keys)")
  }
}
