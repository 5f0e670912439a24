import ArgumentParser
import Compute
import Datasets
import Errors
import Graph
import Pruning
import Session
import TerminalUI

/// How a target is shared out over the layers, and how much that may take.
struct AllocationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      How a target is shared out: by the order of all scores (ranked), the same share everywhere (uniform), or by what \
      each width was measured to lose after a refit (measured), which needs data and no labels. Without it measured \
      where there are data and --keep-macs or another cost is the target, unless an option says how scores are \
      ranked; else ranked.
      """))
  var allocate: Allocation?
  @Option(
    help:
      "How closely losses are measured: quick, normal or high, each of which takes several times as long as the one before."
  )
  var effort: Effort = .normal

  /// How a target is shared out.
  enum Allocation: String, ExpressibleByArgument, CaseIterable {
    case ranked, uniform, measured
  }

  /// How closely losses are measured.
  enum Effort: String, ExpressibleByArgument, CaseIterable {
    case quick, normal, high

    func settings(of network: OpenNetwork) -> CurveSettings {
      switch self {
      case .quick:
        CurveSettings(
          examples: calibration(of: network), measuredExamples: 64, widths: 8, operations: 1e12)
      case .normal: CurveSettings(operations: 8e12)
      case .high: CurveSettings(examples: 2048, measuredExamples: 512, widths: 16, operations: nil)
      }
    }

    /// Examples that a network is refitted with. A quick refit of a large one looks at fewer: it takes several passes.
    func calibration(of network: OpenNetwork) -> Int {
      switch self {
      case .quick: min(256, max(64, Int(cut: 5e11 / max(1, network.bound.workload))))
      case .normal: RecoverySettings.usualExamples
      case .high: 4 * RecoverySettings.usualExamples
      }
    }

    /// Passes of distillation.
    var passes: Int {
      switch self {
      case .quick: RecoverySettings.usualPasses / 8
      case .normal: RecoverySettings.usualPasses
      case .high: 4 * RecoverySettings.usualPasses
      }
    }
  }

  /// How a target is shared out: as asked for, else by measured losses where nothing speaks of scores and there are data.
  func allocation(
    of amount: AmountOptions, scoring: ScoringOptions, ranking: RankingOptions, in workbench: Workbench,
    data: DataOptions
  ) throws -> Allocation {
    if let allocate { return allocate }
    guard amount.target?.remaining != nil, amount.layer.isEmpty, scoring.batches == nil,
      scoring.chosen ?? .obs == .obs, amount.isMeasured(ranking)
    else { return .ranked }
    return try workbench.dataConfiguration(flags: data.configuration()).data == nil ? .ranked : .measured
  }

  /// What goes by measured losses, and what they say is lost: a run that is over. ^C ends the measuring, and what was measured
  /// by then decides.
  ///
  /// - Parameter recovery: how stages are refitted.
  func choice(
    of request: RemovalRequest, in workbench: Workbench, data: DataOptions, recovery: RecoverySettings
  ) throws -> ChoiceRun {
    let dataset = try data.open(for: workbench)
    let interruption = Interruption()
    let computing = interruption.stopping(workbench.options)
    var line = ProgressLine("measuring")
    var meter = LatencyMeter(options: computing)
    meter.progress = { line.update($0) }
    let run = ChoiceRun(
      workbench.current, dataset: dataset, request: request, settings: effort.settings(of: workbench.current),
      recovery: recovery, meter: meter)
    _ = try run.finishOrSettle(run.phaseName, stoppedBy: interruption) {
      guard let measured = try run.settle() else { throw Stopped() }
      Console.note(
        """
        secateur: stopped measuring: \(measured.groups) of \(measured.of) groups decide
          The others count as their mean. ^C again ends it, and nothing is written then.
        """)
    }
    return run
  }
}
