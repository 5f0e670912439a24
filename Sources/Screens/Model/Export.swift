/// What to write, and where.
public struct ExportRequest: Sendable, Hashable {
  /// Where the model goes.
  public var modelPath: String
  /// Where the plan goes; `nil` for none.
  public var planPath: String?
  /// Where a report with plots goes, a page; `nil` for none.
  public var reportPath: String?
  /// Where the indices that stay go, as JSON; NPZ and Python for PyTorch are written beside it. `nil` for none.
  public var keptPath: String?
  /// Whether files that exist may be replaced: the user was asked.
  public var overwrites: Bool
  /// What to do where a run is about to change the network.
  public var duringChange: DuringChange

  /// What to do where a run is about to change the network that is to be written.
  public enum DuringChange: Sendable, Hashable {
    /// Ask; nothing is written.
    case ask
    /// Write what comes of the run, when it is through.
    case wait
    /// Write the network from before the run.
    case writeEarlier
  }

  /// A request; by default nothing is overwritten.
  public init(
    modelPath: String, planPath: String?, reportPath: String? = nil, keptPath: String? = nil,
    overwrites: Bool = false, duringChange: DuringChange = .ask
  ) {
    self.modelPath = modelPath
    self.planPath = planPath
    self.reportPath = reportPath
    self.keptPath = keptPath
    self.overwrites = overwrites
    self.duringChange = duringChange
  }
}

/// The answer to `Effect.export`.
public enum ExportOutcome: Sendable, Hashable {
  /// Nothing was written: these files exist, and overwriting was not allowed.
  case exists([String])
  /// Nothing was written: a run is about to change the network, as the sentence says.
  case changing(String)
  /// It is written when the run is through; another answer comes then.
  case awaited(path: String)
  /// Everything was written.
  case written(ExportReport)
  /// Nothing was written, for this reason.
  case failed(sentence: String, remedy: String)
}

/// What was written.
public struct ExportReport: Sendable, Hashable {
  /// The files with their sizes in bytes.
  public var files: [File]
  /// What was checked before the files got their names, a sentence each.
  public var checks: [String]
  /// The command that repeats it without a terminal.
  public var command: String

  /// A file and its size.
  public struct File: Sendable, Hashable {
    /// Where it stands.
    public var path: String
    /// Its size.
    public var bytes: Int

    /// A file that was written.
    public init(path: String, bytes: Int) {
      self.path = path
      self.bytes = bytes
    }
  }

  /// A report from its parts.
  public init(files: [File], checks: [String], command: String) {
    self.files = files
    self.checks = checks
    self.command = command
  }
}
