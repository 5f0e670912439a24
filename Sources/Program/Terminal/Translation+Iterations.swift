import Graph
import Pruning
import Screens
import Session
import Training

extension IterationSummary {
  /// - Parameter conditions: what times are measured under now.
  init(_ iteration: Iteration, under conditions: LatencyConditions?) {
    let latency = iteration.latency.map { ($0, conditions.map($0.compares(under:)) ?? false) }
    self.init(
      id: iteration.id, parent: iteration.parent, title: iteration.title, name: iteration.name,
      parameters: iteration.network.summary.parameters,
      multiplyAccumulates: iteration.network.summary.multiplyAccumulates,
      evaluation: iteration.evaluation.map {
        .init(accuracy: $0.accuracy, loss: $0.loss, examples: $0.examples)
      },
      latency: latency.flatMap { $0.1 ? $0.0.seconds : nil }, file: .init(iteration))
    latencyOtherwise = latency.flatMap { $0.1 ? nil : $0.0.seconds }
    latencyCircumstances = iteration.latency?.circumstances
    bytes = iteration.network.groups.bytes
    recovery = iteration.recovery?.lines ?? []
    trainings = iteration.trainings.map { TrainingProgress($0, of: iteration.id) }
  }
}

extension IterationSummary.File {
  init(_ iteration: Iteration) {
    if iteration.isWritten {
      self = .current
    } else if let change = iteration.firstUnwrittenChange {
      self = .before(change.name)
    } else {
      self = .none
    }
  }
}

extension TrainingProgress {
  init(_ training: SessionSnapshot.RunningTraining) {
    self.init(training.state, settings: training.settings, iteration: training.iteration)
  }

  init(_ record: TrainingRecord, of iteration: Int) {
    self.init(record.state, settings: record.settings, iteration: iteration)
    seconds = record.seconds
  }

  private init(_ state: TrainingState, settings: TrainingSettings, iteration: Int) {
    self.init(
      iteration: iteration, options: settings.commandLine, epochs: state.epochs,
      stepsPerEpoch: state.stepsPerEpoch)
    phase =
      switch state.phase {
      case .measuring: .measuring
      case .training: .training
      case .validating: .validating
      case .finished(.completed): .completed
      case .finished(.patience): .ended("stopped early")
      case .finished(.notFinite): .ended("the loss was not a number any more")
      case .finished(.stopped): .ended("stopped")
      }
    (epoch, step) = (state.epoch, state.step)
    now = state.loss.map { Measure(loss: $0, accuracy: state.accuracy) }
    losses = state.losses
    history = state.history.map { epoch in
      Epoch(
        number: epoch.number, training: Measure(loss: epoch.loss, accuracy: epoch.accuracy),
        validation: epoch.validationLoss.map { Measure(loss: $0, accuracy: epoch.validationAccuracy) })
    }
    before = state.before.map { Measure(loss: $0.loss, accuracy: $0.accuracy) }
    bestEpoch = state.best?.epoch
    (rate, examplesPerSecond, secondsLeft) = (state.rate, state.examplesPerSecond, state.secondsLeft)
    skippedSteps = state.skippedSteps
  }
}
