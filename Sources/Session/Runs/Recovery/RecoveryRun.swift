public import Compute
public import Datasets
import Graph
public import Pruning

/// Recovers a pruned network without training, method by method, and measures it before and after each. Used on one
/// thread; can be stopped between any two steps.
public final class RecoveryRun: DataRun {
  private enum Stage {
    case comparing
    case measuring
    case working(RecoveryMethod)
  }

  /// The network as far as it has come.
  public private(set) var network: OpenNetwork
  /// What was done so far.
  public private(set) var recovery: Recovery
  /// Examples that could not be read.
  public private(set) var skipped: [Batch.Skipped] = []
  /// What was asked for, and where it was ended before it was through.
  public private(set) var settings: RecoverySettings

  private let subject: RecoverySubject
  private let dataset: Dataset
  private let evaluation: Dataset?
  private let limit: Int
  private let options: ComputeOptions
  private var stages: [Stage]
  private var current: (any RecoveryWork)?
  /// The network before it was refitted, once it was.
  private var unfitted: Network?
  private var comparing: LossCheck?
  private var measuring: EvaluationRun?
  private var seconds = 0.0
  /// Steps of all methods so far.
  private var stepsDone = 0

  /// A run that has not begun.
  ///
  /// - Parameters:
  ///   - pruned: what became of `original` when `selection` was removed.
  ///   - dataset: where calibration examples come from; no labels are looked at.
  ///   - evaluation: what the network is measured on, where it has labels or targets; not at all where `nil`.
  ///   - limit: examples of it that are measured.
  public init(
    _ pruned: OpenNetwork, original: OpenNetwork, selection: Selection, dataset: Dataset,
    evaluation: Dataset?, limit: Int = 2000, settings: RecoverySettings,
    options: ComputeOptions = ComputeOptions()
  ) throws {
    let calibration = try CalibrationSet(
      original, dataset: dataset, examples: settings.examples, options: options)
    skipped = calibration.skipped
    recovery = Recovery(examples: calibration.examples)
    self.settings = settings
    self.dataset = dataset
    subject = RecoverySubject(original, selection, calibration: calibration, settings: settings)
    network = pruned
    self.evaluation = evaluation.flatMap { $0.loss == .outputEnergy ? nil : $0 }
    self.limit = limit
    self.options = options
    let measures: [Stage] =
      evaluation == nil ? [] : self.evaluation == nil ? [.comparing] : [.comparing, .measuring]
    stages = measures
    for method in settings.methods { stages += [.working(method)] + measures }
  }

  /// How far the present stage is.
  public var progress: RunProgress {
    if let measuring { return measuring.progress }
    if let comparing { return comparing.progress }
    let (done, total) = current?.progress ?? (0, 0)
    return RunProgress(done: done, total: total, seconds: seconds, unit: "steps")
  }

  /// What is being done.
  public var phase: String {
    switch stages.first {
    case .working(let method): method.summary
    case .comparing: "comparing outputs"
    case .measuring, nil: "evaluating"
    }
  }

  /// Goes a step on; false when everything is done.
  public func step() throws -> Bool {
    guard let stage = stages.first else { return false }
    switch stage {
    case .comparing: try compare()
    case .measuring: try measure()
    case .working(let method): try work(method)
    }
    return !stages.isEmpty
  }

  private func compare() throws {
    // What was not changed is as far away as it was.
    if comparing == nil, let last = recovery.steps.last, last.layers == 0 {
      let before = recovery.steps.dropLast().last.map(\.deviation) ?? recovery.deviationBefore
      recovery.steps[recovery.steps.count - 1].deviation = before
      stages.removeFirst()
      return
    }
    let run =
      try comparing
      ?? LossCheck(network, original: subject.original, dataset: dataset, calibration: subject.calibration)
    comparing = run
    guard try !run.step() else { return }
    recovery.measure = run.deviation?.measure
    if recovery.steps.isEmpty {
      recovery.deviationBefore = run.loss
    } else {
      recovery.steps[recovery.steps.count - 1].deviation = run.loss
    }
    comparing = nil
    stages.removeFirst()
  }

  private func measure() throws {
    guard let evaluation else { return }
    guard let run = measuring else {
      measuring = try EvaluationRun(network, dataset: evaluation, limit: limit, options: options)
      return
    }
    guard try !run.step() else { return }
    if recovery.steps.isEmpty {
      recovery.before = run.result
    } else {
      recovery.steps[recovery.steps.count - 1].evaluation = run.result
    }
    measuring = nil
    stages.removeFirst()
  }

  private func work(_ method: RecoveryMethod) throws {
    let clock = ContinuousClock()
    let start = clock.now
    let work: any RecoveryWork
    if let current {
      work = current
    } else {
      work = try subject.work(method, on: network, unfitted: unfitted, dataset: dataset)
      current = work
    }
    if stepsDone == settings.endedAfter { return try stop() }
    let goesOn = try work.step()
    stepsDone += 1
    seconds += (clock.now - start) / .seconds(1)
    if !goesOn { try take(work, of: method) }
  }

  /// Ends the run between two steps: what was won back by then stays, and `settings` say how that is repeated.
  public func stop() throws {
    if stages.contains(where: { if case .working = $0 { true } else { false } }) {
      settings.endedAfter = stepsDone
    }
    if case .working(let method)? = stages.first, let current, current.settle() {
      try take(current, of: method)
    }
    stages = []
  }

  private func take(_ work: any RecoveryWork, of method: RecoveryMethod) throws {
    if work.layers > 0 {
      if method == .refit { unfitted = network.network }
      network = try OpenNetwork(work.network, inputShapes: subject.original.inputShapes)
    }
    recovery.steps.append(
      Recovery.Step(method: method, seconds: seconds, layers: work.layers, evaluation: nil))
    (current, seconds) = (nil, 0)
    stages.removeFirst()
  }
}

extension RecoverySubject {
  /// The work of a method on a network.
  fileprivate func work(
    _ method: RecoveryMethod, on opened: OpenNetwork, unfitted: Network?, dataset: Dataset
  ) throws -> any RecoveryWork {
    let network = opened.network
    switch method {
    case .bias: return MeanReplacement(self, network)
    case .refit: return try LeastSquaresRefit(self, network)
    case .distil: return try OutputDistillation(self, opened, unfitted: unfitted, dataset: dataset)
    case .bn:
      let normalizes = network.nodes.contains {
        OperatorTable.standard.traits(of: $0).hasRunningStatistics && changed.contains($0.id)
      }
      return normalizes
        ? try NormalizationStatistics(self, network) : try FoldedStatistics(self, network)
    }
  }
}
