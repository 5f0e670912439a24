package import Datasets
package import Pruning
package import Training

/// What the engine is asked to do.
package indirect enum EngineCommand: Sendable, Hashable {
  /// With shapes of inputs that the file leaves open, by name; the only input may have the empty one. A session that is not in the
  /// usual place is named by its folder.
  case open(path: String, inputShapes: [String: [Int]] = [:], session: String? = nil)
  /// Look at data without attaching them; answered by what was found.
  case inspect(DatasetConfiguration)
  /// Use these data from now on.
  case attach(DatasetConfiguration)
  /// Score the current iteration's kernels, or go on with that.
  case score(Criterion)
  /// Score the current iteration's kernels by what a file says, now and whenever it changes.
  case readScores(path: String)
  /// The file of scores is another one now.
  case scoresChanged(path: String)
  /// Stop scoring and keep what was found.
  case pauseScoring
  /// Forget what data said of the current iteration.
  case discardScores
  /// Remove a selection and make an iteration of what is left.
  case prune(PruningSettings, Selection)
  /// Wins back without training what the prune of the current iteration lost.
  case recover(RecoverySettings)
  /// Trains the current iteration on the attached data. It goes on until it is through, stopped, or another iteration
  /// is asked for; the best weights are kept.
  case train(TrainingSettings, teacher: TrainingTeacher?)
  /// Prunes again and again, with recovery and training between, towards a goal.
  case iterate(IterationGoal)
  /// Ends the training, or the pruning again and again, and keeps the best weights.
  case stopTraining
  /// Read a schedule for the current iteration; it is shown as a timeline, and waits.
  case openSchedule(path: String)
  /// Tell the schedule what to do.
  case schedule(TimelineOrder)
  /// Makes an iteration of the current one with the weights of a file, whose names begin with a prefix where one is given.
  case adopt(path: String, prefix: String?)
  /// Make an iteration current.
  case go(to: Int)
  /// Gives an iteration a name; an empty one takes its name away.
  case name(Int, String)
  /// Forgets an iteration and all that was made from it.
  case deleteBranch(from: Int)
  /// Compares the network of the first of these iterations with those of the others; answered by the comparison.
  case compare([Int])
  /// Measure the current iteration.
  case evaluate
  /// Measure what pruning each layer by itself does to the current iteration, or go on with that. Scoring pauses.
  case measureSensitivity(SensitivitySettings)
  /// Measure the layers' latencies now rather than when nothing else runs.
  case measureLatency
  /// Measure the layers named near the multiples of `PruningSettings.fastMultiple` that they would be left with.
  case measureWidths(near: [String: Int])
  /// Write the current iteration to files; answered by what was written.
  case export(ExportRequest)
  /// Read the weights of a layer's kernels; answered by them.
  case readWeights(layer: String)
  /// Carry out a command of long work when what runs is through.
  case enqueue(EngineCommand)
  /// Take a command out of the line, by its number.
  case dequeue(Int)
  /// Move a command in the line by so many places; negative ones are towards its front.
  case moveQueued(Int, by: Int)
  /// Hold what runs, or let it go on.
  case pause(Bool)
  /// Stops what runs, keeping what is whole.
  case cancel
  /// Ends the thread.
  case quit

  /// Whether a training that runs ends with it: what it trains is left, changed or measured otherwise.
  package var endsTraining: Bool {
    switch self {
    case .open, .attach, .prune, .recover, .train, .iterate, .stopTraining, .schedule, .go, .adopt,
      .deleteBranch, .cancel, .quit:
      true
    case .inspect, .score, .readScores, .scoresChanged, .pauseScoring, .discardScores, .name, .compare,
      .evaluate, .measureSensitivity,
      .measureLatency, .measureWidths, .export, .readWeights, .openSchedule, .enqueue, .dequeue, .moveQueued,
      .pause:
      false
    }
  }
}
