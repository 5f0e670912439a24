package import Compute
import Foundation
import Graph
package import Pruning
package import Session

/// What a rank has to do, measured on this machine and read off a model.
package struct Workload: Sendable {
  /// A training step, with the examples that were measured.
  package var training: TrainingProfile
  /// Seconds of the passes of a training step with one example.
  package var single: (forward: Double, backward: Double)
  /// Scores by Taylor's criterion: statistics of kernels.
  package var scoring: ScoringModel
  /// Bytes of the Gram matrices of what readers of channels read: each a triangle in double precision, with the means.
  package var gramBytes: Int
  /// Curves of sensitivity.
  package var curves: CurveDealing
  /// Kernels that are scored.
  package var kernels: Int
  /// Bytes of numbers that a core adds to others in a second.
  package var addedBytesPerSecond: Double
  /// Bytes that a core copies in a second.
  package var copiedBytesPerSecond: Double

  /// A workload from its parts.
  package init(
    training: TrainingProfile, single: (forward: Double, backward: Double), scoring: ScoringModel,
    gramBytes: Int, curves: CurveDealing, kernels: Int, addedBytesPerSecond: Double,
    copiedBytesPerSecond: Double
  ) {
    self.training = training
    self.single = single
    self.scoring = scoring
    self.gramBytes = gramBytes
    self.curves = curves
    self.kernels = kernels
    self.addedBytesPerSecond = addedBytesPerSecond
    self.copiedBytesPerSecond = copiedBytesPerSecond
  }

  /// The training step with so many examples: times between one example and those that were measured lie on a line.
  package func training(batch: Int) -> TrainingProfile {
    guard training.batch > 1, batch != training.batch else { return training }
    let share = Double(batch - 1) / Double(training.batch - 1)
    return training.scaled(
      batch: batch, forward: max(0, single.forward + share * (training.forward - single.forward)),
      backward: max(0, single.backward + share * (training.backward - single.backward)))
  }

  /// The same on ranks that compute so many times faster.
  package func faster(by factor: Double) -> Workload {
    var faster = self
    faster.training = training.faster(by: factor)
    faster.single = (single.forward / factor, single.backward / factor)
    faster.scoring.secondsPerExample /= factor
    faster.curves.baselineSeconds /= factor
    faster.curves.secondsOfLevels = curves.secondsOfLevels.map { $0.map { $0 / factor } }
    return faster
  }
}

extension Workload {
  /// What is asked of a measurement.
  package struct Request: Sendable {
    /// Examples of a training step and of a batch of others.
    package var batch = 16
    /// Seconds that each kind of pass is measured for, at least.
    package var duration = 3.0
    /// Levels and examples of the curves.
    package var sensitivity = SensitivitySettings()

    /// The usual measurement.
    package init() {}
  }

  /// Measures training steps with a batch and with one example, scoring and inferring, on random numbers, and how fast this
  /// machine copies and adds.
  ///
  /// - Throws: where the network cannot be trained or has nothing to prune.
  package init(
    measuring network: OpenNetwork, _ request: Request = Request(), options: ComputeOptions = ComputeOptions()
  ) throws {
    func measure(_ work: Benchmark.Work) throws -> Benchmark.Result {
      try Benchmark(work, batchSize: request.batch, duration: request.duration).run(network, options: options)
    }
    func train(_ batch: Int) throws -> TrainingProfile {
      try TrainingSteps(network, batch: batch, seed: 1, options: options).profile(duration: request.duration)
    }
    let whole = try train(request.batch)
    training = whole
    if whole.batch > 1, network.fixedBatch == nil {
      let one = try train(1)
      single = (one.forward, one.backward)
    } else {
      single = (whole.forward / Double(whole.batch), whole.backward / Double(whole.batch))
    }
    let scored = try measure(.score)
    let layers = network.groups.layers.filter(\.isPrunable).map(\.layer)
    kernels = layers.reduce(0) { $0 + $1.kernels }
    // A mean, a sum of squares and one of products for each kernel, and a count for each layer.
    scoring = ScoringModel(
      secondsPerExample: scored.medianSeconds / Double(scored.batchSize),
      statisticsBytes: 8 * (3 * kernels + layers.count))
    gramBytes = network.gramBytes
    let inferred = try measure(.infer)
    let secondsPerMAC = inferred.medianSeconds / Double(max(1, inferred.multiplyAccumulates))
    let examples = Double(request.sensitivity.examples)
    curves = CurveDealing(
      secondsOfLevels: try network.curveCosts(request.sensitivity).map { levels in
        levels.map { $0 * secondsPerMAC * examples }
      },
      baselineSeconds: Double(network.summary.multiplyAccumulates) * secondsPerMAC * examples,
      examples: request.sensitivity.examples, batch: request.batch)
    (copiedBytesPerSecond, addedBytesPerSecond) = MemorySpeed.measured()
  }
}

extension OpenNetwork {
  /// Bytes of the moments of every value that some reader reads, each once.
  fileprivate var gramBytes: Int {
    var channels: [[Int]: Int] = [:]
    for reader in groups.readers(in: bound) {
      channels[[reader.value.index, reader.axis, reader.repeats]] = reader.channels / reader.repeats
    }
    return channels.values.reduce(0) { $0 + ($1 + 1) * ($1 + 2) / 2 * MemoryLayout<Double>.stride }
  }
}

/// How fast one core moves and adds numbers that no cache holds.
private enum MemorySpeed {
  /// Bytes copied, and bytes added, in a second: the fastest of several turns.
  static func measured() -> (copied: Double, added: Double) {
    let count = 8 << 20
    var target = [Float](repeating: 0, count: count)
    let source = [Float](repeating: 1, count: count)
    let bytes = Double(count * MemoryLayout<Float>.stride)
    let clock = ContinuousClock()
    var (copying, adding) = (Double.infinity, Double.infinity)
    for _ in 0..<5 {
      target.withUnsafeMutableBufferPointer { target in
        source.withUnsafeBufferPointer { source in
          var start = clock.now
          _ = target.update(fromContentsOf: source)
          copying = min(copying, (clock.now - start) / .seconds(1))
          start = clock.now
          // Sixteen at a time, as the processor's vectors have them.
          var index = 0
          while index < count {
            let at = UnsafeMutableRawPointer(target.baseAddress! + index)
            let sum =
              at.loadUnaligned(as: SIMD16<Float>.self)
              + UnsafeRawPointer(source.baseAddress! + index).loadUnaligned(as: SIMD16<Float>.self)
            at.storeBytes(of: sum, as: SIMD16<Float>.self)
            index += 16
          }
          adding = min(adding, (clock.now - start) / .seconds(1))
        }
      }
    }
    return (bytes / copying, bytes / adding)
  }
}
