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
  /// Examples that could not be read.
  public private(set) var skipped: [Batch.Skipped] = []
  /// What may remain after each stage, in per cent of the original; the last is the target.
  public let stages: [Double]

  /// What is expected of a choice.
  public struct Forecast: Sendable, Hashable {
    /// What a loss is.
    public let measure: LossCurves.Measure
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
    case refitting(RecoveryRun)
  }

  private let original: OpenNetwork
  private let dataset: Dataset
  private let request: RemovalRequest
  private let settings: CurveSettings
  private let recovery: RecoverySettings
  private let meter: LatencyMeter
  /// The network after the stages so far, and the kernels of the original that it has, by layer.
  private var network: OpenNetwork
  private var kept: [String: [Int]]
  private var stage = 0
  private var phase: Phase?

  /// Targets below this are reached in stages, in per cent; above it stages bring nothing.
  private static let lowTarget = 12.0
  private static let stageTargets = [50.0, 30, 20, 14, 10, 7, 5, 3.5, 2.5]

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
    kept = Dictionary(
      network.groups.layers.map { ($0.layer.name, Array(0..<$0.layer.kernels)) },
      uniquingKeysWith: { first, _ in first })
    let target = request.target?.share(in: network.groups)?.percent
    // Kernels that are named, and shares of a layer, are those of the network as it is.
    let isPlain =
      request.layers.isEmpty && request.settings.maximumRatio >= 1 && request.settings.pinned.isEmpty
      && request.settings.forced.isEmpty
    if let target, target <= Self.lowTarget, isPlain {
      stages = Self.stageTargets.filter { $0 > 1.2 * target } + [target]
    } else {
      stages = [target ?? 100]
    }
  }

  /// What is being done.
  public var phaseName: String {
    let what = if case .refitting = phase { "refitting" } else { "measuring what widths cost" }
    return stages.count > 1 ? "\(what), stage \(stage + 1) of \(stages.count)" : what
  }

  /// How far that is.
  public var progress: RunProgress {
    switch phase {
    case .measuring(let run): run.progress
    case .refitting(let run): run.progress
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
    case .refitting(let run):
      if try run.step() { return true }
      network = run.network
      stage += 1
      phase = nil
    }
    return choice == nil
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

  private func choose(_ curves: LossCurves) throws {
    var request = request
    let isLast = stage == stages.count - 1
    if stages.count > 1, let measure = request.target?.remaining?.measure {
      let (whole, now) = (try measure.whole(of: original.groups), try measure.whole(of: network.groups))
      request.target = .keeping(.percent(min(100, stages[stage] * whole / max(now, 1))), of: measure)
    }
    let chooser = MeasuredChooser(
      network, scores: ScoreTable(criterion: .l2), meter: meter, curves: curves)
    var found = try chooser.choice(request)
    // Groups are those of this stage's network.
    forecast = Forecast(
      measure: curves.measure, examples: curves.examples,
      loss: curves.loss(without: found.selection, in: network.groups),
      lossByLayer: stages.count > 1 ? [:] : lossByLayer(found.selection, curves))
    guard stages.count > 1 else {
      choice = found
      return
    }
    for (index, layer) in network.groups.layers.enumerated() {
      let before = kept[layer.layer.name] ?? []
      kept[layer.layer.name] = found.selection.keptKernels[index].compactMap { before[safe: $0] }
    }
    let selection = try original.selection(keeping: kept)
    if isLast {
      found.settings = found.settings.keepingWhatStays(of: selection, in: original.groups)
      found.selection = selection
      choice = found
      return
    }
    phase = .refitting(
      try RecoveryRun(
        try network.removing(found.selection), original: original, selection: selection, dataset: dataset,
        evaluation: nil, settings: recovery, options: meter.options))
  }
}
