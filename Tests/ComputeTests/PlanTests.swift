import Compute
import Errors
import Graph
import TestSupport
import Testing

@Suite("Execution plans")
struct PlanTests {
  /// A small residual network with batch normalization, concatenation, depthwise and grouped parts.
  struct Sample {
    var network: Network
    var input: ValueID
    var output: ValueID
    var points: [ValueID]
    var parameters: [ValueID]
    /// Of the channels at points where that is not the second axis.
    var axes: [ValueID: Int] = [:]
  }

  static func sample() -> Sample {
    var b = NetworkBuilder("sample", seed: 11)
    let x = b.input("x", [nil, 3, 12, 12])
    var points: [ValueID] = []
    var parameters: [ValueID] = []
    func convolution(
      _ from: ValueID, _ c: Int, _ k: Int, groups: Int = 1, size: Int = 3, relu: String? = "Relu"
    ) -> ValueID {
      let w = b.constant("w\(parameters.count)", [k, c / groups, size, size], from: -0.4, to: 0.4)
      let pad = size / 2
      var y = b.node(
        "Conv", from, w, attributes: ["pads": .ints([pad, pad, pad, pad]), "group": .int(groups)])
      let scale = b.constant("g\(parameters.count)", [k], from: 0.7, to: 1.3)
      let shift = b.constant("b\(parameters.count)", [k], from: -0.3, to: 0.3)
      let mean = b.constant("m\(parameters.count)", [k], from: -0.1, to: 0.1)
      let variance = b.constant("v\(parameters.count)", [k], from: 0.6, to: 1.4)
      y = b.node("BatchNormalization", y, scale, shift, mean, variance)
      if let relu { y = b.node(relu, y) }
      parameters += [w, scale, shift]
      points.append(y)
      return y
    }
    let a = convolution(x, 3, 20)
    let c = convolution(convolution(a, 20, 20), 20, 20, relu: nil)
    let sum = b.node("Relu", b.node("Add", c, a))
    points.append(sum)
    let pool = b.node(
      "MaxPool", sum, attributes: ["kernel_shape": .ints([2, 2]), "strides": .ints([2, 2])])
    let d = convolution(pool, 20, 20, groups: 20, relu: "HardSwish")
    let e = convolution(pool, 20, 12, size: 1, relu: "Sigmoid")
    let joined = b.node("Concat", d, e, attributes: ["axis": .int(1)])
    let mean = b.node("GlobalAveragePool", joined)
    let gate = b.node("Sigmoid", mean)
    let scaled = b.node("Mul", joined, gate)
    let flat = b.node("Flatten", b.node("GlobalAveragePool", scaled))
    let w = b.constant("fc", [5, 32])
    let bias = b.constant("fcb", [5])
    parameters += [w, bias]
    let y = b.output(b.node("Gemm", flat, w, bias, attributes: ["transB": .int(1)]))
    return Sample(network: b.network, input: x, output: y, points: points, parameters: parameters)
  }

  /// Two residual blocks that end in 1×1 convolutions behind which sums lie: one with the identity as its
  /// shortcut, one with a projection; the second sum has no activation.
  static func bottlenecks() -> Sample {
    var b = NetworkBuilder("bottlenecks", seed: 12)
    let x = b.input("x", [nil, 3, 12, 12])
    var (points, parameters): ([ValueID], [ValueID]) = ([], [])
    func convolution(_ from: ValueID, _ c: Int, _ k: Int, size: Int, stride: Int = 1) -> ValueID {
      let w = b.constant("w\(parameters.count)", [k, c, size, size], from: -0.4, to: 0.4)
      let bias = b.constant("b\(parameters.count)", [k], from: -0.3, to: 0.3)
      let pad = size / 2
      let y = b.node(
        "Conv", from, w, bias,
        attributes: ["pads": .ints([pad, pad, pad, pad]), "strides": .ints([stride, stride])])
      parameters += [w, bias]
      points.append(y)
      return y
    }
    let stem = b.node("Relu", convolution(x, 3, 20, size: 3))
    let inner = b.node("Relu", convolution(stem, 20, 18, size: 3))
    let first = b.node("Relu", b.node("Add", convolution(inner, 18, 20, size: 1), stem))
    let narrow = b.node("Relu", convolution(first, 20, 18, size: 1, stride: 2))
    let wide = convolution(narrow, 18, 36, size: 1)
    let second = b.node("Add", wide, convolution(first, 20, 36, size: 1, stride: 2))
    let w = b.constant("fc", [5, 36])
    let y = b.output(
      b.node(
        "Gemm", b.node("Flatten", b.node("GlobalAveragePool", b.node("Softplus", second))), w,
        attributes: ["transB": .int(1)]))
    return Sample(network: b.network, input: x, output: y, points: points, parameters: parameters + [w])
  }

  /// A perceptron on each of nine tokens, [N, 9, C]: the channels are the last axis.
  static func tokens() -> Sample {
    var b = NetworkBuilder("tokens", seed: 13)
    let x = b.input("x", [nil, 3, 12, 12])
    let rows = b.constant("rows", Tensor([0, 9, 48]))
    let tokens = b.node("Reshape", x, rows)
    let (w0, w1, w2) = (b.constant("w0", [48, 24]), b.constant("w1", [24, 40]), b.constant("w2", [40, 24]))
    let stem = b.node("MatMul", tokens, w0)
    let wide = b.node("Relu", b.node("MatMul", stem, w1))
    let narrow = b.node("MatMul", wide, w2)
    let mean = b.node(
      "ReduceMean", b.node("Add", narrow, stem), attributes: ["axes": .ints([1]), "keepdims": .int(0)])
    let w = b.constant("fc", [24, 5])
    let y = b.output(b.node("MatMul", mean, w))
    let points = [stem, wide, narrow]
    return Sample(
      network: b.network, input: x, output: y, points: points, parameters: [w0, w1, w2, w],
      axes: Dictionary(uniqueKeysWithValues: points.map { ($0, 2) }))
  }

  /// Blocks as in ConvNeXt: a depthwise convolution, then channels go last for a normalization and a product, and come back
  /// for the sum with what went in, and with a convolution beside them.
  static func channelsLast() -> Sample {
    var b = NetworkBuilder("channels last", seed: 14)
    let x = b.input("x", [nil, 3, 12, 12])
    func transposed(_ value: ValueID, _ order: [Int]) -> ValueID {
      b.node("Transpose", value, attributes: ["perm": .ints(order)])
    }
    let w = b.constant("stem", [20, 3, 2, 2], from: -0.4, to: 0.4)
    var y = b.node("Conv", x, w, attributes: ["strides": .ints([2, 2])])
    var (points, parameters) = ([y], [w])
    for block in 0..<2 {
      let depthwise = b.constant("depthwise\(block)", [20, 1, 3, 3], from: -0.5, to: 0.5)
      let z = b.node("Conv", y, depthwise, attributes: ["group": .int(20), "pads": .ints([1, 1, 1, 1])])
      let (scale, shift) = (
        b.constant("scale\(block)", [20], from: 0.6, to: 1.4), b.constant("shift\(block)", [20])
      )
      let last = b.node("LayerNormalization", transposed(z, [0, 2, 3, 1]), scale, shift)
      let product = b.constant("product\(block)", [20, 20], from: -0.4, to: 0.4)
      let mixed = b.node("Gelu", b.node("MatMul", last, product))
      // The two readers of the point leave gradients in layouts of their own.
      let side = b.constant("side\(block)", [20, 20, 1, 1], from: -0.3, to: 0.3)
      y = b.node("Add", b.node("Add", y, transposed(mixed, [0, 3, 1, 2])), b.node("Conv", z, side))
      points.append(z)
      parameters += [depthwise, scale, shift, product, side]
    }
    let fc = b.constant("fc", [5, 20])
    let flat = b.node("Flatten", b.node("GlobalAveragePool", y))
    let out = b.output(b.node("Gemm", flat, fc, attributes: ["transB": .int(1)]))
    return Sample(
      network: b.network, input: x, output: out, points: points, parameters: parameters + [fc])
  }

  private func plan(
    _ sample: Sample, _ purpose: Purpose, batch: Int = 2, _ options: ComputeOptions = .init()
  ) throws -> ExecutionPlan {
    var options = options
    options.channelAxes = sample.axes
    let trains = if case .train = purpose { true } else { false }
    return try ExecutionPlan(
      BoundNetwork(sample.network, batch: batch, foldsWeights: !trains), purpose: purpose, options: options)
  }

  private var direct: ComputeOptions {
    var options = ComputeOptions()
    options.exact = true
    return options
  }

  @Test(
    "outputs equal the reference's, whatever the purpose and the algorithm",
    arguments: [sample(), bottlenecks(), tokens(), channelsLast()])
  func outputs(of sample: Sample) throws {
    var generator = RandomNumbers(seed: 2)
    let data = generator.numbers(2 * 3 * 12 * 12)
    let bound = try BoundNetwork(sample.network, batch: 2)
    let expected = try ReferenceEvaluator(bound).run([sample.input: data.map(Double.init)])
    for purpose in [Purpose.infer, .score(points: sample.points)] {
      for options in [ComputeOptions(), direct] {
        let plan = try plan(sample, purpose, options)
        try plan.forward([sample.input: data])
        expectClose(try plan.value(sample.output), expected[sample.output]!.doubles, 1e-4, "\(purpose)")
      }
    }
  }

  @Test("sums of integers are exact on batches, where convolutions of floats may take Winograd's algorithm")
  func integerSums() throws {
    var generator = RandomNumbers(seed: 6)
    var b = NetworkBuilder("integers", seed: 1)
    let x = b.input("x", [nil, 64, 16, 16], type: .uint8)
    let kernels = (0..<64 * 64 * 9).map { _ in generator.number(-128, 127).rounded() }
    let w = b.constant("w", Tensor(.int8, kernels, shape: [64, 64, 3, 3]))
    let y = b.output(b.node("ConvInteger", x, w, attributes: ["pads": .ints([1, 1, 1, 1])]))
    let data = (0..<16 * 64 * 256).map { _ in Float(generator.number(0, 255).rounded()) }
    let bound = try BoundNetwork(b.network, batch: 16)
    let (fast, slow) = (
      try ExecutionPlan(bound, purpose: .infer),
      try ExecutionPlan(bound, purpose: .infer, options: direct)
    )
    try fast.forward([x: data])
    try slow.forward([x: data])
    #expect(try fast.value(y) == slow.value(y))
  }

  @Test(
    "scores' terms are the change of the loss as each channel is scaled",
    arguments: [sample(), bottlenecks(), tokens(), channelsLast()])
  func terms(of sample: Sample) throws {
    // t = Σ z·g is d loss / d s at s = 1, where the channel z is replaced with s·z: a finite difference over
    // a network with a Mul at the point.
    var generator = RandomNumbers(seed: 3)
    let data = generator.numbers(3 * 12 * 12)
    let weights = generator.numbers(5)
    let plan = try plan(sample, .score(points: sample.points), batch: 1, direct)
    try plan.forward([sample.input: data])
    try plan.backward([sample.output: weights])
    for point in sample.points {
      var network = sample.network
      let bound = try BoundNetwork(sample.network, batch: 1)
      let axis = sample.axes[point] ?? 1
      let shape = bound.shape(of: point)!
      let channels = shape[axis]
      let ones = shape[(axis + 1)...].map { _ in 1 }
      let scale = network.addConstant(
        "scale", Tensor([Float](repeating: 1, count: channels), shape: [channels] + ones))
      let scaled = network.addValue("scaled")
      let index = network.nodes.firstIndex { $0.outputs.contains(point) }!
      for later in network.nodes.indices where later > index {
        network.nodes[later].inputs = network.nodes[later].inputs.map { $0 == point ? scaled : $0 }
      }
      network.nodes.insert(
        Node(id: network.unusedNodeID, name: "scale", op: "Mul", inputs: [point, scale], outputs: [scaled]),
        at: index + 1)
      let reference = ReferenceEvaluator(try BoundNetwork(network, batch: 1, foldsWeights: false))
      func loss(_ channel: Int, _ factor: Double) throws -> Double {
        var factors = [Double](repeating: 1, count: channels)
        factors[channel] = factor
        let values = try reference.run([sample.input: data.map(Double.init)], replacing: [scale: factors])
        return zip(values[sample.output]!.doubles, weights).reduce(0) { $0 + $1.0 * Double($1.1) }
      }
      let terms = try plan.taylorTerms(at: point)
      let checked = [0, 3, channels - 1]
      let slopes = try checked.map { (try loss($0, 1 + 1e-5) - loss($0, 1 - 1e-5)) / 2e-5 }
      let scale0 = max(1e-3, terms.reduce(0) { max($0, abs(Double($1))) })
      for (channel, slope) in zip(checked, slopes) {
        #expect(abs(Double(terms[channel]) - slope) < 1e-3 * scale0, "channel \(channel)")
      }
    }
  }

  /// A sample's plan that has observed two examples, and what the reference makes of them.
  private func observed(_ sample: Sample) throws -> (plan: ExecutionPlan, values: [ValueID: Tensor]) {
    var generator = RandomNumbers(seed: 8)
    let data = generator.numbers(2 * 3 * 12 * 12)
    let values = try ReferenceEvaluator(BoundNetwork(sample.network, batch: 2)).run([
      sample.input: data.map(Double.init)
    ])
    let plan = try plan(sample, .observe(points: sample.points))
    try plan.forward([sample.input: data])
    return (plan, values)
  }

  @Test("activations are counted along the axis of the channels")
  func countsAlongAnAxis() throws {
    let sample = Self.tokens()
    let (plan, values) = try observed(sample)
    let wide = values[sample.points[1]]!.doubles
    let (sums, zeros) = try plan.activationCounts(at: sample.points[1])
    #expect(sums.count == 2 * 40)
    for channel in [0, 7, 79] {
      let mine = (0..<9).map { wide[(channel / 40 * 9 + $0) * 40 + channel % 40] }
      #expect(abs(Double(sums[channel]) - mine.reduce(0, +)) < 1e-4)
      #expect(Int(zeros[channel]) == mine.count { $0 == 0 })
    }
  }

  @Test("a branch that a convolution could add to its sum is counted by itself")
  func branchesAreCounted() throws {
    let sample = Self.bottlenecks()
    let (plan, values) = try observed(sample)
    for point in sample.points {
      let sums = try plan.activationCounts(at: point).sums
      let elements = values[point]!.doubles
      let area = elements.count / sums.count
      let expected = sums.indices.map { elements[$0 * area..<($0 + 1) * area].reduce(0, +) }
      expectClose(sums, expected, 1e-4, "\(point)")
    }
  }

  @Test("what a sum reads is not kept for the scores")
  func branchesAreNotKept() throws {
    let sample = Self.bottlenecks()
    // Wanted by itself, a branch's result is kept.
    let branches = [sample.points[2], sample.points[4]]
    let bound = try BoundNetwork(sample.network, batch: 16)
    let purpose = Purpose.score(points: sample.points)
    let (lean, full) = (
      try ExecutionPlan(bound, purpose: purpose),
      try ExecutionPlan(bound, purpose: purpose, outputs: [sample.output] + branches)
    )
    var generator = RandomNumbers(seed: 7)
    let (data, weights) = (generator.numbers(16 * 3 * 144), generator.numbers(16 * 5))
    for plan in [lean, full] {
      try plan.forward([sample.input: data])
      let zeros = branches.map { ($0, [Float](repeating: 0, count: bound.shape(of: $0)!.elementCount)) }
      let seeds = [sample.output: weights].merging(plan === full ? zeros : []) { $1 }
      try plan.backward(seeds)
    }
    #expect(lean.peakBytes < full.peakBytes)
    for point in sample.points {
      try expectClose(
        lean.taylorTerms(at: point), full.taylorTerms(at: point).map(Double.init), 1e-4, "\(point)")
    }
  }

  @Test("gradients of the parameters equal the reference's", arguments: [false, true])
  func gradients(normalizesWithBatch: Bool) throws {
    let sample = Self.sample()
    var generator = RandomNumbers(seed: 4)
    let data = generator.numbers(2 * 3 * 12 * 12)
    let weights = generator.numbers(2 * 5)
    var options = direct
    options.normalizesWithBatch = normalizesWithBatch
    let plan = try plan(sample, .train(parameters: sample.parameters), batch: 2, options)
    try plan.forward([sample.input: data])
    try plan.backward([sample.output: weights])
    var reference = ReferenceEvaluator(try BoundNetwork(sample.network, batch: 2, foldsWeights: false))
    reference.normalizesWithBatch = normalizesWithBatch
    for parameter in sample.parameters.filter({ $0 != sample.parameters[0] }).prefix(7) {
      let elements = sample.network.constants[parameter]!.doubles
      let gradient = try plan.gradient(of: parameter)
      let index = Int(generator.next() % UInt64(elements.count))
      func loss(_ step: Double) throws -> Double {
        var moved = elements
        moved[index] += step
        let values = try reference.run([sample.input: data.map(Double.init)], replacing: [parameter: moved])
        return zip(values[sample.output]!.doubles, weights).reduce(0) { $0 + $1.0 * Double($1.1) }
      }
      let slope = (try loss(1e-6) - loss(-1e-6)) / 2e-6
      let scale = max(1e-3, gradient.reduce(0) { max($0, abs(Double($1))) })
      #expect(
        abs(Double(gradient[index]) - slope) < 2e-3 * scale,
        "\(sample.network.name(of: parameter))[\(index)]")
    }
  }

  @Test("an example's terms do not depend on the batch around it, and plans of a cache share weights")
  func batches() throws {
    let sample = Self.sample()
    var generator = RandomNumbers(seed: 6)
    let data = generator.numbers(4 * 3 * 12 * 12)
    let weights = generator.numbers(4 * 5)
    let cache = PlanCache(sample.network, purpose: .score(points: sample.points), options: direct)
    func terms(_ range: Range<Int>) throws -> [[Float]] {
      let plan = try cache.plan(batchSize: range.count)
      let (size, width) = (3 * 12 * 12, 5)
      try plan.forward([sample.input: Array(data[range.lowerBound * size..<range.upperBound * size])])
      try plan.backward([
        sample.output: Array(weights[range.lowerBound * width..<range.upperBound * width])
      ])
      return try sample.points.map { try plan.taylorTerms(at: $0) }
    }
    let whole = try terms(0..<4)
    let parts = [try terms(0..<3), try terms(3..<4)]
    for index in sample.points.indices {
      expectClose(parts[0][index] + parts[1][index], whole[index].map(Double.init), 1e-5, "point \(index)")
    }
    let first = try cache.plan(batchSize: 4)
    let last = sample.parameters.last!
    try first.setParameter(last, [9, 9, 9, 9, 9])
    #expect(try cache.plan(batchSize: 1).parameter(last) == [9, 9, 9, 9, 9])
  }

  @Test("changed parameters change the outputs as in a new plan", arguments: [false, true])
  func parameters(trains: Bool) throws {
    var sample = Self.sample()
    let purpose = trains ? Purpose.train(parameters: sample.parameters) : .infer
    var generator = RandomNumbers(seed: 7)
    let data = generator.numbers(3 * 12 * 12)
    let old = try plan(sample, purpose, batch: 1)
    try old.forward([sample.input: data])
    let before = try old.value(sample.output)
    for parameter in sample.parameters.prefix(3) {
      let changed = sample.network.constants[parameter]!.floats.map { $0 * 1.5 }
      try old.setParameter(parameter, changed)
      #expect(try old.parameter(parameter) == changed)
      sample.network.constants[parameter] = Tensor(changed, shape: sample.network.constants[parameter]!.shape)
    }
    try old.forward([sample.input: data])
    let new = try plan(sample, purpose, batch: 1)
    try new.forward([sample.input: data])
    #expect(try old.value(sample.output) == new.value(sample.output))
    #expect(try old.value(sample.output) != before)
  }

  @Test("a parameter that is changed in place is that of every plan on its weights")
  func changesInPlace() throws {
    let sample = Self.sample()
    let parameters = sample.parameters
    func bind(_ network: Network) throws -> BoundNetwork {
      try BoundNetwork(network, inputShapes: [sample.input: [2, 3, 12, 12]], foldsWeights: false)
    }
    let trains = try bind(sample.network)
    let plan = try ExecutionPlan(trains, purpose: .train(parameters: parameters))
    let shared = try ExecutionPlan(trains, purpose: .infer, sharingWeightsOf: plan)
    var generator = RandomNumbers(seed: 3)
    let inputs = [sample.input: generator.numbers(2 * 3 * 12 * 12)]
    let output = sample.output
    var expected = sample.network
    for _ in 0..<2 {
      try plan.forward(inputs)
      try plan.backward([output: [Float](repeating: 1, count: try plan.value(output).count)])
      for parameter in parameters {
        let gradient = try plan.gradient(of: parameter)
        var values = try plan.parameter(parameter)
        try plan.update(parameter) { found, slopes in
          #expect(Array(found) == values && Array(slopes) == gradient)
          for index in found.indices { found[index] = 0.9 * found[index] + 0.01 }
        }
        values = values.map { 0.9 * $0 + 0.01 }
        #expect(try plan.parameter(parameter) == values)
        expected.constants[parameter] = Tensor(values, shape: expected.constants[parameter]!.shape)
      }
    }
    // Running statistics moved with the passes.
    for (value, tensor) in expected.constants
    where !parameters.contains(value) && tensor.elementType == .float32 {
      expected.constants[value] = Tensor(try plan.parameter(value), shape: tensor.shape)
    }
    let fresh = try ExecutionPlan(bind(expected), purpose: .infer)
    try fresh.forward(inputs)
    try shared.forward(inputs)
    #expect(try shared.value(output) == fresh.value(output))
    // And a value that is set counts again.
    try plan.setParameter(parameters[0], [Float](repeating: 0, count: plan.parameter(parameters[0]).count))
    try shared.forward(inputs)
    #expect(try shared.value(output) != fresh.value(output))
  }

  @Test("a run is repeated to the bit")
  func determinism() throws {
    let sample = Self.sample()
    var generator = RandomNumbers(seed: 8)
    let data = generator.numbers(2 * 3 * 12 * 12)
    let weights = generator.numbers(10)
    func run() throws -> [[Float]] {
      let plan = try plan(sample, .train(parameters: sample.parameters))
      for _ in 0..<2 {
        try plan.forward([sample.input: data])
        try plan.backward([sample.output: weights])
      }
      return try sample.parameters.map { try plan.gradient(of: $0) }
    }
    #expect(try run() == run())
  }

  @Test("a training pass moves the running statistics toward the batch's")
  func runningStatistics() throws {
    var b = NetworkBuilder()
    let x = b.input("x", [4, 1, 1, 1])
    let ones = b.constant("scale", Tensor([Float(1)], shape: [1]))
    let shift = b.constant("shift", Tensor([Float(0)], shape: [1]))
    let mean = b.constant("mean", Tensor([Float(0)], shape: [1]))
    let variance = b.constant("variance", Tensor([Float(1)], shape: [1]))
    b.output(
      b.node("BatchNormalization", x, ones, shift, mean, variance, attributes: ["momentum": .float(0.75)]))
    let plan = try ExecutionPlan(
      BoundNetwork(b.network, foldsWeights: false), purpose: .train(parameters: [ones, shift]))
    try plan.forward([x: [1, 3, 5, 7]])
    #expect(try plan.parameter(mean) == [1])
    #expect(try plan.parameter(variance) == [0.75 + 0.25 * 5])
    try plan.forward([x: [1, 3, 5, 7]])
    #expect(try plan.parameter(mean) == [1.75])
  }

  @Test("dropout drops in training only, the same elements for the same seed")
  func dropout() throws {
    var b = NetworkBuilder()
    let x = b.input("x", [1000])
    let w = b.constant("w", [1])
    let ratio = b.constant("ratio", Tensor([Float(0.25)], shape: []))
    let training = b.constant("training", Tensor(.bool, [1], shape: []))
    let y = b.output(b.node("Mul", b.node("Dropout", x, ratio, training), w))
    func dropped(_ purpose: Purpose, seed: UInt64) throws -> [Int] {
      var options = ComputeOptions()
      options.seed = seed
      let plan = try ExecutionPlan(
        BoundNetwork(b.network, foldsWeights: false), purpose: purpose, options: options)
      try plan.forward([x: [Float](repeating: 1, count: 1000)])
      let values = try plan.value(y)
      return values.indices.filter { values[$0] == 0 }
    }
    #expect(try dropped(.infer, seed: 1).isEmpty)
    let first = try dropped(.train(parameters: [w]), seed: 1)
    #expect((150...350).contains(first.count))
    #expect(try dropped(.train(parameters: [w]), seed: 1) == first)
    #expect(try dropped(.train(parameters: [w]), seed: 2) != first)
  }

  @Test("activations are counted where asked")
  func counts() throws {
    var b = NetworkBuilder()
    let x = b.input("x", [1, 2, 1, 3])
    let y = b.node("Relu", x)
    b.output(b.node("Neg", y))
    var options = ComputeOptions()
    options.countsActivations = true
    let plan = try ExecutionPlan(
      BoundNetwork(b.network), purpose: .score(points: [y]), options: options)
    try plan.forward([x: [1, -1, 2, -3, -4, 5]])
    let counts = try plan.activationCounts(at: y)
    #expect(counts.sums == [3, 5])
    #expect(counts.zeros == [1, 2])
  }

  @Test("what is wrong is said")
  func errors() throws {
    let sample = Self.sample()
    let plan = try plan(sample, .infer, batch: 1)
    #expect(throws: ComputeError.missingInput("x")) { try plan.forward([:]) }
    #expect(throws: ComputeError.wrongElementCount(value: "x", shape: [1, 3, 12, 12], given: 2)) {
      try plan.forward([sample.input: [1, 2]])
    }
    #expect(throws: ComputeError.noBackward) { try plan.backward([:]) }
    #expect(throws: ComputeError.notAPoint(value: sample.network.name(of: sample.output))) {
      try plan.taylorTerms(at: sample.output)
    }
    var b = NetworkBuilder()
    let x = b.input("x", [1, 2])
    let y = b.node("Relu", x)
    b.output(b.node("Unheard", y))
    let bound = try BoundNetwork(
      b.network, table: OperatorTable(["Relu": SameShapeRule(), "Unheard": SameShapeRule()]))
    #expect(throws: ComputeError.unsupportedOperator(op: "Unheard", nodes: ["Unheard_1"])) {
      try ExecutionPlan(bound, purpose: .infer)
    }
    // What stands before the unknown operator can still be computed.
    let part = try ExecutionPlan(bound, purpose: .infer, outputs: [y])
    try part.forward([x: [-1, 2]])
    #expect(try part.value(y) == [0, 2])
  }

  @Test("a set flag stops a pass")
  func cancellation() throws {
    let sample = Self.sample()
    let flag = CancellationFlag()
    var options = ComputeOptions()
    options.cancellation = flag
    let plan = try plan(sample, .infer, batch: 1, options)
    let data = [Float](repeating: 0, count: 3 * 12 * 12)
    flag.set()
    #expect(throws: Stopped()) { try plan.forward([sample.input: data]) }
    flag.clear()
    try plan.forward([sample.input: data])
  }

  @Test("a network runs by the names of its inputs and outputs")
  func byName() throws {
    let sample = Self.sample()
    let results = try infer(
      sample.network, inputs: ["x": ([1, 3, 12, 12], [Float](repeating: 0.5, count: 432))])
    #expect(results[sample.network.name(of: sample.output)]?.shape == [1, 5])
    #expect(throws: GraphError.self) { try infer(sample.network, inputs: ["z": ([1], [0])]) }
  }
}

/// A rule for operators that no kernel computes.
private struct SameShapeRule: OperatorRule {
  let traits = OperatorTraits(.other, operands: [.value], keepsFirstAxis: false)

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let input = try call.input(0)
    return [TensorSpec(input.elementType, input.shape)]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] { [] }
}
