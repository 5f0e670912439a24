public import Datasets
public import Pruning

/// What the engine is asked to do.
public enum EngineCommand: Sendable {
  case open(path: String)
  /// Look at data without attaching them; answered by `EngineReport.inspected`.
  case inspect(DatasetConfiguration, tag: Int)
  case attach(DatasetConfiguration)
  case score(Criterion)
  case pauseScoring
  case discardScores
  case prune(PruningSettings, Selection)
  case go(to: Int)
  case evaluate
  case export(ExportRequest)
  /// Answered by `EngineReport.weights`.
  case readWeights(layer: String)
  /// Stops what runs, keeping what is whole.
  case cancel
  /// Ends the thread.
  case quit

  /// What to write, and where.
  public struct ExportRequest: Sendable, Hashable {
    public var modelPath: String
    public var planPath: String?
    public var overwrites: Bool

    public init(modelPath: String, planPath: String?, overwrites: Bool) {
      self.modelPath = modelPath
      self.planPath = planPath
      self.overwrites = overwrites
    }
  }
}

/// What the engine says.
public enum EngineReport: Sendable {
  /// Something changed. The newest snapshot replaces every older one.
  case snapshot(SessionSnapshot)
  /// The answer to `EngineCommand.inspect`.
  case inspected(tag: Int, Result<DataInspection, SessionError>)
  /// The answer to `EngineCommand.export`.
  case exported(Result<ExportResult, SessionError>)
  /// The answer to `EngineCommand.readWeights`: `[K, …]`, kernels first, in C order.
  case weights(layer: String, networkVersion: Int, shape: [Int], values: [Float])

  /// Data as they were found.
  public struct DataInspection: Sendable {
    public let dataset: Dataset
    public let findings: [Finding]
  }

  /// What was written.
  public struct ExportResult: Sendable {
    /// Paths with their sizes in bytes.
    public let files: [(path: String, bytes: Int)]
    /// The largest difference of the pruned from the masked network, relative; `nil` where nothing was pruned.
    public let largestDifference: Double?
    /// Examples that it was measured on.
    public let examples: Int
    /// The command that repeats it without a terminal; `nil` where no plan was written.
    public let command: String?
  }
}

/// Everything about a session at one moment; large parts are shared, not copied.
public struct SessionSnapshot: Sendable {
  /// The model's file.
  public struct Model: Sendable, Hashable {
    public let path: String
    public let formatName: String
    public let bytes: Int
  }

  /// What runs, and how far it is.
  public struct Activity: Sendable, Hashable {
    public enum Kind: String, Sendable { case scoring, evaluating }
    public let kind: Kind
    public let progress: RunProgress
  }

  /// A line of the log.
  public struct LogEntry: Sendable, Hashable {
    public enum Weight: Sendable { case note, success, warning, error }
    public let weight: Weight
    public let text: String
    /// Seconds since 1970.
    public let time: Double
  }

  public var model: Model?
  /// Grows whenever a model is opened.
  public var generation = 0
  public var history: History?
  /// Changes with the current iteration.
  public var networkVersion = 0
  public var scores: ScoreTable?
  /// Changes with the scores.
  public var scoresVersion = 0
  public var activity: Activity?
  public var dataset: Dataset?
  public var findings: [Finding] = []
  public var log: [LogEntry] = []
  /// The newest failure and its number.
  public var failure: (number: Int, error: SessionError)?
  /// Commands that were taken but are not done, and runs that are not through.
  public var busyCount = 0
  /// Whether more examples are being added to the scores now.
  public var isScoring = false
  /// Iterations that were written to files.
  public var savedIterations: Set<Int> = []
}
