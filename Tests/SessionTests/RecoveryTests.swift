import Compute
import Datasets
import Graph
import Pruning
import Session
import TestSupport
import Testing

/// What can be won back exactly is won back exactly, whoever reads the removed channels.
@Suite struct RecoveryTests {
  /// Removes the last four kernels of the first layer, recovers, and gives the networks before and after.
  private func recovered(
    _ network: Network, by methods: Set<RecoveryMethod>, ridge: Double = 1e-9,
    options: ComputeOptions = ComputeOptions()
  ) throws -> (before: OpenNetwork, pruned: OpenNetwork, after: OpenNetwork, run: RecoveryRun) {
    let folder = try TemporaryFolder()
    let original = try OpenNetwork(network)
    let dataset = try Dataset(RedundantNetwork.data(in: folder), preferring: [], fitting: [nil, 2, 8, 8])
    let selection = try Selection(keeping: ["first": [0, 1, 2, 3]], groups: original.groups)
    let pruned = try OpenNetwork(
      network.removing(selection, groups: original.groups, bound: original.bound))
    let run = try RecoveryRun(
      pruned, original: original, selection: selection, dataset: dataset, evaluation: nil,
      settings: RecoverySettings(methods: methods, examples: RedundantNetwork.images, ridge: ridge),
      options: options)
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

  @Test(arguments: RedundantNetwork.Reader.allCases)
  func whatOthersKnowIsRefittedExactly(reader: RedundantNetwork.Reader) throws {
    let network = RedundantNetwork.network(reader, copies: RedundantNetwork.twice)
    let (before, pruned, after, run) = try recovered(network, by: [.refit])
    let expected = try outputs(before.network)
    #expect(difference(expected, try outputs(pruned.network)) > 0.05)
    #expect(difference(expected, try outputs(after.network)) < 2e-3)
    #expect(run.recovery.steps.map(\.method) == [.refit])
    #expect(run.recovery.steps[0].layers >= 1)
    #expect(after.summary.parameters <= before.summary.parameters)
  }

  /// Where what layers compute is too much for a batch at once, a few examples are looked at after another, to the same end.
  @Test(arguments: RedundantNetwork.Reader.allCases, [RecoveryMethod.refit, .bn])
  func aFewExamplesAtATimeAreAsGoodAsAll(reader: RedundantNetwork.Reader, method: RecoveryMethod) throws {
    let network = RedundantNetwork.network(reader, copies: RedundantNetwork.twice)
    let whole = try outputs(try recovered(network, by: [method]).after.network)
    for elements in [1, 3000] {
      var options = ComputeOptions()
      options.elementsAtOnce = elements
      let found = try recovered(network, by: [method], options: options)
      #expect(difference(whole, try outputs(found.after.network)) < 1e-3, "\(elements) elements")
    }
  }

  @Test(arguments: RedundantNetwork.Reader.allCases.filter { $0 != .transposed })
  func constantChannelsAreReplacedExactly(reader: RedundantNetwork.Reader) throws {
    // Kernels 4 to 7 see nothing and say their bias.
    let network = RedundantNetwork.network(reader) { weights, _ in
      for index in 4 * 18..<8 * 18 { weights[index] = 0 }
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
      BoundNetwork(pruned.network, batch: RedundantNetwork.images), purpose: .infer, outputs: [source])
    try plan.forward([pruned.network.inputs[0]: RedundantNetwork.pictures])
    let values = try plan.value(source)
    let space = values.count / RedundantNetwork.images / channels
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
    let network = RedundantNetwork.network(.normalized) { _, _ in }
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
    let network = RedundantNetwork.network(.convolutionWithoutBias) { _, _ in }
    let (before, pruned, after, run) = try recovered(network, by: [.bn])
    #expect(run.recovery.steps[0].layers == 1)
    func moments(_ open: OpenNetwork) throws -> [(mean: Double, deviation: Double)] {
      let plan = try ExecutionPlan(
        BoundNetwork(open.network, batch: RedundantNetwork.images), purpose: .infer)
      try plan.forward([open.network.inputs[0]: RedundantNetwork.pictures])
      let values = try plan.value(open.network.outputs[0])
      let space = values.count / RedundantNetwork.images / 5
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
    let network = RedundantNetwork.network(.normalized) { _, _ in }
    let (_, pruned, after, _) = try recovered(network, by: [.bias, .bn, .refit])
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
