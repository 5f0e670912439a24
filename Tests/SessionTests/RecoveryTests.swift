import Compute
import Datasets
import Graph
import Pruning
import Session
import TestSupport
import Testing

/// What can be won back exactly is won back exactly, whoever reads the removed channels.
@Suite struct RecoveryTests {
  /// What reads the channels of the first convolution.
  enum Reader: CaseIterable {
    case convolution, convolutionWithoutBias, strided, depthwiseThenPointwise, transposed, normalized
    case gemm, matrix, matrixWithSum, addedToItsInput
  }

  /// More than one batch of calibration holds.
  private static let images = 80

  /// Pictures that differ in brightness, so that batches differ in their means too.
  private static var pictures: [Float] {
    var random = RandomNumbers(seed: 11)
    return random.numbers(images * 128).enumerated().map { $1 + 0.5 * Float($0 / 128 * 7 % 5 - 2) }
  }

  /// Eight kernels over two channels, the last four of them `copied`, then a reader.
  private func network(_ reader: Reader, copies: (inout [Float], inout [Float]) -> Void) -> Network {
    var build = NetworkBuilder(seed: 7)
    let x = build.input("x", [nil, 2, 8, 8])
    var random = RandomNumbers(seed: 3)
    var (weights, biases) = (random.numbers(8 * 18), random.numbers(8, 0.1, 0.5))
    copies(&weights, &biases)
    let w = build.constant("first", Tensor(weights, shape: [8, 2, 3, 3]))
    let b = build.constant("first.bias", Tensor(biases, shape: [8]))
    let features = build.node("Relu", build.node("Conv", x, w, b))
    func pooled(_ value: ValueID) -> ValueID {
      build.node("Flatten", build.node("GlobalAveragePool", value))
    }
    func convolution(_ value: ValueID, _ shape: [Int], bias: Bool, _ attributes: [String: Attribute] = [:])
      -> ValueID
    {
      let weight = build.constant("second", shape)
      let shift = bias ? build.constant("second.bias", [shape[0]]) : nil
      return build.node("Conv", value, weight, shift, attributes: attributes)
    }
    switch reader {
    case .convolution: build.output(convolution(features, [5, 8, 3, 3], bias: true))
    case .convolutionWithoutBias: build.output(convolution(features, [5, 8, 3, 3], bias: false))
    case .strided:
      build.output(
        convolution(
          features, [5, 8, 3, 3], bias: true, ["strides": .ints([2, 1]), "dilations": .ints([1, 2])]))
    case .depthwiseThenPointwise:
      // The same for a channel and its copy.
      let own = random.numbers(4 * 9, 0.1, 1)
      let depth = build.node(
        "Conv", features, build.constant("depth", Tensor(own + own, shape: [8, 1, 3, 3])),
        attributes: ["group": .int(8)])
      build.output(convolution(depth, [5, 8, 1, 1], bias: true))
    case .transposed:
      build.output(
        build.node(
          "ConvTranspose", features, build.constant("up", [8, 5, 2, 2]), build.constant("up.bias", [5]),
          attributes: ["strides": .ints([2, 2])]))
    case .normalized:
      let value = convolution(features, [5, 8, 3, 3], bias: false)
      build.output(
        build.node(
          "BatchNormalization", value, build.constant("scale", [5], from: 0.5), build.constant("shift", [5]),
          build.constant("mean", [5]), build.constant("variance", [5], from: 0.5, to: 2)))
    case .gemm:
      build.output(
        build.node(
          "Gemm", pooled(features), build.constant("matrix", [8, 5]), build.constant("offset", [5])))
    case .matrix: build.output(build.node("MatMul", pooled(features), build.constant("matrix", [8, 5])))
    case .matrixWithSum:
      let product = build.node("MatMul", pooled(features), build.constant("matrix", [8, 5]))
      build.output(build.node("Add", product, build.constant("offset", [5])))
    case .addedToItsInput:
      let side = build.node("Conv", x, build.constant("side", [5, 2, 5, 5]))
      build.output(build.node("Add", side, convolution(features, [5, 8, 3, 3], bias: true)))
    }
    return build.network
  }

  private func data(in folder: TemporaryFolder) throws -> DatasetConfiguration {
    try NumPyArray(shape: [Self.images, 2, 8, 8], floats: Self.pictures)
      .write(to: folder.path("x.npy"))
    var configuration = DatasetConfiguration()
    configuration.data = [folder.path("x.npy")]
    return configuration
  }

  /// Removes the last four kernels of the first layer, recovers, and gives the networks before and after.
  private func recovered(
    _ network: Network, by methods: Set<RecoveryMethod>, ridge: Double = 1e-9
  ) throws -> (before: OpenNetwork, pruned: OpenNetwork, after: OpenNetwork, run: RecoveryRun) {
    let folder = try TemporaryFolder()
    let original = try OpenNetwork(network)
    let dataset = try Dataset(data(in: folder), preferring: [], fitting: [nil, 2, 8, 8])
    let selection = try Selection(keeping: ["first": [0, 1, 2, 3]], groups: original.groups)
    let pruned = try OpenNetwork(
      network.removing(selection, groups: original.groups, bound: original.bound))
    let run = try RecoveryRun(
      pruned, original: original, selection: selection, dataset: dataset, evaluation: nil,
      settings: RecoverySettings(methods: methods, examples: Self.images, ridge: ridge))
    while try run.step() {}
    return (original, pruned, run.network, run)
  }

  /// What a network computes of random inputs that no recovery saw.
  private func outputs(_ network: Network, at values: [ValueID]? = nil) throws -> [Float] {
    var random = RandomNumbers(seed: 5)
    let bound = try BoundNetwork(network, batch: 6)
    let plan = try ExecutionPlan(bound, purpose: .infer, outputs: values)
    try plan.forward([network.inputs[0]: random.numbers(6 * 128)])
    return try (values ?? network.outputs).flatMap { try plan.value($0) }
  }

  private func difference(_ a: [Float], _ b: [Float]) -> Float {
    a.count == b.count ? zip(a, b).map { abs($0 - $1) }.max()! / a.map(abs).max()! : .infinity
  }

  @Test(arguments: Reader.allCases)
  func whatOthersKnowIsRefittedExactly(reader: Reader) throws {
    // Kernels 4 to 7 are twice the first four, which a rectifier keeps so.
    let network = network(reader) { weights, biases in
      for place in 0..<4 * 18 { weights[4 * 18 + place] = 2 * weights[place] }
      for kernel in 0..<4 { biases[4 + kernel] = 2 * biases[kernel] }
    }
    let (before, pruned, after, run) = try recovered(network, by: [.refit])
    let expected = try outputs(before.network)
    #expect(difference(expected, try outputs(pruned.network)) > 0.05)
    #expect(difference(expected, try outputs(after.network)) < 2e-3)
    #expect(run.recovery.steps.map(\.method) == [.refit])
    #expect(run.recovery.steps[0].layers >= 1)
    #expect(after.summary.parameters <= before.summary.parameters)
  }

  @Test(arguments: Reader.allCases.filter { $0 != .transposed })
  func constantChannelsAreReplacedExactly(reader: Reader) throws {
    // Kernels 4 to 7 see nothing and say their bias.
    let network = network(reader) { weights, _ in
      for place in 4 * 18..<8 * 18 { weights[place] = 0 }
    }
    let (before, pruned, after, _) = try recovered(network, by: [.bias])
    let expected = try outputs(before.network)
    #expect(difference(expected, try outputs(pruned.network)) > 0.02)
    #expect(difference(expected, try outputs(after.network)) < 1e-4)
  }

  @Test func tapsInThePaddingDoNotCount() throws {
    var build = NetworkBuilder(seed: 2)
    let x = build.input("x", [nil, 2, 8, 8])
    var random = RandomNumbers(seed: 3)
    let weights = random.numbers(4 * 18) + [Float](repeating: 0, count: 4 * 18)
    let first = build.node(
      "Conv", x, build.constant("first", Tensor(weights, shape: [8, 2, 3, 3])),
      build.constant("first.bias", [8], from: 0.5, to: 1))
    let second = build.node(
      "Conv", first, build.constant("second", [3, 8, 3, 3]), attributes: ["pads": .ints([1, 1, 1, 1])])
    build.output(build.node("GlobalAveragePool", second))
    let (before, _, after, _) = try recovered(build.network, by: [.bias])
    #expect(difference(try outputs(before.network), try outputs(after.network)) < 1e-4)
  }

  /// Expects that a network's batch normalization says what the values in front of it are.
  private func expectStatistics(_ after: OpenNetwork, ofPruned pruned: OpenNetwork, channels: Int) throws {
    let node = try #require(after.network.nodes.first { $0.op == "BatchNormalization" })
    let source = try #require(node.inputs[0])
    let plan = try ExecutionPlan(
      BoundNetwork(pruned.network, batch: Self.images), purpose: .infer, outputs: [source])
    try plan.forward([pruned.network.inputs[0]: Self.pictures])
    let values = try plan.value(source)
    let space = values.count / Self.images / channels
    let constants = after.network.constants
    let means = try #require(node.inputs[3].flatMap { constants[$0]?.doubles })
    let variances = try #require(node.inputs[4].flatMap { constants[$0]?.doubles })
    #expect(means.count == channels)
    for channel in 0..<channels {
      let own = values.indices.filter { $0 / space % channels == channel }.map { Double(values[$0]) }
      let mean = own.reduce(0, +) / Double(own.count)
      let variance = own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(own.count)
      #expect(abs(means[channel] - mean) < 1e-4)
      #expect(abs(variances[channel] - variance) < 1e-3 * variance)
    }
  }

  @Test func statisticsBecomeThoseOfTheCalibrationData() throws {
    let network = network(.normalized) { _, _ in }
    let (before, pruned, after, _) = try recovered(network, by: [.bn])
    try expectStatistics(after, ofPruned: pruned, channels: 5)
    #expect(before.network.constants.count == after.network.constants.count)
  }

  /// Nothing sums over the channels that went, but each that stays was divided by its neighbours.
  @Test func statisticsBehindALostNeighbourAreTakenAnew() throws {
    var build = NetworkBuilder(seed: 9)
    let x = build.input("x", [nil, 2, 8, 8])
    let first = build.node("Conv", x, build.constant("first", [8, 2, 3, 3]))
    let divided = build.node("LRN", first, attributes: ["size": .int(5), "alpha": .float(5)])
    let normal = build.node(
      "BatchNormalization", divided, build.constant("scale", [8], from: 0.5), build.constant("shift", [8]),
      build.constant("mean", [8]), build.constant("variance", [8], from: 0.5, to: 2))
    build.head(normal, 8)
    let (_, pruned, after, run) = try recovered(build.network, by: [.bn])
    #expect(run.recovery.steps[0].layers == 1)
    try expectStatistics(after, ofPruned: pruned, channels: 4)
  }

  @Test func foldedStatisticsAreMatchedChannelByChannel() throws {
    let network = network(.convolutionWithoutBias) { _, _ in }
    let (before, pruned, after, run) = try recovered(network, by: [.bn])
    #expect(run.recovery.steps[0].layers == 1)
    func moments(_ open: OpenNetwork) throws -> [(mean: Double, deviation: Double)] {
      let plan = try ExecutionPlan(BoundNetwork(open.network, batch: Self.images), purpose: .infer)
      try plan.forward([open.network.inputs[0]: Self.pictures])
      let values = try plan.value(open.network.outputs[0])
      let space = values.count / Self.images / 5
      return (0..<5).map { channel in
        let own = values.indices.filter { $0 / space % 5 == channel }.map { Double(values[$0]) }
        let mean = own.reduce(0, +) / Double(own.count)
        return (mean, (own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(own.count)).squareRoot())
      }
    }
    let (wanted, lost, found) = (try moments(before), try moments(pruned), try moments(after))
    for channel in 0..<5 {
      #expect(abs(found[channel].mean - wanted[channel].mean) < 1e-3)
      #expect(abs(found[channel].deviation - wanted[channel].deviation) < 1e-3)
    }
    #expect(zip(lost, wanted).contains { abs($0.deviation - $1.deviation) > 0.05 })
  }

  @Test func layersBeforeTheRemovalStayAsTheyAre() throws {
    let network = network(.normalized) { _, _ in }
    let (_, pruned, after, _) = try recovered(network, by: Set(RecoveryMethod.allCases))
    for name in ["first", "first.bias", "scale", "shift"] {
      let value = try #require(pruned.network.value(named: name))
      #expect(pruned.network.constants[value] == after.network.constants[value], "\(name)")
    }
  }

  @Test func tiedWeightsStayTied() throws {
    var build = NetworkBuilder(seed: 4)
    let x = build.input("x", [nil, 2, 8, 8])
    let first = build.node("Relu", build.node("Conv", x, build.constant("first", [8, 2, 3, 3])))
    let shared = build.constant("shared", [5, 8, 3, 3])
    let pooled = build.node(
      "MaxPool", first, attributes: ["kernel_shape": .ints([2, 2]), "strides": .ints([2, 2])])
    build.output(build.node("Conv", first, shared))
    build.output(build.node("Conv", pooled, shared))
    let (_, pruned, after, run) = try recovered(build.network, by: [.refit])
    #expect(run.recovery.steps[0].layers == 0)
    #expect(after.summary.parameters == pruned.summary.parameters)
  }
}
