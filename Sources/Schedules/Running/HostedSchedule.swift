package import Compute
import Datasets
internal import Errors
import Files
import Foundation
import Graph
package import Session
import Training

/// A schedule that the engine carries out for the terminal program: it waits, goes on an epoch or all of them, and can be
/// changed while it waits or runs.
///
/// What comes of it goes into a folder beside the schedule, as `secateur schedule -o` has it, and becomes iterations of
/// the session. Used on the engine's thread.
package final class HostedSchedule: TimelineRun {
  private let bound: BoundSchedule
  private let settings: TrainingSettings
  private let workbench: Workbench
  private let options: ComputeOptions
  private let schedulePath: String
  private let folderPath: String
  /// The iteration that it began with.
  private let start: Int
  private var schedule: Schedule
  private var shown: TimelineSummary
  private var work: (run: ScheduleRun, recorder: ScheduleRecorder)?
  /// Epochs that are to be over before it waits again; `nil` for all.
  private var stopsAt: Int?
  /// Whether it does nothing until it is told to.
  private var isWaiting = true
  /// What came of it; `nil` until it is over.
  package private(set) var outcome: String?

  /// Reads and checks a schedule for the current network of a workbench; nothing is trained yet.
  ///
  /// - Throws: `SessionError.unfit` with what is wrong in the file.
  package init(path: String, workbench: Workbench, options: ComputeOptions) throws {
    self.workbench = workbench
    self.options = options
    start = workbench.history.current
    schedulePath = path
    folderPath = (path as NSString).deletingPathExtension + "-run"
    schedule = try Schedule(path: path)
    bound = try BoundSchedule(schedule, network: workbench.current)
    settings = TrainingSettings(epochs: schedule.epochs)
    shown = TimelineSummary(schedule, try Rehearsal(bound), epochs: settings.epochs, rate: settings.rate)
  }

  /// What a screen shows.
  package var timeline: TimelineSummary {
    var timeline = shown
    timeline.epoch = work?.run.epoch ?? 0
    timeline.isWaiting = isWaiting
    timeline.results = work?.run.log.rows.map(\.text) ?? []
    timeline.outcome = outcome
    return timeline
  }

  /// What runs, in a word.
  package var title: String { "schedule" }

  /// How far the training is.
  package var activity: Activity {
    Activity(
      kind: .training,
      progress: work?.run.progress
        ?? RunProgress(done: 0, total: settings.epochs, seconds: 0, unit: "epochs"))
  }

  /// It trains the network that was current, and ends where another one is.
  package var subject: RunSubject { .currentNetwork }

  /// It changes the network when it is through.
  package var change: RunningChange? { .schedule }

  /// Whether it was told to go on, and is not through.
  package var goesOn: Bool { !isWaiting && outcome == nil }

  /// Waits from now on.
  package func suspend(in engine: EngineLoop) { isWaiting = true }

  /// Takes an order.
  package func take(_ order: TimelineOrder) throws {
    guard outcome == nil else { return }
    switch order {
    case .pause: isWaiting = true
    case .goOn: try begin(until: nil)
    case .step: try begin(until: (work?.run.log.rows.count ?? 0) + 1)
    case .change(let policy, let sparsity, let range):
      try change(
        policy, sparsity,
        range.map { .range(start: $0.start, end: $0.end, frequency: $0.frequency) })
    }
  }

  private func begin(until epoch: Int?) throws {
    if work == nil { work = try makeWork() }
    stopsAt = epoch
    isWaiting = false
  }

  private func makeWork() throws -> (ScheduleRun, ScheduleRecorder) {
    guard let configuration = workbench.attachedConfiguration else { throw SessionError.noData }
    var use = FileUse(of: workbench)
    use.reads(schedulePath, as: "the schedule")
    use.writes(into: folderPath, as: "the schedule's run", where: ScheduleFolder.isOwnName)
    try use.check(replaces: true)
    let parts = try TrainingData(workbench, configuration: configuration)
    let workbench = workbench
    let folder = try ScheduleFolder(path: folderPath)
    let run = try ScheduleRun(
      try BoundSchedule(schedule, network: bound.network), settings: settings, training: parts.training,
      validation: parts.validation, continuing: try folder.checkpoint(), options: options)
    let recorder = ScheduleRecorder(run, folder: folder) { network, stem in
      try workbench.write(network, stem: stem)
    }
    return (run, recorder)
  }

  /// Trains on; `false` when it waits again or is over.
  package func step() throws -> Bool {
    guard !isWaiting, let run = work?.run else { return false }
    do {
      let removals = run.removals.count
      let goesOn = try run.step()
      try work?.recorder.record()
      if run.removals.count > removals {
        try workbench.record(try done(by: run), from: start, by: Self.name)
      }
      guard goesOn else {
        try adopt(run)
        return false
      }
    } catch {
      isWaiting = true
      if error is Stopped { return false }
      throw error
    }
    if let stopsAt, run.log.rows.count >= stopsAt { isWaiting = true }
    return !isWaiting
  }

  /// Tells of what came of it: it is an iteration now.
  package func finish(in engine: EngineLoop) throws {
    engine.logSkipped(work?.run.skipped ?? [])
    guard let outcome else { return }
    engine.log(.success, outcome)
    engine.changeNetwork()
    try engine.startEvaluating(workbench)
    try engine.startScoring(engine.criterion, workbench)
  }

  /// What iterations are said to come of.
  private static let name = "a schedule"

  private func done(by run: ScheduleRun) throws -> ScheduledRun {
    ScheduledRun(
      try run.network(), removals: run.removals.map { ($0.epoch, $0.kept) }, settings: run.settings,
      state: run.state, seconds: run.progress.seconds)
  }

  private func adopt(_ run: ScheduleRun) throws {
    isWaiting = true
    guard run.state.stopReason == .completed, let recorder = work?.recorder else {
      throw TrainingError.notFinite(steps: TrainingRun.unusableStepLimit)
    }
    let path = try recorder.finish()
    try workbench.adopt(try done(by: run), from: start, by: Self.name)
    let (before, after) = (NetworkSize(bound.network), NetworkSize(run.bound.network))
    outcome =
      "The schedule is through: \(before.weights) → \(after.weights) weights, iteration "
      + "\(workbench.history.current), and in \(path)."
  }

  /// Changes a policy with the same checks as a file's.
  private func change(_ index: Int, _ sparsity: Double?, _ epochs: PolicyEpochs?) throws {
    var changed = schedule
    guard changed.policies.indices.contains(index) else { return }
    let policy = changed.policies[index]
    if let epochs { changed.policies[index].epochs = epochs }
    if let sparsity, let number = changed.pruners.firstIndex(where: { $0.name == policy.instance }) {
      changed.pruners[number] = changed.pruners[number].settingFinalSparsity(sparsity)
    }
    let (bound, settings, run) = (bound, settings, work?.run)
    let candidate = changed
    // Written and read again: what a file could not say cannot be said here either.
    let read = try Schedule(yaml: candidate.yaml, path: candidate.path)
    guard read.epochs <= settings.epochs else {
      throw ScheduleError.outOfRange(
        ScheduleLocation(path: candidate.path, line: nil), what: "the policy of \(policy.instance)",
        problem: "ends behind the last epoch, \(settings.epochs - 1)",
        remedy: "Give an earlier ending epoch.")
    }
    let timeline = TimelineSummary(
      candidate, try Rehearsal(try BoundSchedule(candidate, network: bound.network)),
      epochs: settings.epochs, rate: settings.rate)
    try run?.change(to: candidate)
    shown = timeline
    schedule = changed
  }
}
