public import Compute
public import Datasets
public import Formats
import Foundation
import Graph
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
  public private(set) var history: History
  /// The data that scores are taken on, once attached.
  public private(set) var dataset: Dataset?
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
  private var weightScores: (iteration: Int, table: ScoreTable)?
  /// How plans compute.
  public var options: ComputeOptions
  /// The shapes that were given for inputs, by name; the only input may have the empty one.
  public let givenShapes: [String: [Int]]

  private let fingerprint: String
  private var scoresByIteration: [Int: ScoreTable] = [:]
  /// What was removed to make each iteration, in its parent's numbering.
  private var selections: [Int: Selection] = [:]

  /// Opens the model at `path`; until data are attached its kernels are scored by their weights.
  ///
  /// - Parameter inputShapes: shapes of inputs that the file leaves open, by name, batch included; the only
  ///   input needs no name.
  /// - Throws: for a file that cannot be used, and for a precision that the processor does not have.
  public init(
    opening path: String, inputShapes: [String: [Int]] = [:], options: ComputeOptions = ComputeOptions()
  ) throws(SessionError) {
    try SessionError.compute { () throws(ComputeError) in
      try options.precision.elementType.checkIsComputed()
    }
    self.path = path
    self.options = options
    givenShapes = inputShapes
    let file = try SessionError.format { () throws(FormatError) in
      try ModelFormat.open(path, inputShapes: inputShapes)
    }
    self.file = file
    let network = file.network
    var shapes: [ValueID: [Int]] = [:]
    for (name, shape) in inputShapes {
      let named = name.isEmpty && network.inputs.count == 1 ? network.inputs[0] : network.value(named: name)
      guard let value = named, network.inputs.contains(value) else {
        throw .graph(.unknownInput(name, known: network.inputs.map(network.name(of:))))
      }
      shapes[value] = shape
    }
    let original = try OpenNetwork(network, inputShapes: shapes)
    history = History(original: original)
    fingerprint = original.network.fingerprint
  }

  /// The current network.
  public var current: OpenNetwork { history.now.network }

  /// The settings for data that stand in a file beside the model, with `flags` over them.
  public func dataConfiguration(
    flags: DatasetConfiguration = DatasetConfiguration()
  ) throws(SessionError) -> DatasetConfiguration {
    try Self.dataConfiguration(besideModel: path, flags: flags)
  }

  /// The settings for data that stand in a file beside the model at `path`, with `flags` over them.
  public static func dataConfiguration(
    besideModel path: String, flags: DatasetConfiguration
  ) throws(SessionError) -> DatasetConfiguration {
    try SessionError.dataset { () throws(DatasetError) in
      guard let beside = try DatasetConfiguration.beside(model: path) else { return flags }
      return flags.merged(over: beside)
    }
  }

  /// Opens data for this model without attaching them.
  public func open(
    _ configuration: DatasetConfiguration, preferring parts: [Split] = []
  ) throws(SessionError) -> Dataset {
    guard let input = current.network.inputs.first else { throw .noData }
    let shape = current.network.values[input.index].declaredType?.dimensions?.map(\.extent)
    return try SessionError.dataset { () throws(DatasetError) in
      try Dataset(
        configuration, preferring: parts, fitting: shape,
        inputs: current.network.inputs.map(current.network.name(of:)))
    }
  }

  /// What a person should know about data and this model together.
  public func findings(for dataset: Dataset) throws(SessionError) -> [Finding] {
    dataset.findings(for: current, objective: try Objective(current.bound, dataset: dataset))
  }

  /// Uses the data of `configuration` from now on; scores from other data are forgotten.
  public func attach(_ configuration: DatasetConfiguration) throws(SessionError) {
    let scoring = try open(configuration)
    evaluationDataset = try open(configuration, preferring: [.test, .validation])
    dataset = scoring
    scoresByIteration = [:]
  }

  /// Replaces the scores of the current iteration.
  public func adopt(_ table: ScoreTable) {
    scoresByIteration[history.current] = table
  }

  /// Forgets what data said of the current iteration; what weights say takes its place.
  public func discardScores() {
    scoresByIteration[history.current] = nil
  }

  /// Removes a selection from the current network and makes an iteration of it.
  ///
  /// - Parameter settings: what led to the selection, for the plan.
  public func prune(_ selection: Selection, settings: PruningSettings) throws(SessionError) {
    guard !selection.removedAtoms.isEmpty else { throw .emptySelection }
    let groups = current.groups
    let step = PruningPlan.Step(
      criterion: scores.criterion, examples: scores.examples, settings: settings, selection: selection,
      groups: groups)
    let count = selection.removedKernelCount(in: groups)
    try append(step, selection, title: "−\(count) kernels by \(scores.criterion.rawValue)")
  }

  private func append(
    _ step: PruningPlan.Step, _ selection: Selection, title: String
  ) throws(SessionError) {
    let now = current
    let pruned = try SessionError.pruning { () throws(PruningError) in
      try now.network.removing(selection, groups: now.groups, bound: now.bound)
    }
    history.append(
      title: title, network: try OpenNetwork(pruned, inputShapes: now.inputShapes), step: step)
    selections[history.current] = selection
  }

  /// A run that recovers the current iteration, measured on the data for that where `measures` is set; `adopt` takes
  /// what comes of it.
  ///
  /// - Throws: `noData` where none are attached, `emptySelection` where the current iteration is the original.
  public func recoveryRun(
    _ settings: RecoverySettings, measures: Bool = true, options: ComputeOptions? = nil
  ) throws(SessionError) -> RecoveryRun {
    guard let parent = history.now.parent, let selection = selections[history.current] else {
      throw .emptySelection
    }
    guard let dataset else { throw .noData }
    // A second recovery begins where the first one did.
    return try RecoveryRun(
      history.now.unrecovered?.network ?? current, original: history.iterations[parent].network,
      selection: selection, dataset: dataset,
      evaluation: measures ? evaluationDataset : nil, settings: settings, options: options ?? self.options)
  }

  /// Puts what a recovery of an iteration made in its place; its scores are forgotten.
  public func adopt(_ run: RecoveryRun, for iteration: Int) {
    history.recover(iteration, to: run.network, by: run.settings, run.recovery)
    scoresByIteration[iteration] = nil
    if weightScores?.iteration == iteration { weightScores = nil }
  }

  /// Makes an iteration current.
  public func go(to iteration: Int) {
    history.go(to: iteration)
  }

  /// Keeps what an iteration was measured at.
  public func record(_ evaluation: Evaluation, for iteration: Int) {
    history.record(evaluation, for: iteration)
  }

  /// Keeps the seconds that one example takes in an iteration.
  public func record(latency: Double, for iteration: Int) {
    history.record(latency: latency, for: iteration)
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
    _ plan: PruningPlan, recover: ((RecoverySettings) throws(SessionError) -> Void)? = nil
  ) throws(SessionError) {
    try SessionError.pruning { () throws(PruningError) in try plan.check(fits: fingerprint) }
    history.go(to: 0)
    for (number, step) in plan.steps.enumerated() {
      let now = current
      let groups = now.groups
      let selection = try SessionError.pruning { () throws(PruningError) in
        try plan.selection(ofStep: number, groups: groups)
      }
      try append(step, selection, title: "step \(number + 1) of a plan")
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
  public func export(to path: String, overwriting: Bool) throws(SessionError) {
    for file in file.files(writtenTo: path) {
      try Destination.check(file)
      if !overwriting, FileManager.default.fileExists(atPath: file) { throw .exists(path: file) }
    }
    let network = current
    var shapes: [String: [Graph.Dimension]] = [:]
    for (index, value) in network.network.values.enumerated() {
      guard let declared = value.declaredType?.dimensions,
        let shape = network.bound.shape(of: ValueID(index)), shape.count == declared.count
      else { continue }
      shapes[value.name] = zip(declared, shape).map { $0.extent == nil ? $0 : .fixed($1) }
    }
    try SessionError.format { () throws(FormatError) in
      try file.write(network.network, to: path, shapes: shapes)
    }
  }

  /// Compares the current network, as it was before anything was won back, with the masked one that it stands for: the last step, on the attached data
  /// or on random inputs. `nil` for the original.
  public func verification(examples: Int = 4) throws(SessionError) -> Verification? {
    guard let parent = history.now.parent, let selection = selections[history.current] else { return nil }
    let batch = try evaluationDataset.map { data throws(SessionError) in
      try SessionError.dataset { () throws(DatasetError) in try data.batch(data.order().prefix(examples)) }
    }
    return try Verification(
      original: history.iterations[parent].network, selection: selection,
      pruned: history.now.unrecovered?.network ?? current, examples: examples,
      inputs: batch?.inputs, options: options)
  }

  /// Writes the plan of the current iteration to `path`, complete or not at all.
  public func writePlan(to path: String, overwriting: Bool) throws(SessionError) {
    if !overwriting, FileManager.default.fileExists(atPath: path) { throw .exists(path: path) }
    try Destination.write(plan.yaml, to: path)
  }

}

extension OpenNetwork {
  /// The shapes that this network's inputs are bound to.
  var inputShapes: [ValueID: [Int]] {
    network.inputs.reduce(into: [:]) { $0[$1] = bound.shape(of: $1) }
  }
}
