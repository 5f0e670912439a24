import Compute
import Datasets
import Errors
import Pruning
import Quantities

/// The terminal's side of a task: what workers have told so far.
final class WorkerFollower {
  private let job: WorkerJob
  private let cancellation: CancellationFlag?
  private var hosts: [String] = []
  /// Examples that could not be read.
  private(set) var skipped: [Batch.Skipped] = []

  init(_ job: WorkerJob, cancellation: CancellationFlag?) {
    (self.job, self.cancellation) = (job, cancellation)
  }

  /// Takes what was told since the last step; `false` when all is done.
  ///
  /// - Throws: `SessionError.workersEnded`; `Stopped` where somebody asked for that.
  func step(_ take: (WorkerUpdate) throws -> Void) throws -> Bool {
    if cancellation?.isSet == true { throw Stopped() }
    var goesOn = true
    for update in try job.updates() { goesOn = try look(at: update, take) && goesOn }
    return goesOn
  }

  /// Tells the workers to end, and takes what they have to tell before: where they were.
  func stop(_ take: (WorkerUpdate) throws -> Void) throws {
    job.end()
    let end = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < end, let updates = try? job.updates(within: 1) {
      for update in updates {
        // That they were stopped is no failure.
        if case .failed = update { continue }
        _ = try look(at: update, take)
      }
    }
  }

  private func look(at update: WorkerUpdate, _ take: (WorkerUpdate) throws -> Void) throws -> Bool {
    switch update {
    case .joined(let hosts): self.hosts = hosts
    case .skipped(let skipped): self.skipped = skipped
    case .failed(let sentence): throw SessionError.workersEnded(reason: sentence)
    case .done: return false
    case .scored, .measured, .trained, .reached: try take(update)
    }
    return true
  }

  /// Who works: `4 workers`; on several hosts how many on each, and how fast: `alpha 2 at 310/s, beta 2 at 310/s`.
  ///
  /// Batches are dealt evenly, so that each worker has an equal share of the rate.
  func place(_ progress: RunProgress) -> String {
    guard !hosts.isEmpty else { return "workers start" }
    let each = progress.examplesPerSecond / Double(hosts.count)
    let byHost = Dictionary(grouping: hosts) { $0 }.sorted { $0.key < $1.key }
    guard byHost.count > 1 else { return "\(hosts.count) worker\(hosts.count == 1 ? "" : "s")" }
    return byHost.map { host, ranks in
      let rate = each * Double(ranks.count)
      return "\(host) \(ranks.count)" + (rate > 0 ? " at \(Quantity.significant(rate, digits: 3))/s" : "")
    }.joined(separator: ", ")
  }
}

/// Scores that workers take.
final class WorkerScores: ScoreWork {
  private let follower: WorkerFollower
  private(set) var table: ScoreTable
  private(set) var visited: Int
  private(set) var progress = RunProgress(done: 0, total: 0, seconds: 0)
  var skipped: [Batch.Skipped] { follower.skipped }

  init(_ follower: WorkerFollower, table: ScoreTable, visited: Int) {
    (self.follower, self.table, self.visited) = (follower, table, visited)
  }

  func step() throws -> Bool {
    try follower.step { update in
      if case .scored(let table, let visited, let progress) = update {
        (self.table, self.visited, self.progress) = (table, visited, progress)
      }
    }
  }
}

/// Measures what pruning each layer does: here, or by workers.
protocol SensitivityTableRun: DataRun {
  /// What was measured so far; `nil` before anything is known.
  var curves: SensitivityTable? { get }
  var settings: SensitivitySettings { get }
  /// What decides which kernels go.
  var criterion: Criterion { get }
}

extension SensitivityRun: SensitivityTableRun {
  var curves: SensitivityTable? { table }
}

/// Curves that workers measure.
final class WorkerCurves: SensitivityTableRun {
  private let follower: WorkerFollower
  let settings: SensitivitySettings
  let criterion: Criterion
  private(set) var curves: SensitivityTable?
  private(set) var progress = RunProgress(done: 0, total: 0, seconds: 0, unit: "passes")
  var skipped: [Batch.Skipped] { follower.skipped }

  init(_ follower: WorkerFollower, settings: SensitivitySettings, criterion: Criterion) {
    (self.follower, self.settings, self.criterion) = (follower, settings, criterion)
  }

  func step() throws -> Bool {
    try follower.step { update in
      if case .measured(let curves, let progress) = update {
        (self.curves, self.progress) = (curves, progress)
      }
    }
  }
}
