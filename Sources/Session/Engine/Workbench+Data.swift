package import Compute
public import Datasets
import Graph

/// The data that a model is used with.
extension Workbench {
  /// The settings for data that stand in a file beside the model, with `flags` over them.
  public func dataConfiguration(
    flags: DatasetConfiguration = DatasetConfiguration()
  ) throws -> DatasetConfiguration {
    try Self.dataConfiguration(besideModel: path, flags: flags)
  }

  /// The settings for data that stand in a file beside the model at `path`, with `flags` over them.
  package static func dataConfiguration(
    besideModel path: String, flags: DatasetConfiguration
  ) throws -> DatasetConfiguration {
    guard let beside = try DatasetConfiguration.beside(model: path) else { return flags }
    return flags.merged(over: beside)
  }

  /// Opens data for this model without attaching them.
  package func open(
    _ configuration: DatasetConfiguration, preferring parts: [Split] = []
  ) throws -> Dataset {
    guard !current.network.inputs.isEmpty else { throw SessionError.noData }
    return try Dataset(configuration, preferring: parts, inputs: current.inputDescriptions)
  }

  /// Opens the data that the file beside the model names, with `settings` over it, without attaching them.
  ///
  ///     let training = try model.openData()
  ///     let test = try model.openData(preferring: [.test])
  ///
  /// - Parameter parts: where no part is set, the first of these that the data have is taken; without one, what is there
  ///   to train on.
  /// - Throws: `noData` where neither names any, `unfit` for data that do not go with the model.
  public func openData(
    _ settings: DatasetConfiguration = DatasetConfiguration(), preferring parts: [Split] = []
  ) throws -> Dataset {
    let configuration = try dataConfiguration(flags: settings)
    guard configuration.data != nil else { throw SessionError.noData }
    let dataset = try open(configuration, preferring: parts)
    if let error = try findings(for: dataset).first(where: { $0.severity == .error }) {
      throw SessionError.unfit(sentence: error.sentence, remedy: error.remedy)
    }
    return dataset
  }

  /// What a person should know about data and this model together.
  public func findings(for dataset: Dataset) throws -> [Finding] {
    dataset.findings(for: current, objective: try Objective(current.bound, dataset: dataset))
  }

  /// A run that measures how far an iteration's outputs are from the original's, on the first examples of the data for
  /// accuracy; `record` takes what comes of it. `nil` without data, for the original, and where no output can be compared.
  ///
  ///     if let run = try model.deviationRun(of: model.history.now) {
  ///       while try run.step() {}
  ///       run.deviation.map { model.record($0, for: model.history.current) }
  ///     }
  ///
  /// - Parameter examples: how many are compared, 256 where `nil`; of large networks fewer, which take some seconds.
  package func deviationRun(
    of iteration: Iteration, examples: Int? = nil, options: ComputeOptions? = nil
  ) throws -> LossCheck? {
    guard let evaluationDataset, iteration.parent != nil else { return nil }
    let run = try LossCheck(
      iteration.network, original: history.original.network, dataset: evaluationDataset,
      examples: examples ?? LossCheck.glance.examples,
      operations: (examples == nil ? 1 : 2) * LossCheck.glance.operations, options: options ?? self.options)
    return run.isComparable ? run : nil
  }

  /// Whether accuracy and outputs are measured on examples that scores and recovery do not see.
  package var evaluatesOthers: Bool {
    switch (dataset?.split, evaluationDataset?.split) {
    case (.train, .validation), (.train, .test), (.validation, .test), (.all, .test): true
    default: false
    }
  }

  /// Uses the data of `configuration` from now on; scores from other data are forgotten.
  public func attach(_ configuration: DatasetConfiguration) throws {
    let scoring = try open(configuration)
    evaluationDataset = try open(configuration, preferring: [.test, .validation])
    dataset = scoring
    attachedConfiguration = configuration
    scoresByIteration = [:]
    sensitivityByIteration = [:]
    scoresVisited = [:]
    restoreScores()
    restoreSensitivity()
    guard let kept = keptConfiguration, kept != sessionData else { return }
    sessionData = kept
    var line = JournalLine(.attached)
    line.data = kept
    store?.keep(line)
  }
}
