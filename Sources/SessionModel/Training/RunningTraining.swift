/// A training that runs.
public struct RunningTraining: Sendable, Hashable {
  /// The iteration that is trained.
  public package(set) var iteration: Int
  /// What it was told, and what came of it so far.
  public package(set) var record: TrainingRecord

  /// A training of an iteration.
  package init(iteration: Int, record: TrainingRecord) {
    self.iteration = iteration
    self.record = record
  }

  /// How far it is and what it has found.
  public var state: TrainingState { record.state }
}
