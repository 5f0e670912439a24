import Compute
public import Datasets
import Graph
public import Pruning

/// Chooses what goes at a target by measured losses. Used on one thread; can be stopped between any two steps.
///
/// What each width costs is measured on the network as it is, one group at a time. Far below that, what one group costs
/// depends on how narrow the others have become: so a low target is reached in stages, each measured on what the one before
/// left, refitted, and each against the outputs of the original.
public final class ChoiceRun: DataRun {
  /// What was decided; `nil` until the run is over.
  public private(set) var choice: Choice?
  /// How the losses that decided were measured, and what they say is lost after a refit.
  public private(set) var forecast: Forecast?
  /// The scores that the last stage chose by; `nil` before the first.
  public private(set) var scores: ScoreTable?
  /// Examples that could not be read.
  public private(set) var skipped: [Batch.Skipped] = []
  /// What may remain after each stage, in per cent of the original; the last is the target.
  public let stages: [Double]
  /// What was done before the last stage.
  public private(set) var steps: [Step] = []
  /// What goes of the network that these steps left; `choice` itself where there are none.
  public private(set) var lastChoice: Choice?

  /// A stage that another one follows. Used on the run's thread.
  public struct Step {
    /// What went of the network that the stage began with.
    public let choice: Choice
    /// The scores that it was chosen by.
    public let scores: ScoreTable
    /// What was won back, against the original.
    public let recovery: RecoveryRun
  }

  /// What is expected of a choice.
  public struct Forecast: Sendable, Hashable {
    /// What a loss is.
    package let measure: LossCurves.Measure
    /// Examples that losses were measured on.
    public let examples: Int
    /// What is expected to be lost.
    public let loss: Double
    /// The same by the layers of the network that something goes of, each with those that are tied to it; empty where
    /// several stages led there.
    public let lossByLayer: [String: Double]
  }

  private enum Phase {
    case measuring(CurveRun)
    case refitting(Step)
  }

  private let original: OpenNetwork
  private let dataset: Dataset
  private let request: RemovalRequest
  private let settings: CurveSettings
  private let recovery: RecoverySettings
  private let meter: LatencyMeter
  /// The network after the stages so far, and what they took from the original.
  private var network: OpenNetwork
  private var removals: [PruningPlan.Step] = []
  private var phase: Phase?
  /// What the stage that is being refitted was chosen by, and of which network.
  private var decided: (network: OpenNetwork, curves: LossCurves)?
  /// Whether it was ended before all was measured: no other stage follows then.
  public private(set) var isSettled = false

  /// A run that has not begun.
  ///
  /// - Parameters:
  ///   - request: what is asked, with a target.
  ///   - recovery: how what a stage leaves is refitted.
  ///   - meter: measures the times that the request needs.
  public init(
    _ network: OpenNetwork, dataset: Dataset, request: RemovalRequest, settings: CurveSettings,
    recovery: RecoverySettings, meter: LatencyMeter
  ) {
    original = network
    self.network = network
    self.dataset = dataset
    self.request = request
    self.settings = settings
    self.recovery = recovery
    self.meter = meter
    // A time has no share before it was measured.
    let shares = request.targets.map { $0.share(in: network.groups)?.percent }
    let target = shares.contains { $0 == nil } ? nil : shares.compactMap(\.self).min()
    // Kernels that are named, and shares of a layer, are those of the network as it is.
    let isPlain =
      request.layers.isEmpty && request.settings.maximumRatio >= 1 && request.settings.pinned.isEmpty
      && request.settings.forced.isEmpty
    stages = isPlain ? PruningTarget.stages(to: target ?? 100) : [target ?? 100]
  }

  /// The stage that goes on, from 0.
  private var stage: Int { steps.count }

  /// What is being done.
  public var phaseName: String {
    let what = if case .refitting = phase { "refitting" } else { "measuring what widths cost" }
    return stages.count > 1 ? "\(what), stage \(stage + 1) of \(stages.count)" : what
  }

  /// How far that is.
  public var progress: RunProgress {
    switch phase {
    case .measuring(let run): run.progress
    case .refitting(let step): step.recovery.progress
    case nil: RunProgress(done: 0, total: 0, seconds: 0)
    }
  }

  /// Goes a step on; `false` when the choice is made.
  public func step() throws -> Bool {
    guard choice == nil else { return false }
    switch phase {
    case nil:
      phase = .measuring(
        try CurveRun(
          network, original: stage == 0 ? nil : original, dataset: dataset, settings: settings,
          options: meter.options))
    case .measuring(let run):
      if try run.step() { return true }
      if stage == 0 { skipped = run.skipped }
      try choose(run.curves)
    case .refitting(let step):
      if try step.recovery.step() { return true }
      steps.append(step)
      network = step.recovery.network
      phase = nil
    }
    return choice == nil
  }

  /// Ends the run before it is through: what was measured by then decides at once what meets the target, and a stage of which
  /// nothing is known yet is given up.
  ///
  /// - Returns: how many groups were measured, and how many there are; `nil` where none was yet.
  public func settle() throws -> (groups: Int, of: Int)? {
    guard choice == nil else { return nil }
    isSettled = true
    if case .measuring(let run)? = phase, run.measuredGroups > 0 {
      skipped = stage == 0 ? run.skipped : skipped
      try choose(run.curves)
      return (run.curves.measuredGroups, run.curves.curves.count)
    }
    guard let decided else { return nil }
    // A step that is still being refitted is not among the steps yet.
    let isRefitted = if case .refitting? = phase { false } else { true }
    if isRefitted { steps.removeLast() }
    removals.removeLast()
    network = decided.network
    try choose(decided.curves)
    return (decided.curves.measuredGroups, decided.curves.curves.count)
  }

  private func lossByLayer(_ selection: Selection, _ curves: LossCurves) -> [String: Double] {
    let groups = network.groups
    var losses: [String: Double] = [:]
    for (group, loss) in zip(groups.groups, curves.losses(without: selection, in: groups)) {
      guard let loss else { continue }
      for layer in group.layers where selection.keptKernels[layer].count < groups.layers[layer].layer.kernels
      {
        losses[groups.layers[layer].layer.name, default: 0] += loss
      }
    }
    return losses
  }

  /// A target of the original as one of this stage's network: what the stage leaves, or what the target does where that is
  /// more.
  private func ofStage(_ target: PruningTarget) throws -> PruningTarget {
    guard let (share, measure) = target.share(in: original.groups) else { return target }
    let (whole, now) = (try measure.whole(of: original.groups), try measure.whole(of: network.groups))
    let left = isSettled ? share : max(stages[stage], share)
    return .keeping(.percent(min(100, left * whole / max(now, 1))), of: measure)
  }

  private func choose(_ curves: LossCurves) throws {
    var request = request
    if stages.count > 1 {
      request.target = try request.target.map(ofStage)
      request.further = try request.further.map(ofStage)
    }
    let table = curves.scores(of: network.groups)
    scores = table
    var found = try MeasuredChooser(network, scores: table, meter: meter).choice(request)
    // Groups are those of this stage's network.
    forecast = Forecast(
      measure: curves.measure, examples: curves.examples,
      loss: curves.loss(without: found.selection, in: network.groups),
      lossByLayer: stages.count > 1 ? [:] : lossByLayer(found.selection, curves))
    lastChoice = found
    guard stages.count > 1 else {
      choice = found
      return
    }
    removals.append(
      PruningPlan.Step(
        criterion: table.criterion, examples: table.examples, settings: found.settings,
        selection: found.selection, groups: network.groups))
    let selection = try original.selection(keeping: removals.keptOfFirst())
    if isSettled || stage == stages.count - 1 {
      found.settings = found.settings.keepingWhatStays(of: selection, in: original.groups)
      found.selection = selection
      choice = found
      return
    }
    decided = (network, curves)
    // The stages behind move the weights again.
    var settings = recovery
    settings.passes = max(1, recovery.passes / 4)
    let run = try RecoveryRun(
      try network.removing(found.selection), original: original, selection: selection, dataset: dataset,
      evaluation: nil, settings: settings, options: meter.options)
    phase = .refitting(Step(choice: found, scores: table, recovery: run))
  }
}
