import Graph
import Pruning

/// What loops record.
extension Workbench {
  /// Makes an iteration of the current network that is trained before something is removed of it.
  func appendPreparation(named name: String) {
    history.append(origin: name, network: current, step: PruningPlan.Step())
    keep(.pruned, iteration: history.current)
  }

  /// Keeps what the last removal of an iteration left is worth on the validation data.
  func record(validation: Evaluation, for iteration: Int) {
    history.update(iteration) { iteration in
      guard !iteration.records.isEmpty else { return }
      iteration.records[iteration.records.count - 1].validation = validation
    }
    keep(.measured, iteration: iteration)
  }

  /// Makes an iteration of what is left of a goal's beginning, in the place of the one that lacked less.
  ///
  /// - Parameters:
  ///   - network: the beginning without the removal.
  ///   - records: what each of the removals left.
  func record(
    _ removal: GrowingRemoval, network: OpenNetwork, scores: ScoreTable, records: [StepRecord],
    of goal: IterationGoal
  ) throws {
    let outgrown = history.current
    history.go(to: goal.start)
    let step = PruningPlan.Step(
      criterion: scores.criterion, examples: scores.examples, settings: goal.settings,
      selection: removal.selection, groups: current.groups)
    append(
      network, step, removal.selection,
      origin: origin(of: removal.selection, by: goal.strategy.name ?? scores.criterion.rawValue),
      records: records)
    guard outgrown != goal.start, let before = history[outgrown], before.name == nil, !before.isWritten,
      history.children(of: outgrown).isEmpty
    else { return }
    try deleteBranch(from: outgrown)
  }

  /// Makes an iteration of a removal that a loop is to go on with; none where nothing is gone yet.
  package func begin(with removal: GrowingRemoval, of goal: IterationGoal) throws {
    guard removal.removedKernelCount > 0 else { return }
    try record(
      removal, network: try removal.original.removing(removal.selection),
      scores: ScoreTable(criterion: goal.criterion), records: [], of: goal)
  }
}
