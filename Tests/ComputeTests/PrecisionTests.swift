import Compute
import Graph
import TestSupport
import Testing

@Suite("Precisions") struct PrecisionTests {
  @Test func floatsAreAlwaysComputed() throws { try ElementType.float32.checkIsComputed() }

  @Test func whatIsNotComputedIsNamed() {
    for type in ElementType.allCases where type != .float32 && type != .bfloat16 {
      let error = #expect(throws: ComputeError.self) { try type.checkIsComputed() }
      #expect(error == .unsupportedPrecision(type))
      #expect(error?.sentence.contains(type.rawValue) == true)
    }
  }
}

private let hasNarrow = (try? ElementType.bfloat16.checkIsComputed()) != nil

/// bfloat16 against float32, on processors that have it.
@Suite("Plans in bf16", .enabled(if: hasNarrow, "this processor computes no bf16"))
struct NarrowPlanTests {
  private func options(_ precision: Precision) -> ComputeOptions {
    var options = ComputeOptions()
    options.precision = precision
    return options
  }

  private func plan(
    _ network: Network, _ purpose: Purpose, _ precision: Precision, batch: Int = 2
  ) throws -> ExecutionPlan {
    try ExecutionPlan(BoundNetwork(network, batch: batch), purpose: purpose, options: options(precision))
  }

  /// The largest difference in shares of the largest value, where that is not small only because numbers of
  /// about 1 cancel out.
  private func difference(_ found: [Float], _ expected: [Float]) -> Float {
    let scale = max(0.1, expected.reduce(0) { max($0, abs($1)) })
    return zip(found, expected).reduce(0) { max($0, abs($1.0 - $1.1)) } / scale
  }

  /// Every operator behind a convolution's bf16 result or beside one: those without a bf16 rule are given
  /// floats.
  @Test("every operator computes what it does in f32", arguments: OperatorCases.all.filter(\.hasGradient))
  func operators(_ item: OperatorCase) throws {
    guard !item.normalizesWithBatch else { return }
    let (network, input, _, _) = item.build()
    let bound = try BoundNetwork(network, foldsWeights: false)
    var values: [[Float]] = []
    for precision in Precision.allCases {
      let plan = try ExecutionPlan(bound, purpose: .infer, options: options(precision))
      try plan.forward([input: [0]])
      values.append(try network.outputs.flatMap { try plan.value($0) })
    }
    #expect(difference(values[1], values[0]) < 0.03)
  }

  /// Operators whose gradient leaps from one element to another, or to zero, as they are rounded.
  private static let leaps: Set<String> = ["Max", "Min", "ReduceMax", "ReduceMin", "HardSigmoid"]

  /// The gradient comes back through the operator to its first operand.
  @Test("every operator lets scores through", arguments: OperatorCases.all.filter(\.hasGradient))
  func scores(_ item: OperatorCase) throws {
    let (network, input, _, _) = item.build()
    let bound = try BoundNetwork(network, foldsWeights: false)
    guard !item.normalizesWithBatch, let node = network.nodes.last, let point = node.inputs.first ?? nil,
      network.nodes.contains(where: { $0.outputs.contains(point) }),
      bound.specs[point.index]?.elementType.isFloatingPoint == true,
      (bound.shape(of: point)?.count ?? 0) >= 2, !Self.leaps.contains(item.op)
    else { return }
    var random = RandomNumbers(seed: 9)
    let gradients = network.outputs.reduce(into: [:]) {
      $0[$1] = random.numbers((bound.shape(of: $1) ?? []).elementCount, 0.2, 1)
    }
    var terms: [[Float]] = []
    for precision in Precision.allCases {
      let plan = try ExecutionPlan(bound, purpose: .score(points: [point]), options: options(precision))
      try plan.forward([input: [0]])
      try plan.backward(gradients)
      terms.append(try plan.taylorTerms(at: point))
    }
    #expect(difference(terms[1], terms[0]) < 0.05)
  }

  @Test("a network's outputs and terms are float32's but for rounding, and not the same bits")
  func network() throws {
    let sample = PlanTests.sample()
    var random = RandomNumbers(seed: 2)
    let (data, weights) = (random.numbers(4 * 3 * 12 * 12), random.numbers(4 * 5))
    let plans = try Precision.allCases.map {
      try plan(sample.network, .score(points: sample.points), $0, batch: 4)
    }
    for plan in plans {
      try plan.forward([sample.input: data])
      try plan.backward([sample.output: weights])
    }
    let (wide, narrow) = (plans[0], plans[1])
    let rounding = difference(try narrow.value(sample.output), try wide.value(sample.output))
    #expect(rounding > 0 && rounding < 0.02)
    for point in sample.points {
      let rounding = difference(try narrow.taylorTerms(at: point), try wide.taylorTerms(at: point))
      #expect(rounding > 0 && rounding < 0.05)
    }
    #expect(narrow.peakBytes < wide.peakBytes)
  }

  @Test("a kernel of zeros scores zero to the bit, and no other does")
  func mask() throws {
    var sample = PlanTests.sample()
    let (masked, kernels) = (7, 20)
    // The first convolution's kernel, and its channel's shift and mean.
    for name in ["w0", "b0", "m0"] {
      let value = try #require(sample.network.value(named: name))
      let tensor = try #require(sample.network.constants[value])
      let run = tensor.elementCount / kernels
      var elements = tensor.floats
      for index in masked * run..<(masked + 1) * run { elements[index] = 0 }
      sample.network.constants[value] = Tensor(elements, shape: tensor.shape)
    }
    var random = RandomNumbers(seed: 3)
    let plan = try plan(sample.network, .score(points: sample.points), .bfloat16)
    try plan.forward([sample.input: random.numbers(2 * 3 * 12 * 12)])
    try plan.backward([sample.output: random.numbers(2 * 5)])
    let terms = try plan.taylorTerms(at: sample.points[0])
    #expect(terms.indices.filter { terms[$0] == 0 } == [masked, kernels + masked])
  }

  @Test("weights that change are rounded anew")
  func changedWeights() throws {
    var sample = PlanTests.sample()
    var random = RandomNumbers(seed: 7)
    let data = random.numbers(3 * 12 * 12)
    let old = try plan(sample.network, .infer, .bfloat16, batch: 1)
    try old.forward([sample.input: data])
    let before = try old.value(sample.output)
    for parameter in [sample.parameters[0], sample.parameters[15]] {
      let changed = sample.network.constants[parameter]!.floats.map { $0 * 1.5 }
      try old.setParameter(parameter, changed)
      sample.network.constants[parameter] = Tensor(changed, shape: sample.network.constants[parameter]!.shape)
    }
    try old.forward([sample.input: data])
    let new = try plan(sample.network, .infer, .bfloat16, batch: 1)
    try new.forward([sample.input: data])
    #expect(try old.value(sample.output) == new.value(sample.output))
    #expect(try old.value(sample.output) != before)
  }

  @Test("a run is repeated to the bit, on any number of threads")
  func determinism() throws {
    let sample = PlanTests.sample()
    var random = RandomNumbers(seed: 8)
    let (data, weights) = (random.numbers(2 * 3 * 12 * 12), random.numbers(10))
    func run(threads: Int) throws -> [[Float]] {
      var options = options(.bfloat16)
      options.threads = threads
      let plan = try ExecutionPlan(
        BoundNetwork(sample.network, batch: 2), purpose: .score(points: sample.points), options: options)
      try plan.forward([sample.input: data])
      try plan.backward([sample.output: weights])
      return try sample.points.map { try plan.taylorTerms(at: $0) }
    }
    let first = try run(threads: 2)
    #expect(try run(threads: 2) == first)
    for (found, expected) in zip(try run(threads: 1), first) { #expect(difference(found, expected) < 0.01) }
  }

  @Test func trainingIsRefused() throws {
    let sample = PlanTests.sample()
    #expect(throws: ComputeError.trainsInFloat32) {
      try ExecutionPlan(
        BoundNetwork(sample.network, batch: 1, foldsWeights: false),
        purpose: .train(parameters: sample.parameters), options: options(.bfloat16))
    }
  }
}
