public import Datasets
public import Pruning

/// Everything about a session at one moment; large parts are shared, not copied.
public struct SessionSnapshot: Sendable {
  /// The model's file.
  public struct Model: Sendable, Hashable {
    /// Where it was opened.
    public let path: String
    /// `ONNX`.
    public let formatName: String
    /// Its size, files beside it included.
    public let bytes: Int
  }

  /// What runs, and how far it is.
  public struct Activity: Sendable, Hashable {
    /// What runs.
    public enum Kind: String, Sendable {
      /// The work of one command each.
      case scoring, evaluating, recovering, sensitivity, training, timing
    }
    /// What runs.
    public let kind: Kind
    /// How far it is.
    public let progress: RunProgress
  }

  /// A line of the log.
  public struct LogEntry: Sendable, Hashable {
    /// How much attention a line deserves.
    public enum Weight: Sendable {
      /// From what is only told to what has to be dealt with.
      case note, success, warning, error
    }
    /// How much attention it deserves.
    public let weight: Weight
    /// What happened.
    public let text: String
    /// Seconds since 1970.
    public let time: Double
  }

  /// The opened file; `nil` until one is open.
  public var model: Model?
  /// Grows whenever a model is opened.
  public var generation = 0
  /// The original and what was made of it.
  public var history: History?
  /// Changes with the current iteration.
  public var networkVersion = 0
  /// Scores of the current iteration.
  public var scores: ScoreTable?
  /// Changes with the scores.
  public var scoresVersion = 0
  /// How long the layers of the original take; `nil` until they are measured.
  public var latency: LatencyTable?
  /// Changes with the table.
  public var latencyVersion = 0
  /// Why the layers cannot be measured, in a sentence; `nil` where nothing stands against it.
  public var latencyProblem: String?
  /// What times are measured under now: only times under the same compare.
  public var latencyConditions: LatencyConditions?
  /// How long layers of the current iteration take at widths that were asked about.
  public var widths = WidthTimes()
  /// Changes with the widths.
  public var widthsVersion = 0
  /// What pruning layers of the current iteration does to it; `nil` until that is measured.
  public var sensitivity: SensitivityTable?
  /// Changes with the table.
  public var sensitivityVersion = 0
  /// What runs; `nil` when nothing does.
  public var activity: Activity?
  /// The training that runs; `nil` when none does.
  public var training: RunningTraining?
  /// What a screen shows of the hosted run; `nil` without one.
  public var hosted: (any Sendable)?
  /// Whether it is pruned again and again towards a goal.
  public var isIterating = false
  /// Where a model is to be written when the run is through that changes the network; `nil` where none waits.
  public var awaitedExport: String?
  /// The attached data.
  public var dataset: Dataset?
  /// What was noticed about the data.
  public var findings: [Finding] = []
  /// What happened, oldest first.
  public var log: [LogEntry] = []
  /// The newest failure and its number.
  public var failure: (number: Int, error: SessionError)?
  /// Commands that were taken but are not done, and runs that are not through.
  public var busyCount = 0
  /// Whether more examples are being added to the scores now.
  public var isScoring = false
  /// What was found where the session is kept; `nil` where it is kept nowhere.
  public var resumption: Resumption?
  /// Why nothing is kept any more; `nil` while everything is, and where nothing was to be.
  public var keepingFailure: SessionError?
}
