package import Graph
import Pruning
package import Training

/// A schedule's run, as far as it is.
package struct ScheduledRun: Sendable {
  /// The network with its weights as they are now.
  let network: Network
  /// By the epoch that it came before, from 0: what of each layer that lost kernels stayed, in the numbering before.
  let removals: [(epoch: Int, kept: [String: [Int]])]
  let settings: TrainingSettings
  let state: TrainingState
  let seconds: Double

  /// A run from what it has done.
  package init(
    _ network: Network, removals: [(epoch: Int, kept: [String: [Int]])], settings: TrainingSettings,
    state: TrainingState, seconds: Double
  ) {
    self.network = network
    self.removals = removals
    self.settings = settings
    self.state = state
    self.seconds = seconds
  }

  /// The training behind what others tell already, up to now.
  fileprivate func record(behind told: [TrainingRecord]) -> TrainingRecord {
    var (settings, state) = (settings, state)
    // A schedule goes on with its last weights, whatever epoch was best.
    state.best = nil
    state.phase = .finished(.completed)
    state.history = Array(state.history.dropFirst(told.reduce(0) { $0 + $1.state.history.count }))
    state.losses = Array(state.losses.dropFirst(told.reduce(0) { $0 + $1.state.losses.count }))
    (settings.epochs, state.epochs) = (state.history.count, state.history.count)
    return TrainingRecord(
      settings: settings, teacher: nil, state: state,
      seconds: seconds - told.reduce(0) { $0 + $1.seconds })
  }
}

/// What a schedule makes of an iteration: one behind the other for each time that kernels go.
extension Workbench {
  /// Keeps what a schedule has removed so far, when it happens: a run that is broken off leaves it. The current iteration
  /// stays the current one.
  ///
  /// - Parameters:
  ///   - iteration: the one that it began with.
  ///   - name: what the iterations are said to come of.
  /// - Throws: where there is no such iteration any more.
  package func record(_ run: ScheduledRun, from iteration: Int, by name: String) throws {
    let current = history.current
    _ = try place(run, from: iteration, by: name)
    try go(to: current)
  }

  /// Puts what a schedule made of an iteration behind it: an iteration for each time that kernels went, one where none
  /// did, the last with the weights that training ended with. It is the current one then.
  ///
  /// - Throws: where there is no such iteration any more.
  package func adopt(_ run: ScheduledRun, from iteration: Int, by name: String) throws {
    let (last, told) = try place(run, from: iteration, by: name)
    try go(to: last)
    if last == iteration {
      history.append(origin: name, network: current, step: PruningPlan.Step())
    }
    // The last removal is told of with all that was trained behind the one before.
    let before = last == iteration ? told : Array(told.dropLast(history.now.trainings.count))
    try train(history.current, run, record: run.record(behind: before))
  }

  /// The iteration of the last removal, or the one that the run began with, and the trainings on the way there. What was
  /// kept of this run already is found again, the rest is made.
  private func place(
    _ run: ScheduledRun, from iteration: Int, by name: String
  ) throws -> (last: Int, told: [TrainingRecord]) {
    var (last, told): (Int, [TrainingRecord]) = (iteration, [])
    for (index, removal) in run.removals.enumerated() where !removal.kept.isEmpty {
      try require(last)
      guard let parent = history[last] else { continue }
      let selection = try parent.network.selection(keeping: removal.kept)
      let epochs = run.state.history.prefix(removal.epoch).dropFirst(
        told.reduce(0) { $0 + $1.state.history.count })
      // No other run has epochs that took just as long.
      let known = history.children(of: last).last {
        selections[$0.id] == selection && $0.trainings.flatMap(\.state.history) == Array(epochs)
      }
      if let known {
        last = known.id
      } else {
        history.go(to: last)
        let step = PruningPlan.Step(
          criterion: .l2, examples: 0, settings: PruningSettings(), selection: selection,
          groups: current.groups)
        try append(step, selection, origin: origin(of: selection, by: name))
        last = history.current
        // Only the weights of now are known.
        if index == run.removals.count - 1, !epochs.isEmpty, run.state.history.count == removal.epoch {
          try train(last, run, record: run.record(behind: told))
        }
      }
      told += history[last]?.trainings ?? []
    }
    return (last, told)
  }

  /// Gives an iteration the weights that a run has now.
  private func train(_ id: Int, _ run: ScheduledRun, record: TrainingRecord) throws {
    guard let shapes = history[id]?.network.inputShapes else { return }
    let trained = try OpenNetwork(run.network, inputShapes: shapes)
    change(id, .trained) { iteration in
      iteration.asPruned = iteration.asPruned ?? iteration.network
      iteration.network = trained
      iteration.changes.append(.training)
      iteration.changeLastStep { $0.training = [record.plannedTraining] }
      iteration.trainings = [record]
      iteration.evaluation = nil
      iteration.outputDeviation = nil
    }
  }
}
