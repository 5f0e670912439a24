public import Datasets
package import Files
import Formats
public import Pruning
public import Training

/// What the engine is asked to do.
public enum EngineCommand: Sendable {
  /// With shapes of inputs that the file leaves open, by name; the only input may have the empty one.
  case open(path: String, inputShapes: [String: [Int]] = [:])
  /// Look at data without attaching them; answered by `EngineReport.inspected`.
  case inspect(DatasetConfiguration)
  /// Use these data from now on.
  case attach(DatasetConfiguration)
  /// Score the current iteration's kernels, or go on with that.
  case score(Criterion)
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
  /// Takes a run of another module in, in the place of an earlier one.
  case host(HostedRunMaker)
  /// Tells the hosted run something.
  case order(any Sendable)
  /// Make an iteration current.
  case go(to: Int)
  /// Gives an iteration a name; an empty one takes its name away.
  case name(Int, String)
  /// Forgets an iteration and all that was made from it.
  case deleteBranch(from: Int)
  /// Compares the networks of two iterations; answered by `EngineReport.compared`.
  case compare(Int, Int)
  /// Measure the current iteration.
  case evaluate
  /// Measure what pruning each layer by itself does to the current iteration, or go on with that. Scoring pauses.
  case measureSensitivity(SensitivitySettings)
  /// Measure the layers' latencies now rather than when nothing else runs.
  case measureLatency
  /// Measure the layers named near the multiples of `PruningSettings.fastMultiple` that they would be left with.
  case measureWidths(near: [String: Int])
  /// Write the current iteration to files.
  case export(ExportRequest)
  /// Answered by `EngineReport.weights`.
  case readWeights(layer: String)
  /// Stops what runs, keeping what is whole.
  case cancel
  /// Ends the thread.
  case quit

  /// Whether a training that runs ends with it: what it trains is left, changed or measured otherwise.
  var endsTraining: Bool {
    switch self {
    case .attach, .prune, .recover, .train, .iterate, .stopTraining, .order, .go, .deleteBranch: true
    case .open, .inspect, .score, .pauseScoring, .discardScores, .name, .compare, .evaluate, .measureLatency,
      .measureSensitivity, .measureWidths, .export,
      .readWeights, .host, .cancel, .quit:
      false
    }
  }

  /// What to write, and where.
  public struct ExportRequest: Sendable, Hashable {
    /// What to do where a run is about to change the network.
    public enum DuringChange: Sendable, Hashable {
      /// Write nothing, and say what runs.
      case refuse
      /// Write the network that comes of the run, when it is through; nothing where the run changes nothing.
      case wait
      /// Write the network as it is, which is the one from before the run.
      case writeEarlier
    }

    /// Where the model goes.
    public var modelPath: String
    /// Where the plan goes; `nil` for none.
    public var planPath: String?
    /// Where the indices that stay go, as JSON or NPZ; empty for nowhere.
    public var keptPaths: [String]
    /// Where Python goes that cuts a PyTorch `state_dict` by the first of these in JSON; `nil` for none.
    public var snippetPath: String?
    /// Where reports go; the engine only sees to it that nothing is replaced, and hands on the history they are made of.
    public var reportPaths: [String]
    /// Whether files that exist may be replaced.
    public var overwrites: Bool
    /// What to do where a run is about to change the network.
    public var duringChange: DuringChange

    /// A request.
    public init(
      modelPath: String, planPath: String?, keptPaths: [String] = [], snippetPath: String? = nil,
      reportPaths: [String] = [], overwrites: Bool, duringChange: DuringChange = .refuse
    ) {
      self.modelPath = modelPath
      self.planPath = planPath
      self.keptPaths = keptPaths
      self.snippetPath = snippetPath
      self.reportPaths = reportPaths
      self.overwrites = overwrites
      self.duringChange = duringChange
    }

    /// What the engine writes beside the model.
    var writtenBesideModel: [String] {
      [planPath].compactMap { $0 } + keptPaths + [snippetPath].compactMap { $0 }
    }

    /// What carrying it out reads and writes.
    package func fileUse(of workbench: Workbench) -> FileUse {
      var use = FileUse(of: workbench)
      for path in workbench.file.files(writtenTo: modelPath) { use.writes(path, as: "the model to write") }
      if let planPath { use.writes(planPath, as: "the plan") }
      for path in keptPaths { use.writes(path, as: "the kept indices") }
      if let snippetPath { use.writes(snippetPath, as: "the Python for them") }
      for path in reportPaths { use.writes(path, as: "the report") }
      return use
    }
  }
}

/// What the engine says.
public enum EngineReport: Sendable {
  /// Something changed. The newest snapshot replaces every older one. Beside it stands what a screen shows of the hosted
  /// run; `nil` without one.
  case snapshot(SessionSnapshot, hosted: (any Sendable)?)
  /// The answer to `EngineCommand.inspect`.
  case inspected(DataInspection)
  /// The answer to `EngineCommand.compare`.
  case compared(IterationComparison)
  /// The answer to `EngineCommand.export`.
  case exported(Result<ExportResult, SessionError>)
  /// The other answer to `EngineCommand.export`: it is carried out when what runs is through, and answered once more then.
  case exportAwaited(path: String)
  /// The answer to `EngineCommand.readWeights`.
  case weights(KernelWeights)

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
    /// What was asked for.
    public let request: EngineCommand.ExportRequest
    /// The tree as it is now, for reports.
    public let history: History
    /// The data, in a line.
    public let data: String?
  }
}
