package import Errors
package import Pruning

/// Everything that the engine lets others know of a session, at one moment.
///
/// Immutable once it is handed over; the newest one wins. The large parts are `Versioned`, and passing them on unchanged
/// costs a reference count each.
package struct SessionSnapshot: Sendable, Equatable {
  /// Grows whenever a model is opened: what was chosen for another one is forgotten then.
  package var generation = 0
  /// The opened file; `nil` until one is open.
  package var model: ModelSummary?
  /// The network of the current iteration; `nil` until a model is open.
  package var structure = Versioned<NetworkStructure?>(nil)
  /// Scores of the current iteration's kernels.
  package var scores = Versioned<ScoreTable?>(nil)
  /// The file that scores can be read from; `nil` until one was named.
  package var scoresPath: String?
  /// Whether more examples are being added to the scores now.
  package var isScoring = false
  /// What runs; `nil` when nothing does.
  package var activity: Activity?
  /// What runs and what stands in line, in the order in which it is done.
  package var jobs: [Job] = []
  /// Whether what runs is held.
  package var isPaused = false
  /// The training that runs; `nil` when none does.
  package var training: RunningTraining?
  /// Whether it is pruned again and again towards a goal, with trainings between.
  package var isIterating = false
  /// The folder in which the session is kept, so that opening the model again goes on where it was; `nil` where it is kept
  /// nowhere.
  package var folder: String?
  /// Why nothing is kept any more; `nil` while everything is, and where nothing was to be.
  package var keepingFailure: CaughtError?
  /// How long the layers of the original take at their widths; `nil` until they are measured.
  package var latency = Versioned<LatencyTable?>(nil)
  /// What times are measured under now: only times under the same compare.
  package var latencyConditions: LatencyConditions?
  /// Why the layers cannot be measured, in a sentence; `nil` where nothing stands against it.
  package var latencyProblem: String?
  /// How long layers of the current iteration take at widths that were asked about.
  package var widths = Versioned(WidthTimes())
  /// What pruning each layer of the current iteration does; `nil` until that is measured.
  package var sensitivity = Versioned<SensitivityTable?>(nil)
  /// All iterations, parents before their children.
  package var iterations: [IterationSummary] = []
  /// The `id` of the iteration that is worked on.
  package var currentIteration = 0
  /// The schedule that is open; `nil` without.
  package var timeline: TimelineSummary?
  /// The attached data; `nil` without.
  package var data: DataSummary?
  /// What happened, oldest first.
  package var log: [LogEntry] = []
  /// The newest failure.
  package var failure: Failure?
  /// Commands that were taken but are not done, and runs that are not through: tests wait for 0.
  package var busyCount = 0
  /// Where a model is to be written when the run is through that changes the network; `nil` where none waits.
  package var awaitedExport: String?

  /// A snapshot of an engine that nothing was opened in.
  package init() {}

  /// The iteration of a number; `nil` where there is none.
  package func iteration(_ id: Int) -> IterationSummary? { iterations.first { $0.id == id } }

  /// The iteration that is worked on; `nil` until a model is open.
  package var now: IterationSummary? { iteration(currentIteration) }

  /// Whether what happens is kept.
  package var isKept: Bool { folder != nil && keepingFailure == nil }

  /// The iterations that are nowhere on disk, neither in a session nor in a file: leaving loses them.
  package var lostOnLeaving: [IterationSummary] {
    isKept ? [] : iterations.filter { $0.parent != nil && !$0.isWritten }
  }
}
