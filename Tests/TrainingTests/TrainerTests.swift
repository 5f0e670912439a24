import Compute
import Datasets
import Foundation
import Graph
import Pruning
import Testing
import Training

@Suite struct TrainerTests {
  /// Images whose class is the half that is bright.
  private func batch(_ count: Int, seed: UInt64) -> Batch {
    var generator = SeededGenerator(seed: seed)
    var inputs: [Float] = []
    var labels: [Int] = []
    for _ in 0..<count {
      let label = Int.random(in: 0..<2, using: &generator)
      labels.append(label)
      for row in 0..<28 {
        for _ in 0..<28 {
          inputs.append(((row < 14) == (label == 0) ? 1 : 0) + Float(0.3 * generator.normal()))
        }
      }
    }
    var batch = Batch(shape: [count, 1, 28, 28], inputs: inputs)
    batch.labels = labels
    return batch
  }

  private func trainer(
    _ network: Network, _ shape: [Int] = [8, 1, 28, 28], optimizer: OptimizerSettings = .init(.adamw),
    clip: Double? = nil, sparsity: SparsitySettings? = nil, freezesNormalization: Bool = false
  ) throws -> Trainer {
    let inputs = [network.inputs[0]: shape]
    let groups = try ChannelGroups(BoundNetwork(network, inputShapes: inputs))
    return try Trainer(
      network, inputShapes: inputs, optimizer: optimizer, clip: clip,
      sparsity: sparsity.map { ($0, groups) }, freezesNormalization: freezesNormalization)
  }

  /// A step on a batch by cross entropy; its mean loss, and what the update did.
  private func step(
    _ trainer: Trainer, _ network: Network, _ batch: Batch, rate: Double
  ) throws -> (loss: Double, update: Trainer.Update) {
    try trainer.forward([network.inputs[0]: batch.inputs])
    let output = network.outputs[0]
    let found = try Loss.crossEntropy.evaluate(
      output: trainer.plan.value(output), shape: trainer.plan.shape(of: output) ?? [],
      targets: batch.targets(for: .crossEntropy))
    let share = 1 / Float(batch.count)
    let update = try trainer.update([output: found.gradient.map { $0 * share }], rate: rate)
    return (found.losses.reduce(0, +) / Double(batch.count), update)
  }

  @Test(arguments: [SampleNetwork.reference, .residual]) func trainingLearns(sample: SampleNetwork) throws {
    let before = sample.untrained()
    let trainer = try trainer(before)
    var losses: [Double] = []
    for number in 0..<12 {
      losses.append(try step(trainer, before, batch(8, seed: UInt64(number)), rate: 2e-3).loss)
    }
    let (first, last) = (losses.prefix(3).reduce(0.0, +), losses.suffix(3).reduce(0.0, +))
    #expect(last < 0.5 * first)
    let after = try trainer.weights(trainer.weights(), in: before)
    for (value, tensor) in before.constants where !tensor.shape.isEmpty {
      #expect(after.constants[value] != tensor, "\(before.name(of: value)) was not trained")
    }
  }

  @Test func weightsCanBeGoneBackTo() throws {
    let network = SampleNetwork.reference.untrained()
    let trainer = try trainer(network)
    _ = try step(trainer, network, batch(8, seed: 1), rate: 1e-3)
    let kept = try trainer.weights()
    let expected = trainer.weights(kept, in: network)
    // One step from the same weights has the same loss, whatever lay between.
    try trainer.forward([network.inputs[0]: batch(8, seed: 2).inputs])
    let wanted = try trainer.plan.value(network.outputs[0])
    try trainer.restore(kept)
    for seed in 3..<6 { _ = try step(trainer, network, batch(8, seed: UInt64(seed)), rate: 1e-2) }
    try trainer.restore(kept)
    #expect(try trainer.weights(trainer.weights(), in: network).constants == expected.constants)
    try trainer.forward([network.inputs[0]: batch(8, seed: 2).inputs])
    #expect(try trainer.plan.value(network.outputs[0]) == wanted)
  }

  @Test(arguments: [Float.nan, .infinity]) func aGradientThatIsNoNumberMovesNothing(bad: Float) throws {
    let network = SampleNetwork.reference.untrained()
    let trainer = try trainer(network)
    _ = try step(trainer, network, batch(8, seed: 1), rate: 1e-3)
    let before = try trainer.weights(trainer.weights(), in: network)
    try trainer.forward([network.inputs[0]: batch(8, seed: 2).inputs])
    var gradient = [Float](repeating: 0.1, count: 80)
    gradient[7] = bad
    #expect(try trainer.update([network.outputs[0]: gradient], rate: 1e-3).isApplied == false)
    #expect(try trainer.weights(trainer.weights(), in: network).constants == before.constants)
    // And without looking at gradients.
    try trainer.forward([network.inputs[0]: batch(8, seed: 2).inputs.map { _ in bad }])
    try trainer.skip()
    #expect(try trainer.weights(trainer.weights(), in: network).constants == before.constants)
  }

  @Test func clippingIsThatOfPyTorch() throws {
    let rule = try Rules.load().clipping
    let found = rule.before.map { gradient in
      gradient.map { Double($0) * min(1, rule.limit / (rule.norm + 1e-6)) }
    }
    for (a, b) in zip(found, rule.after) { expectNear(a, b, 1e-6) }
    // A plain step by at most the limit.
    let network = SampleNetwork.reference.untrained()
    var plain = OptimizerSettings(.sgd, weightDecay: 0)
    plain.momentum = 0
    let trainer = try trainer(network, optimizer: plain, clip: rule.limit)
    let update = try step(trainer, network, batch(8, seed: 1), rate: 1).update
    #expect(update.gradientNorm > rule.limit)
    let after = try trainer.weights(trainer.weights(), in: network)
    let moved = trainer.constants.parameters.reduce(0.0) { sum, value in
      zip(network.constants[value]!.floats, after.constants[value]!.floats)
        .reduce(sum) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
    }.squareRoot()
    #expect(abs(moved - rule.limit) < 1e-3)
  }

  @Test func frozenNormalizationsStay() throws {
    let network = SampleNetwork.reference.untrained()
    let trainer = try trainer(network, freezesNormalization: true)
    _ = try step(trainer, network, batch(8, seed: 1), rate: 1e-3)
    let after = try trainer.weights(trainer.weights(), in: network)
    for (value, tensor) in network.constants where !tensor.shape.isEmpty {
      let isNormalization = network.name(of: value).hasPrefix("bn")
      #expect((after.constants[value] == tensor) == isNormalization, "\(network.name(of: value))")
    }
    #expect(trainer.constants.frozen.count == 6, "scales and shifts of three")
  }

  /// What scales and shifts the picture first was written down, not learned.
  @Test func whatPreparesTheInputStays() throws {
    var build = NetworkBuilder(name: "prepared", seed: 4)
    let input = build.input("input", shape: [3, 8, 8])
    let mean = build.constant("mean", Tensor([0.4, 0.5, 0.6], shape: [1, 3, 1, 1]))
    let deviation = build.constant("deviation", Tensor([0.2, 0.3, 0.2], shape: [1, 3, 1, 1]))
    let centred = build.node("Sub", "centre", [input, mean], channels: 3)
    let scaled = build.node("Div", "scale", [centred, deviation], channels: 3)
    let features = build.pooledFeatures("pool", build.convolution("conv", scaled, kernels: 4, extent: 3))
    let factor = build.constant("factor", Tensor([1, 2, 3, 4], shape: [4]))
    build.output(build.node("Mul", "layer_scale", [features, factor], channels: 4), shape: [4])
    let trainer = try trainer(build.network, [2, 3, 8, 8])
    let names = trainer.constants.parameters.map(build.network.name(of:))
    #expect(names.sorted() == ["conv.weight", "factor"])
    #expect(trainer.constants.frozen.map(\.name).sorted() == ["deviation", "mean"])
  }

  /// Weights of halves are trained as floats and written back as halves.
  @Test func halvesStayHalves() throws {
    var network = SampleNetwork.reference.untrained()
    for (value, tensor) in network.constants where tensor.shape.count > 1 {
      network.constants[value] = tensor.converted(to: .float16)
    }
    let trainer = try trainer(network)
    for seed in 0..<3 { _ = try step(trainer, network, batch(8, seed: UInt64(seed)), rate: 2e-3) }
    let after = try trainer.weights(trainer.weights(), in: network)
    for (value, tensor) in network.constants where tensor.shape.count > 1 {
      #expect(after.constants[value]?.elementType == .float16 && after.constants[value] != tensor)
    }
  }

  /// OneHot passes no gradient: what lies before it is frozen, what lies behind it learns.
  @Test func whatLiesBeforeAnOperatorWithoutAGradientIsFrozen() throws {
    var build = NetworkBuilder(name: "border", seed: 4)
    let input = build.input("input", shape: [3, 8, 8])
    let features = build.pooledFeatures("pool", build.convolution("conv", input, kernels: 2, extent: 3))
    let flat = build.node("Flatten", "pair", [features], channels: 2, attributes: ["axis": .int(0)])
    let first = build.node(
      "Gather", "take", [flat, build.constant("zero", Tensor([0], shape: []))], channels: 4,
      attributes: ["axis": .int(0)])
    let depth = build.constant("depth", Tensor([3], shape: []))
    let index = build.constant("index", Tensor([0, 2], shape: [2]))
    let hot = build.node("OneHot", "hot", [index, depth, first], channels: 3)
    build.output(build.linear("fc", hot, features: 2), shape: [2])
    let network = build.network
    let trainer = try Trainer(network, inputShapes: [network.inputs[0]: [1, 3, 8, 8]])
    #expect(trainer.constants.parameters.map(network.name(of:)).sorted() == ["fc.bias", "fc.weight"])
    #expect(trainer.constants.frozen.map(\.name) == ["conv.weight"])
    #expect(trainer.constants.frozen[0].reason.contains("OneHot node hot"))
  }
}
