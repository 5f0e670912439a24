package import Compute
import Foundation
import Graph
import Pruning
import Training

/// How fast this machine works on a network: repeated passes on random numbers.
package struct Benchmark: Sendable {
  /// What is measured.
  package enum Work: String, Sendable, CaseIterable {
    /// Forward passes.
    case infer
    /// Forward and backward passes for Taylor scores at the points of all prunable layers.
    case score
    /// Forward and backward passes with the gradients of all parameters, and a step of gradient descent with
    /// momentum: what `finetune` does for a batch.
    case train
  }

  /// What was measured.
  package struct Result: Sendable {
    /// Examples of a batch: as many as were asked for, or as the file fixes.
    package let batchSize: Int
    /// Seconds of each run, in order; the first runs, which warm up, are left out.
    package let seconds: [Double]
    /// Multiply-accumulate operations of a run, convolutions counted as the direct algorithm does them.
    package let multiplyAccumulates: Int
    /// Bytes that the plan holds.
    package let planBytes: Int
    /// The most memory that the process has had so far, in bytes.
    package let residentBytes: Int
    /// Seconds that making the plan took.
    package let planningSeconds: Double
    /// Seconds a run by kind of step; empty where the options do not ask for a profile.
    package let secondsByStep: [String: Double]
    /// By layer, the rank correlation of its kernels' scores with those that float32 gives for the same batch;
    /// empty but for scores of another precision.
    package let rankCorrelations: [String: Double]

    /// Examples a second in the run in the middle.
    package var examplesPerSecond: Double { Double(batchSize) / medianSeconds }

    /// Seconds of the run in the middle.
    package var medianSeconds: Double { seconds.sorted()[seconds.count / 2] }

    /// Billions of floating-point operations a second in the run in the middle.
    package var gigaflops: Double { 2 * Double(multiplyAccumulates) / medianSeconds / 1e9 }
  }

  /// What is measured.
  package var work: Work
  /// Examples of a batch.
  package var batchSize: Int
  /// Runs last this long at least, in seconds; there are five or more.
  package var duration: Double

  /// A measurement that has not begun.
  package init(_ work: Work, batchSize: Int = 16, duration: Double = 3) {
    self.work = work
    self.batchSize = batchSize
    self.duration = duration
  }

  /// Measures.
  package func run(
    _ network: OpenNetwork, options: ComputeOptions = ComputeOptions()
  ) throws -> Result {
    let bound = try BoundNetwork(
      network.network, inputShapes: network.inputShapes(examples: batchSize), foldsWeights: work != .train)
    var options = options
    options.channelAxes = ScorePoint.points(of: prunableLayers(network), in: bound).channelAxes
    let clock = ContinuousClock()
    let started = clock.now
    let trainer = work == .train ? try trainer(network, options) : nil
    let plan: ExecutionPlan
    if let trainer {
      plan = trainer.plan
    } else {
      let purpose = try purpose(network)
      plan = try ExecutionPlan(bound, purpose: purpose, options: options)
    }
    let planningSeconds = (clock.now - started) / .seconds(1)
    var generator = SeededGenerator(seed: 1)
    func noise(_ values: [ValueID]) -> [ValueID: [Float]] {
      values.reduce(into: [:]) { feeds, value in
        feeds[value] = bound.standIn(for: value, &generator)
      }
    }
    let (feeds, gradients) = (noise(plan.inputs), noise(plan.outputs))
    var seconds: [Double] = []
    var warmed: [String: Double] = [:]
    let warmUps = 2
    var began = clock.now
    for number in 0... {
      if number == warmUps { (began, warmed) = (clock.now, plan.secondsByStep) }
      if number >= warmUps + 5, (clock.now - began) / .seconds(1) > duration { break }
      let start = clock.now
      try plan.forward(feeds)
      if let trainer {
        // The rate is so small that random gradients do not drive the weights to infinity.
        _ = try trainer.update(gradients, rate: 1e-12)
      } else if work == .score {
        try plan.backward(gradients)
      }
      if number >= warmUps { seconds.append((clock.now - start) / .seconds(1)) }
    }
    let runs = Double(seconds.count)
    let residentBytes = Self.residentBytes
    var correlations: [String: Double] = [:]
    if work == .score, options.precision != .float32 {
      var exact = options
      exact.precision = .float32
      let found = try scores(of: plan, network, bound)
      let plan = try ExecutionPlan(bound, purpose: plan.purpose, options: exact)
      try plan.forward(feeds)
      try plan.backward(gradients)
      let wanted = plan
      correlations = try scores(of: wanted, network, bound).reduce(into: [:]) { correlations, layer in
        correlations[layer.key] = rankCorrelation(found[layer.key]!, layer.value)
      }
    }
    return Result(
      batchSize: plan.batchSize, seconds: seconds, multiplyAccumulates: plan.multiplyAccumulates,
      planBytes: plan.peakBytes, residentBytes: residentBytes, planningSeconds: planningSeconds,
      secondsByStep: plan.secondsByStep.reduce(into: [:]) {
        $0[$1.key] = ($1.value - (warmed[$1.key] ?? 0)) / runs
      }, rankCorrelations: correlations)
  }

  /// The sums over the examples of the plan's last pass of |t|, by layer and kernel.
  private func scores(
    of plan: ExecutionPlan, _ network: OpenNetwork, _ bound: BoundNetwork
  ) throws -> [String: [Double]] {
    var scores: [String: [Double]] = [:]
    for point in ScorePoint.points(of: prunableLayers(network), in: bound) {
      let terms = try plan.taylorTerms(at: point.value)
      let kernels = (bound.shape(of: point.value) ?? [])[point.axis]
      var sums = [Double](repeating: 0, count: kernels)
      for (index, term) in terms.enumerated() { sums[index % kernels] += Double(abs(term)) }
      scores[point.layer] = sums
    }
    return scores
  }

  private func prunableLayers(_ network: OpenNetwork) -> [Layer] {
    network.groups.layers.filter(\.isPrunable).map(\.layer)
  }

  private func purpose(_ network: OpenNetwork) throws -> Purpose {
    guard work == .score else { return .infer }
    let layers = prunableLayers(network)
    guard !layers.isEmpty else { throw SessionError.notPrunable }
    return .score(points: Array(Set(ScorePoint.points(of: layers, in: network.bound).map(\.value))).sorted())
  }

  private func trainer(_ network: OpenNetwork, _ options: ComputeOptions) throws -> Trainer {
    var optimizer = OptimizerSettings(.sgd, weightDecay: 0)
    optimizer.isNesterov = false
    return try Trainer(
      network.network, inputShapes: network.inputShapes(examples: batchSize), optimizer: optimizer,
      options: options)
  }

  /// The most memory that the process has had, in bytes.
  private static var residentBytes: Int {
    #if os(Linux)
      // What getrusage says is never less than what the process that started this one had.
      let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)
      let line = status?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
      return 1024 * (Int(line?.filter(\.isNumber) ?? "") ?? 0)
    #else
      var usage = rusage()
      getrusage(RUSAGE_SELF, &usage)
      return usage.ru_maxrss
    #endif
  }
}
