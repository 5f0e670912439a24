public import Training

/// What a training of an iteration was told and what came of it.
public struct TrainingRecord: Sendable, Hashable, Codable {
  /// What it was told.
  public let settings: TrainingSettings
  /// What was learned from beside the labels; `nil` for nothing.
  public let teacher: TrainingTeacher?
  /// The epochs, the losses of all steps, and why it ended.
  public package(set) var state: TrainingState
  /// Seconds that it took.
  public package(set) var seconds: Double

  /// A record from its parts.
  package init(settings: TrainingSettings, teacher: TrainingTeacher?, state: TrainingState, seconds: Double) {
    self.settings = settings
    self.teacher = teacher
    self.state = state
    self.seconds = seconds
  }

  /// The number of epochs that are in the weights that were kept.
  public var epochsKept: Int { state.best?.epoch ?? state.history.count }

  /// What a plan keeps of it.
  package var plannedTraining: [String: String] { settings.options }
}

/// The network whose outputs a training learns from.
public enum TrainingTeacher: String, Sendable, Hashable, Codable, CaseIterable {
  /// The model that everything was made from.
  case original
}
