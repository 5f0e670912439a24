import Errors
import Foundation
import Graph
import Pruning
package import Session
import Training

/// A loop with the goal of an up-sampling procedure, and what it tells as it goes on. Used on one thread.
package struct UpsamplingRun {
  private let procedure: UpsamplingPruning
  private let loop: IterationLoop
  private let report: (UpsamplingPruning.Event) -> Bool
  private var steps: [UpsamplingPruning.Step] = []
  private var best: (network: Network, step: Int)
  private var originalError: Double?

  /// A run of a loop.
  ///
  /// - Parameter report: called as it goes on; false stops after what is whole. Of a loop that goes on where another was,
  ///   what that had done is told first.
  package init(
    _ procedure: UpsamplingPruning, _ loop: IterationLoop,
    report: @escaping (UpsamplingPruning.Event) -> Bool
  ) {
    self.procedure = procedure
    self.loop = loop
    self.report = report
    best = ((loop.start ?? loop.workbench.history.original).network.network, 0)
  }

  /// Walks to the end.
  package mutating func run() throws -> UpsamplingPruning.Result {
    var isStopped = try !tell()
    do {
      while !isStopped, try loop.step() {
        isStopped = try !tell() || !tellProgress()
      }
      // What ends it with the step that was told of counts before who stopped it.
      if isStopped, loop.isBetweenPhases { _ = try loop.step() }
    } catch {
      guard error is Stopped, originalError != nil else { throw error }
    }
    if case .diverged? = loop.outcome {
      throw TrainingError.notFinite(steps: TrainingRun.unusableStepLimit)
    }
    return UpsamplingPruning.Result(
      network: best.network, step: best.step, originalError: originalError ?? .nan, steps: steps,
      stopReason: stopReason)
  }

  private var stopReason: UpsamplingPruning.StopReason {
    switch loop.outcome {
    case .limited, .dropped, .diverged: .criterion
    case .completed(isReached: true): .maximumRatio
    case .completed(isReached: false): .steps
    case .nothingLeft: .nothingLeft
    case .stopped, nil: .stopped
    }
  }

  /// Tells what is new; false where somebody stops it.
  private mutating func tell() throws -> Bool {
    if originalError == nil, let error = loop.goal.beginning?.loss {
      originalError = error
      guard report(.original(error: error)) else { return false }
    }
    for iteration in loop.finishedSteps.dropFirst(steps.count) {
      guard let step = step(steps.count + 1, iteration) else { break }
      steps.append(step)
      if step.meetsCriterion { best = (iteration.network.network, step.number) }
      guard report(.step(step, iteration.network.network)) else { return false }
    }
    return true
  }

  private func tellProgress() -> Bool {
    guard let phase = phaseName else { return true }
    return report(.progress(phase: phase, loop.progress))
  }

  private var phaseName: String? {
    switch loop.stage {
    case .beginning: "original"
    case .preparing: "step \(loop.stepsDone + 1): regularising"
    case .validating: "step \(loop.stepsDone): measuring"
    case .training: "step \(loop.stepsDone): training"
    case .other: nil
    }
  }

  private func step(_ number: Int, _ iteration: Iteration) -> UpsamplingPruning.Step? {
    guard let first = iteration.records.last?.validation?.loss, let start = loop.start,
      let originalError
    else { return nil }
    let parameters = iteration.network.summary.parameters
    let smallest = min(first, iteration.trainings.last?.state.best?.loss ?? first)
    return UpsamplingPruning.Step(
      number: number, target: Double(number) * procedure.pruningStepSize,
      removedRatio: 1 - Double(parameters) / Double(start.network.summary.parameters),
      parameters: parameters, errorAfterPruning: first, error: smallest,
      peakSignalToNoise: -10 * log10(max(smallest, .leastNormalMagnitude)),
      meetsCriterion: smallest <= originalError * procedure.performanceCriterion)
  }
}
