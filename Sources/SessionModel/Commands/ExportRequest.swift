/// What to write, and where.
package struct ExportRequest: Sendable, Hashable {
  /// What to do where a run is about to change the network.
  package enum DuringChange: Sendable, Hashable {
    /// Write nothing, and say what runs.
    case refuse
    /// Write the network that comes of the run, when it is through; nothing where the run changes nothing.
    case wait
    /// Write the network as it is, which is the one from before the run.
    case writeEarlier
  }

  /// Where the model goes.
  package var modelPath: String
  /// Where the plan goes; `nil` for none.
  package var planPath: String?
  /// Where the indices that stay go, as JSON or NPZ; empty for nowhere.
  package var keptPaths: [String]
  /// Where Python goes that narrows the PyTorch module which the model came from; `nil` for none.
  package var pytorchPath: String?
  /// Where the weights go, as safetensors; `nil` for nowhere.
  package var weightsPath: String?
  /// The folder that trains the network further in PyTorch; `nil` for none.
  package var projectFolder: String?
  /// Where reports go; the engine only sees to it that nothing is replaced, and hands on the history they are made of.
  package var reportPaths: [String]
  /// Whether files that exist may be replaced.
  package var overwrites: Bool
  /// What to do where a run is about to change the network.
  package var duringChange: DuringChange

  /// A request; by default nothing is overwritten.
  package init(
    modelPath: String, planPath: String?, keptPaths: [String] = [], pytorchPath: String? = nil,
    weightsPath: String? = nil, projectFolder: String? = nil, reportPaths: [String] = [],
    overwrites: Bool = false, duringChange: DuringChange = .refuse
  ) {
    self.modelPath = modelPath
    self.planPath = planPath
    self.keptPaths = keptPaths
    self.pytorchPath = pytorchPath
    self.weightsPath = weightsPath
    self.projectFolder = projectFolder
    self.reportPaths = reportPaths
    self.overwrites = overwrites
    self.duringChange = duringChange
  }

  /// What the engine writes beside the model.
  package var writtenBesideModel: [String] {
    [planPath].compactMap { $0 } + keptPaths + [pytorchPath, weightsPath].compactMap { $0 }
  }
}

/// What was written.
package struct ExportResult: Sendable, Hashable {
  /// A file and its size.
  package struct File: Sendable, Hashable {
    /// Where it stands.
    package let path: String
    /// Its size.
    package let bytes: Int

    /// A file that was written.
    package init(path: String, bytes: Int) {
      self.path = path
      self.bytes = bytes
    }
  }

  /// The files.
  package var files: [File]
  /// The largest difference of the pruned from the masked network, relative; `nil` where nothing was pruned.
  package let largestDifference: Double?
  /// Examples that it was measured on.
  package let examples: Int
  /// The command that repeats it without a terminal; `nil` where no plan was written.
  package let command: String?

  /// A result from its parts.
  package init(files: [File], largestDifference: Double?, examples: Int, command: String?) {
    self.files = files
    self.largestDifference = largestDifference
    self.examples = examples
    self.command = command
  }
}
