import Compute
import Graph
import Ranks
import Session
import Training

/// Steps of training on random numbers, alone or with other ranks. Belongs to one thread.
final class TrainingSteps {
  /// So small that random gradients do not drive the weights to infinity, and large enough to move them.
  private static let size = StepSize(rate: 1e-6, weightDecay: 0, gradientScale: 1)

  private let plan: ExecutionPlan
  private let parameters: [ValueID]
  private let feeds: [ValueID: [Float]]
  private let gradients: [ValueID: [Float]]
  private var optimizer: any Optimizer

  /// - Parameter seed: where the examples and the gradients of the outputs begin.
  init(_ network: OpenNetwork, batch: Int, seed: UInt64, options: ComputeOptions) throws {
    let trainer = try Trainer(
      network.network, inputShapes: network.inputShapes(examples: batch), options: options)
    let plan = trainer.plan
    var generator = SeededGenerator(seed: seed)
    func noise(_ values: [ValueID]) -> [ValueID: [Float]] {
      values.reduce(into: [:]) { feeds, value in
        feeds[value] = network.bound.standIn(
          for: value, shape: plan.shape(of: value) ?? [], &generator)
      }
    }
    (feeds, gradients) = (noise(plan.inputs), noise(plan.outputs))
    self.plan = plan
    parameters = trainer.constants.parameters.sorted()
    var settings = OptimizerSettings(.sgd, weightDecay: 0)
    settings.isNesterov = false
    optimizer = settings.makeOptimizer()
  }

  /// The parameters as they are now.
  func weights() throws -> [[Float]] { try parameters.map { try plan.parameter($0) } }

  /// The step in the middle of some that take so many seconds, and five at least.
  func profile(duration: Double) throws -> TrainingProfile {
    let clock = ContinuousClock()
    for _ in 0..<2 { _ = try step() }
    var steps: [TrainingProfile] = []
    let began = clock.now
    while steps.count < 5 || (clock.now - began) / .seconds(1) < duration { steps.append(try step()) }
    steps.sort { $0.seconds < $1.seconds }
    return steps[steps.count / 2]
  }

  /// A step without other ranks, and how long its parts took.
  private func step() throws -> TrainingProfile {
    let clock = ContinuousClock()
    func seconds(since start: ContinuousClock.Instant) -> Double { (clock.now - start) / .seconds(1) }
    let start = clock.now
    try plan.forward(feeds)
    let forward = seconds(since: start)
    var ready: [TrainingProfile.Gradient] = []
    let turned = clock.now
    try plan.backward(gradients) { _, gradient in
      ready.append(
        .init(bytes: gradient.count * MemoryLayout<Float>.stride, ready: seconds(since: turned)))
    }
    let backward = seconds(since: turned)
    let moved = clock.now
    for parameter in parameters {
      try plan.update(parameter) { values, gradient in
        optimizer.step(parameter, values: values, gradient: gradient, size: Self.size)
      }
    }
    return TrainingProfile(
      batch: plan.batchSize, forward: forward, backward: backward, update: seconds(since: moved),
      gradients: ready)
  }

  /// A step with all ranks: gradients leave in buckets of so many bytes while the backward pass goes on.
  func step(with ranks: any Communicator, bucketBytes: Int) throws {
    try plan.forward(feeds)
    var (held, elements): ([(parameter: ValueID, count: Int)], [Float]) = ([], [])
    var sums: [(held: [(parameter: ValueID, count: Int)], sum: any PendingSum)] = []
    func leave() throws {
      guard !held.isEmpty else { return }
      sums.append((held, try ranks.startSum(elements)))
      (held, elements) = ([], [])
    }
    try plan.backward(gradients) { parameter, gradient in
      held.append((parameter, gradient.count))
      elements.append(contentsOf: gradient)
      if elements.count * MemoryLayout<Float>.stride >= bucketBytes { try leave() }
    }
    try leave()
    for (held, sum) in sums {
      let values = try sum.finish()
      var start = 0
      for (parameter, count) in held {
        let part = start..<start + count
        try plan.update(parameter) { own, _ in
          values.withUnsafeBufferPointer { values in
            optimizer.step(
              parameter, values: own, gradient: UnsafeBufferPointer(rebasing: values[part]), size: Self.size)
          }
        }
        start += count
      }
    }
  }
}
