import Compute
import Datasets
import Foundation
import Graph
import Session
import Testing
import Training

/// Training against PyTorch, on the same weights and batches; made by `Tests/CrossChecks/make_training_fixture.py`.
@Suite struct TrainingCurveTests {
  private struct Expected: Decodable {
    let losses: [Double]
    /// Of the first step, by parameter.
    let gradients: [String: [Double]]
    /// Parameters and running statistics after the last step.
    let after: [String: [Double]]
    /// Of the first eight examples after training.
    let logits: [Double]
  }

  private func path(_ name: String) throws -> String {
    let folder = try #require(Bundle.module.resourceURL).appending(path: "Fixtures/training")
    return folder.appending(path: name).path
  }

  private func fixture() throws -> (workbench: Workbench, dataset: Dataset, expected: Expected) {
    let workbench = try Workbench(opening: try path("model.onnx"))
    var configuration = DatasetConfiguration()
    configuration.data = [try path("data.npz")]
    let data = try #require(FileManager.default.contents(atPath: try path("expected.json")))
    return (
      workbench, try workbench.open(configuration), try JSONDecoder().decode(Expected.self, from: data)
    )
  }

  /// What the fixture's script trains with.
  private var optimizer: OptimizerSettings {
    var settings = OptimizerSettings(.sgd, weightDecay: 1e-3)
    settings.decaysVectors = true
    return settings
  }

  @Test func gradientsAndTwentyStepsAreThoseOfPyTorch() throws {
    let (workbench, dataset, expected) = try fixture()
    let network = workbench.current.network
    let (input, output) = (network.inputs[0], network.outputs[0])
    let trainer = try Trainer(network, inputShapes: [input: [8, 2, 8, 8]], optimizer: optimizer)
    #expect(trainer.constants.parameters.count == expected.gradients.count)
    var losses: [Double] = []
    for step in 0..<20 {
      let start = step % 5 * 8
      let batch = try dataset.batch(start..<start + 8)
      try trainer.forward([input: batch.inputs])
      let found = try Loss.crossEntropy.evaluate(
        output: trainer.plan.value(output), shape: [8, 4], targets: batch.targets(for: .crossEntropy),
        labelSmoothing: 0.1)
      losses.append(found.losses.reduce(0, +) / 8)
      _ = try trainer.update([output: found.gradient.map { $0 / 8 }], rate: 0.05)
      guard step == 0 else { continue }
      // A bias in front of a normalization has no gradient but rounding: all are held to the largest one.
      let largest = expected.gradients.values.joined().map(abs).max() ?? 1
      for (name, gradient) in expected.gradients {
        let value = try #require(network.value(named: name))
        let own = try trainer.plan.gradient(of: value).map(Double.init)
        #expect(own.count == gradient.count)
        #expect(zip(own, gradient).allSatisfy { abs($0 - $1) < 1e-3 * largest }, "\(name)")
        if name != "conv2.bias" { #expect(relativeDifference(own, gradient) < 1e-3, "\(name)") }
      }
    }
    #expect(relativeDifference(losses, expected.losses) < 1e-3)
    let (first, last): (Double, Double) = (losses[..<5].reduce(0, +), losses[15...].reduce(0, +))
    #expect(last < 0.95 * first)
    let after = try trainer.weights(trainer.weights(), in: network)
    for (name, wanted) in expected.after {
      let value = try #require(network.value(named: name))
      // ONNX moves a running variance by the batch's own variance, PyTorch by n / (n − 1) of it.
      let tolerance = name.hasSuffix("running_var") ? 1e-2 : 1e-3
      #expect(relativeDifference(after.constants[value]!.doubles, wanted) < tolerance, "\(name)")
    }
    let plan = try ExecutionPlan(BoundNetwork(after, inputShapes: [input: [8, 2, 8, 8]]), purpose: .infer)
    try plan.forward([input: try dataset.batch(0..<8).inputs])
    #expect(relativeDifference(try plan.value(output).map(Double.init), expected.logits) < 1e-2)
  }

  /// A run does in its order what steps by hand do in that order.
  @Test func aRunIsItsSteps() throws {
    let (workbench, dataset, _) = try fixture()
    var settings = TrainingSettings(epochs: 2, batchSize: 8)
    settings.schedule = LearningRateSchedule(.polynomial(power: 1))
    settings.labelSmoothing = 0.1
    let run = try TrainingRun(workbench.current, settings: settings, training: dataset)
    var rates: [Double] = []
    while try run.step() { rates.append(run.state.rate) }
    let network = workbench.current.network
    let (input, output) = (network.inputs[0], network.outputs[0])
    let trainer = try Trainer(network, inputShapes: [input: [8, 2, 8, 8]])
    var losses: [Double] = []
    for epoch in 0..<2 {
      let order = dataset.order(epoch: epoch)
      for number in 0..<5 {
        let batch = try dataset.batch(order[number * 8..<(number + 1) * 8])
        try trainer.forward([input: batch.inputs])
        let found = try Loss.crossEntropy.evaluate(
          output: trainer.plan.value(output), shape: [8, 4], targets: batch.targets(for: .crossEntropy),
          labelSmoothing: 0.1)
        losses.append(found.losses.reduce(0, +) / 8)
        let rate = 0.02 * (1 - (Double(epoch) + Double(number) / 5) / 2)
        if epoch + number > 0, rates.indices.contains(epoch * 5 + number) {
          #expect(abs(rates[epoch * 5 + number] - rate) < 1e-12)
        }
        _ = try trainer.update([output: found.gradient.map { $0 / 8 }], rate: rate)
      }
    }
    #expect(run.state.losses == losses)
    #expect(try run.trained().constants == trainer.weights(trainer.weights(), in: network).constants)
    #expect(run.state.stopReason == .completed && run.state.history.count == 2)
    #expect(!(try run.step()), "nothing comes behind the end")
  }
}
