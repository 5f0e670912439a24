import Foundation
public import Pruning

/// How iterations are made, described and left.
extension Workbench {
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

  /// Keeps how far an iteration's outputs are from the original's.
  package func record(_ deviation: OutputDeviation, for iteration: Int) {
    history.update(iteration) { $0.outputDeviation = deviation }
    keep(.measured, iteration: iteration)
  }

  /// Keeps how long one example takes in an iteration.
  package func record(latency: MeasuredLatency, for iteration: Int) {
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
  func require(_ iteration: Int) throws {
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
}
