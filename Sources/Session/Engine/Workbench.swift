public import Compute
public import Datasets
public import Formats
import Foundation
public import Graph
public import Pruning
import Training

/// A model on the bench: its file, its iterations, its data and scores. Used on one thread; the same for the
/// terminal program and for scripts.
public final class Workbench {
  /// Where the model came from.
  public let path: String
  /// The file, as it was read.
  public let file: any ModelFile
  /// The original and what was made of it.
  public internal(set) var history: History
  /// The data that scores are taken on, once attached.
  public private(set) var dataset: Dataset?
  /// What the attached data were opened by.
  public private(set) var attachedConfiguration: DatasetConfiguration?
  /// The data that accuracy is measured on: a part of their own where there is one.
  public private(set) var evaluationDataset: Dataset?
  /// Scores of the current iteration's kernels.
  public var scores: ScoreTable {
    if let known = scoresByIteration[history.current] { return known }
    if let (iteration, known) = weightScores, iteration == history.current { return known }
    let made = ScoreTable(.l2, of: current.groups, in: current.bound)
    weightScores = (history.current, made)
    return made
  }
  /// What the weights say of an iteration, once somebody asked: reading all of a large model takes time.
  var weightScores: (iteration: Int, table: ScoreTable)?
  /// How plans compute.
  public var options: ComputeOptions
  /// The shapes that were given for inputs, by name; the only input may have the empty one.
  public let givenShapes: [String: [Int]]

  /// `Network.fingerprint` of the original.
  public let fingerprint: String
  /// Where what happens is kept; `nil` where it is not.
  var store: SessionStore?
  /// The data that the session was used with last.
  public internal(set) var sessionData: DatasetConfiguration?
  var pendingTraining: JournalLine.Training?
  var pendingGoal: IterationGoal?
  /// Examples that an iteration's scores are made of, where that is known.
  var scoresVisited: [Int: Int] = [:]
  var scoresByIteration: [Int: ScoreTable] = [:]
  var sensitivityByIteration: [Int: SensitivityTable] = [:]
  /// What was removed to make each iteration, in its parent's numbering.
  var selections: [Int: Selection] = [:]

  /// Opens the model at `path`; until data are attached its kernels are scored by their weights.
  ///
  /// - Parameter inputShapes: shapes of inputs that the file leaves open, by name, batch included; the only
  ///   input needs no name.
  /// - Throws: for a file that cannot be used, and for a precision that the processor does not have.
  public init(
    opening path: String, inputShapes: [String: [Int]] = [:], options: ComputeOptions = ComputeOptions()
  ) throws {
    try options.precision.elementType.checkIsComputed()
    self.path = path
    self.options = options
    givenShapes = inputShapes
    let file = try ModelFormat.open(path, inputShapes: inputShapes)
    self.file = file
    let network = file.network
    var shapes: [ValueID: [Int]] = [:]
    for (name, shape) in inputShapes {
      let named = name.isEmpty && network.inputs.count == 1 ? network.inputs[0] : network.value(named: name)
      guard let value = named, network.inputs.contains(value) else {
        throw GraphError.unknownInput(name, known: network.inputs.map(network.name(of:)))
      }
      shapes[value] = shape
    }
    let original = try OpenNetwork(network, inputShapes: shapes)
    history = History(original: original)
    fingerprint = original.network.fingerprint
  }

  /// A network on a bench of its own, of no file: nothing of it is kept or written.
  package init(_ network: OpenNetwork, options: ComputeOptions = ComputeOptions()) {
    path = ""
    self.options = options
    givenShapes = [:]
    file = UnfiledModel(network: network.network)
    history = History(original: network)
    fingerprint = ""
  }

  /// The current network.
  public var current: OpenNetwork { history.now.network }

  /// The settings for data that stand in a file beside the model, with `flags` over them.
  public func dataConfiguration(
    flags: DatasetConfiguration = DatasetConfiguration()
  ) throws -> DatasetConfiguration {
    try Self.dataConfiguration(besideModel: path, flags: flags)
  }

  /// The settings for data that stand in a file beside the model at `path`, with `flags` over them.
  public static func dataConfiguration(
    besideModel path: String, flags: DatasetConfiguration
  ) throws -> DatasetConfiguration {
    guard let beside = try DatasetConfiguration.beside(model: path) else { return flags }
    return flags.merged(over: beside)
  }

  /// Opens data for this model without attaching them.
  public func open(
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

  /// Replaces the scores of the current iteration.
  public func adopt(_ table: ScoreTable) {
    scoresByIteration[history.current] = table
  }

  /// Forgets what data said of the current iteration; what weights say takes its place.
  public func discardScores() {
    scoresByIteration[history.current] = nil
    scoresVisited[history.current] = nil
    store?.forgetScores(of: history.current)
  }

  /// What pruning layers of the current iteration does to it, as far as it was measured.
  public var sensitivity: SensitivityTable? { sensitivityByIteration[history.current] }

  /// Keeps what was measured of an iteration.
  public func adopt(_ table: SensitivityTable, for iteration: Int) {
    let known = sensitivityByIteration.updateValue(table, forKey: iteration)
    if table.completeCount > 0, table.completeCount != known?.completeCount || table.subject != known?.subject
    {
      store?.keepSensitivity(sensitivityByIteration)
    }
  }

  /// A run that measures what pruning layers of the current iteration does to it, on the data for accuracy; what was
  /// measured already under the same settings is not measured again.
  ///
  /// - Throws: `noData` where none are attached, and what `SensitivityRun` throws.
  public func sensitivityRun(
    _ settings: SensitivitySettings, times: WidthTimes = WidthTimes(), options: ComputeOptions? = nil
  ) throws -> SensitivityRun {
    guard let evaluationDataset else { throw SessionError.noData }
    func run(_ earlier: SensitivityTable?) throws -> SensitivityRun {
      try SensitivityRun(
        current, dataset: evaluationDataset, scores: scores, settings: settings, earlier: earlier,
        times: times, options: options ?? self.options)
    }
    do {
      return try run(sensitivity)
    } catch PruningError.curvesOfAnother {
      // Curves of other settings give way.
      return try run(nil)
    }
  }

  /// Removes a selection from the current network and makes an iteration of it.
  ///
  /// - Parameter settings: what led to the selection, for the plan.
  public func prune(_ selection: Selection, settings: PruningSettings) throws {
    try prune(selection, settings: settings, by: nil)
  }

  /// The same for a loop.
  ///
  /// - Parameters:
  ///   - name: what it is said to come of; the criterion where `nil`.
  ///   - record: what is noted of the network.
  func prune(
    _ selection: Selection, settings: PruningSettings, by name: String?,
    record: (OpenNetwork) -> StepRecord? = { _ in nil }
  ) throws {
    guard !selection.removedUnits.isEmpty else { throw SessionError.emptySelection }
    let groups = current.groups
    let step = PruningPlan.Step(
      criterion: scores.criterion, examples: scores.examples, settings: settings, selection: selection,
      groups: groups)
    try append(
      step, selection, origin: origin(of: selection, by: name ?? scores.criterion.rawValue), record: record)
  }

  /// What an iteration comes of that lacks a selection of the current one's kernels.
  func origin(of selection: Selection, by name: String) -> String {
    "−\(selection.removedKernelCount(in: current.groups)) kernels by \(name)"
  }

  /// Makes an iteration of the current network without a selection.
  func append(
    _ step: PruningPlan.Step, _ selection: Selection, origin: String,
    record: (OpenNetwork) -> StepRecord? = { _ in nil }
  ) throws {
    let network = try current.removing(selection)
    append(network, step, selection, origin: origin, records: [record(network)].compactMap { $0 })
  }

  /// Makes an iteration of what the current network is without a selection.
  func append(
    _ network: OpenNetwork, _ step: PruningPlan.Step, _ selection: Selection, origin: String,
    records: [StepRecord]
  ) {
    history.append(origin: origin, network: network, step: step)
    history.update(history.current) { $0.records = records }
    selections[history.current] = selection
    keep(.pruned, iteration: history.current)
  }

  /// Makes an iteration current.
  public func go(to iteration: Int) throws {
    try require(iteration)
    guard iteration != history.current else { return }
    history.go(to: iteration)
    var line = JournalLine(.went)
    line.current = iteration
    store?.keep(line)
    restoreScores()
  }

  /// Keeps what an iteration was measured at.
  public func record(_ evaluation: Evaluation, for iteration: Int) {
    history.update(iteration) { $0.evaluation = evaluation }
    keep(.measured, iteration: iteration)
  }

  /// Keeps how long one example takes in an iteration.
  public func record(latency: MeasuredLatency, for iteration: Int) {
    history.update(iteration) { $0.latency = latency }
    keep(.measured, iteration: iteration)
  }

  /// Gives an iteration a name; an empty one takes its name away.
  public func name(_ iteration: Int, _ name: String) {
    let name = name.trimmingCharacters(in: .whitespacesAndNewlines)
    history.update(iteration) { $0.name = name.isEmpty ? nil : name }
    keep(.named, iteration: iteration)
  }

  /// Forgets an iteration and all that was made from it.
  ///
  /// - Throws: for the original, and where there is no such iteration.
  public func deleteBranch(from iteration: Int) throws {
    guard iteration != 0 else { throw SessionError.originalStays }
    try require(iteration)
    let gone = history.deleteBranch(from: iteration)
    for id in gone {
      scoresByIteration[id] = nil
      scoresVisited[id] = nil
      sensitivityByIteration[id] = nil
      selections[id] = nil
    }
    store?.keepDeletion(of: gone, current: history.current)
  }

  /// Throws where there is no such iteration.
  private func require(_ iteration: Int) throws {
    guard history[iteration] == nil else { return }
    throw SessionError.noSuchIteration("\(iteration)", known: history.iterations.map(\.id))
  }

  /// Everything that made the current iteration.
  public var plan: PruningPlan {
    PruningPlan(
      model: (path as NSString).lastPathComponent, fingerprint: fingerprint, steps: history.now.steps)
  }

  /// Replays a plan that was made from this model, a step an iteration, each from the original on.
  ///
  /// - Parameter recover: called behind each step that something was won back after; by default the recovery is
  ///   carried out again, on the attached data.
  public func apply(
    _ plan: PruningPlan, recover: ((RecoverySettings) throws -> Void)? = nil
  ) throws {
    try plan.check(fits: fingerprint)
    history.go(to: 0)
    for (number, step) in plan.steps.enumerated() {
      let now = current
      let groups = now.groups
      let selection = try plan.selection(ofStep: number, groups: groups)
      try append(step, selection, origin: "step \(number + 1) of a plan")
      guard let settings = step.recovery else { continue }
      if let recover {
        try recover(settings)
      } else {
        let run = try recoveryRun(settings, measures: false)
        while try run.step() {}
        adopt(run, for: history.current)
      }
    }
  }

  /// Writes the current network to `path` in the original's format, complete or not at all.
  public func export(to path: String, overwriting: Bool) throws {
    let files = file.files(writtenTo: path)
    for file in files { try Destination.check(file) }
    if !overwriting { try Self.requireAbsent(files) }
    try write(current, to: path)
    history.update(history.current) { $0.writtenRevision = $0.revision }
    keep(.exported, iteration: history.current)
  }

  /// Writes a network that was made of this model to `path`, in the original's format, complete or not at all.
  public func write(_ network: Network, to path: String) throws {
    try write(try OpenNetwork(network, inputShapes: history.original.network.inputShapes), to: path)
  }

  /// The same under a path without an ending, which is completed as the original's format has it; gives the whole path.
  @discardableResult
  public func write(_ network: Network, stem: String) throws -> String {
    let path = file.path(ofStem: stem)
    try write(network, to: path)
    return path
  }

  /// The file to open of what is written to a path: the path itself, or the symbol of an MXNet model.
  public func mainFile(writtenTo path: String) -> String { file.files(writtenTo: path)[0] }

  private func write(_ network: OpenNetwork, to path: String) throws {
    var shapes: [String: [Graph.Dimension]] = [:]
    for (index, value) in network.network.values.enumerated() {
      guard let declared = value.declaredType?.dimensions,
        let shape = network.bound.shape(of: ValueID(index)), shape.count == declared.count
      else { continue }
      shapes[value.name] = zip(declared, shape).map { $0.extent == nil ? $0 : .fixed($1) }
    }
    try file.write(network.network, to: path, shapes: shapes)
  }

  /// Compares the current network, as the prune left it, with the masked one that it stands for: the last step, on the data
  /// that `settings` name, else on those that are attached or stand beside the model, else on random inputs. `nil` where the
  /// last step removed nothing.
  ///
  /// - Parameter settings: where they name values that the loss is taken of, these are compared in place of the outputs.
  /// - Throws: where the data that `settings` name do not go with the model.
  public func verification(
    examples: Int = 4, settings: DatasetConfiguration = DatasetConfiguration()
  ) throws -> Verification? {
    guard let parent = history.now.parent, let selection = selections[history.current],
      let original = history[parent]?.network
    else { return nil }
    let data = try verificationData(settings, for: original)
    func verification(at terms: [LossTerm]?) throws -> Verification {
      try Verification(
        original: original, selection: selection, pruned: history.now.asPruned ?? current,
        examples: examples, data: data, at: terms, options: options)
    }
    do {
      return try verification(at: settings.lossAt)
    } catch {
      // What lies behind the loss need not be such that it can be computed.
      guard settings.lossAt == nil, let terms = attachedConfiguration?.lossAt else { throw error }
      return try verification(at: terms)
    }
  }

  /// The same, as a condition for going on.
  ///
  /// - Parameter isWanted: whether it is compared at all; `nil` leaves out networks of more than 20 GMAC an example, where it
  ///   takes long.
  /// - Throws: `verificationFailed` where the networks do not compute the same.
  @discardableResult
  public func verify(
    _ isWanted: Bool? = nil, settings: DatasetConfiguration = DatasetConfiguration()
  ) throws -> Verification? {
    guard isWanted ?? (current.summary.multiplyAccumulates < 20_000_000_000),
      let found = try verification(settings: settings)
    else { return nil }
    if let disagreement = found.disagreement { throw SessionError.verificationFailed(disagreement) }
    return found
  }

  private func verificationData(
    _ settings: DatasetConfiguration, for original: OpenNetwork
  ) throws -> Dataset? {
    let parts: [Split] = [.test, .validation]
    guard settings.data == nil else {
      let data = try open(dataConfiguration(flags: settings), preferring: parts)
      try data.requireInputFit(original)
      return data
    }
    if let evaluationDataset { return evaluationDataset }
    guard !path.isEmpty else { return nil }
    guard let beside = try? dataConfiguration(flags: settings), beside.data != nil else { return nil }
    return try? open(beside, preferring: parts)
  }

  /// Writes the plan of the current iteration to `path`, complete or not at all.
  public func writePlan(to path: String, overwriting: Bool) throws {
    if !overwriting { try Self.requireAbsent([path]) }
    try Destination.write(plan.yaml, to: path)
  }

  private static func requireAbsent(_ paths: [String]) throws {
    let existing = paths.filter(FileManager.default.fileExists(atPath:))
    if !existing.isEmpty { throw SessionError.exists(paths: existing) }
  }
}

extension OpenNetwork {
  /// The shapes that this network's inputs are bound to.
  public var inputShapes: [ValueID: [Int]] {
    network.inputs.reduce(into: [:]) { $0[$1] = bound.shape(of: $1) }
  }
}
