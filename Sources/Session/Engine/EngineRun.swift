import Pruning

/// A long piece of work, a step at a time.
enum EngineRun {
  case scoring(ScoringRun)
  /// Of an iteration as it is at a revision.
  case evaluating(EvaluationRun, iteration: Int, revision: Int)
  case recovering(RecoveryRun, iteration: Int)
  case sensitivity(SensitivityRun, iteration: Int)
  case training(TrainingRun, iteration: Int, teacher: TrainingTeacher?)
  case iterating(IterationLoop)
  case timing(LatencyRun, Timing)
  case hosted(any HostedRun)

  /// What a measuring of latencies is for.
  enum Timing: Equatable {
    /// The table of the original's layers; whoever asked waits for it.
    case table(isAsked: Bool)
    /// The whole of an iteration.
    case iteration(Int)
    /// Widths near those that a choice would leave.
    case widths
  }

  var isScoring: Bool { if case .scoring = self { true } else { false } }

  var isHosted: Bool { if case .hosted = self { true } else { false } }

  var isTraining: Bool { if case .training = self { true } else { false } }

  /// The training that it is, or is in.
  var training: RunningTraining? {
    switch self {
    case .training(let run, let iteration, let teacher):
      .init(iteration: iteration, record: run.record(teacher: teacher))
    case .iterating(let loop): loop.training
    default: nil
    }
  }

  /// What it measures on data.
  var evaluated: (iteration: Int, revision: Int)? {
    if case .evaluating(_, let iteration, let revision) = self { (iteration, revision) } else { nil }
  }

  var isIterating: Bool { if case .iterating = self { true } else { false } }

  var timing: Timing? { if case .timing(_, let timing) = self { timing } else { nil } }

  /// Whether it goes over the data of the current network.
  var usesData: Bool { timing == nil }

  /// What it is about to change, where it is a run that does.
  var change: RunningChange? {
    switch self {
    case .recovering(_, let iteration): .recovery(iteration: iteration)
    case .training(_, let iteration, _): .training(iteration: iteration)
    case .iterating: .iterating
    case .hosted: .schedule
    case .scoring, .evaluating, .sensitivity, .timing: nil
    }
  }

  /// What it is, and how far.
  var activity: Activity {
    switch self {
    case .scoring(let run): .init(kind: .scoring, progress: run.progress)
    case .evaluating(let run, _, _): .init(kind: .evaluating, progress: run.progress)
    case .recovering(let run, _): .init(kind: .recovering, progress: run.progress)
    case .sensitivity(let run, _): .init(kind: .sensitivity, progress: run.progress)
    case .training(let run, _, _): .init(kind: .training, progress: run.progress)
    case .iterating(let loop): loop.activity
    case .timing(let run, _): .init(kind: .timing, progress: run.progress)
    case .hosted(let run): .init(kind: .training, progress: run.progress)
    }
  }
}
