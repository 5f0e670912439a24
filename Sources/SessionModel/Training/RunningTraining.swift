/// A training that runs.
package struct RunningTraining: Sendable, Hashable {
  /// The iteration that is trained.
  package var iteration: Int
  /// What it was told, and what came of it so far.
  package var record: TrainingRecord

  /// A training of an iteration.
  package init(iteration: Int, record: TrainingRecord) {
    self.iteration = iteration
    self.record = record
  }

  /// How far it is and what it has found.
  package var state: TrainingState { record.state }
}
