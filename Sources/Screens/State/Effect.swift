public import Datasets
public import Pruning

/// What the executable is asked to do: `update` only says so and never does it.
public enum Effect: Sendable, Hashable {
  /// Look at data without attaching them; answered by `Action.dataInspected`.
  case inspectData(DatasetConfiguration)
  /// Use these data from now on.
  case attachData(DatasetConfiguration)
  /// Add examples to the scores, or go on with that.
  case startScoring(Criterion)
  /// Stop adding examples; what was measured stays.
  case pauseScoring
  /// Forget the scores.
  case discardScores
  /// Remove what was selected, and make an iteration of it. What was on the screen is what goes.
  case prune(PruningSettings, Selection)
  /// Win back without training what the prune of the current iteration lost.
  case recover(RecoverySettings)
  /// Train the current iteration; answered by `Action.trainingAnswered`.
  case train(TrainingRequest)
  /// Prune step by step towards a target; answered by `Action.iteratingAnswered`.
  case iterate(IterationRequest)
  /// End the training, or the pruning step by step, and keep the best weights.
  case stopTraining
  /// Give an iteration a name; an empty one takes its name away.
  case name(iteration: Int, String)
  /// Forget an iteration and all that was made from it.
  case deleteBranch(from: Int)
  /// Compare the networks of two iterations; answered by `Action.compared`.
  case compare(Int, Int)
  /// Work on another iteration.
  case goTo(iteration: Int)
  /// Measure the current iteration on the attached data.
  case evaluate
  /// Measure what pruning each layer of the current iteration does, or go on with that.
  case measureSensitivity(SensitivitySettings)
  /// Measure the layers' latencies now rather than when nothing else runs.
  case measureLatency
  /// Measure layers near the multiples that they would be left with, by name.
  case measureWidths(near: [String: Int])
  /// Write files; answered by `Action.exportFinished`.
  case export(ExportRequest)
  /// Stop what runs, keeping what is whole.
  case cancelWork
  /// Read a schedule and show its timeline.
  case openSchedule(path: String)
  /// Tell the schedule what to do.
  case schedule(TimelineOrder)
  /// Open another model, with shapes by input that its file leaves open; the only input may have the empty name.
  case openModel(path: String, shapes: [String: [Int]] = [:])
  /// What can follow this beginning of a path; answered by `Action.pathsCompleted`.
  case completePath(prefix: String)
  /// The weights of a layer's kernels; answered by `Action.weightsRead`.
  case readWeights(layer: String)
  /// Remember the theme of this name.
  case saveTheme(String)
  /// Leave.
  case quit

  /// Whether a training that runs would end with it.
  package var endsTraining: Bool {
    switch self {
    case .attachData, .prune, .recover, .train, .iterate, .stopTraining, .deleteBranch, .goTo, .cancelWork,
      .schedule,
      .openModel, .quit:
      true
    case .inspectData, .startScoring, .pauseScoring, .discardScores, .name, .compare, .evaluate,
      .measureSensitivity,
      .measureLatency, .measureWidths, .export, .completePath, .readWeights, .saveTheme,
      .openSchedule:
      false
    }
  }
}
